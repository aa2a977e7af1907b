"""Rules about what the nodes, and those who break out of their containers, may do."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from posixpath import normpath

from cdk_batch_mnp.engine.rule import WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.role import Role, Statement
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules import sources

MAX_HOP_LIMIT = 2
_TEMPLATE = COMPUTE_RESOURCES / "launchTemplate"
_IMDS = sources.ec2("configuring-instance-metadata-service")

SENSITIVE_PATHS = ("/etc", "/proc", "/sys", "/boot", "/root", "/var/lib/docker", "/var/lib/ecs")
"""Folders of an instance whose contents open the whole of it."""
HARMLESS_PATHS = (
    "/etc/localtime",
    "/etc/timezone",
    "/etc/ssl/certs",
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
)
"""What containers often see of the instance and all may know: its time zone, the certificates."""
SENSITIVE_SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd")

INTERFACE_ACTIONS = (
    "ec2:AttachNetworkInterface",
    "ec2:DetachNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:ModifyNetworkInterfaceAttribute",
)


@rule(
    ComputeEnvironment,
    "MNP601",
    "Instances require IMDSv2, and keep it close",
    severity=WARNING,
    why="With IMDSv1, a request that is forged through a job's own network code can read the "
    "instance's credentials. A hop limit above 2 lets answers travel beyond the containers.",
    fix="Set HttpTokens to required and HttpPutResponseHopLimit to 1 or 2 in the launch template.",
    source=_IMDS,
)
def instance_metadata(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks at the launch template for optional tokens, and for a hop limit above 2.

    Where tokens are left out, the image decides; those of Amazon Linux 2023 require them.
    """
    template = environment.launch_template
    if not has_value(template):
        return
    if template.http_tokens == "optional":
        yield Violation(
            resource=environment,
            property_path=_TEMPLATE / "metadataOptions" / "httpTokens",
            message=f"the launch template {template.id} allows IMDSv1",
            actual="optional",
            expected="required",
        )
    hops = template.http_put_response_hop_limit
    if has_value(hops) and hops > MAX_HOP_LIMIT:
        yield Violation(
            resource=environment,
            property_path=_TEMPLATE / "metadataOptions" / "httpPutResponseHopLimit",
            message=f"the launch template {template.id} lets metadata travel {hops} hops",
            actual=hops,
            expected=f"1 to {MAX_HOP_LIMIT}",
        )


@rule(
    ComputeEnvironment,
    "MNP602",
    "Volumes of the nodes are encrypted",
    severity=WARNING,
    why="What jobs write to a volume can be read by whoever gets at a copy of it.",
    fix="Set Encrypted to true on each EBS volume of the launch template.",
    source="https://docs.aws.amazon.com/ebs/latest/userguide/ebs-encryption.html",
)
def encrypted_volumes(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks at the launch template's EBS volumes for encryption that is off or not asked for."""
    template = environment.launch_template
    if not has_value(template) or template.block_devices is UNKNOWN:
        return
    for position, device in enumerate(template.block_devices):
        if device is UNKNOWN or device.is_ebs is not True:
            continue
        if device.encrypted is None or device.encrypted is False:
            yield Violation(
                resource=environment,
                property_path=_TEMPLATE / "blockDeviceMappings" / position / "ebs" / "encrypted",
                message=f"the volume {device.device_name} of {template.id} is not encrypted",
                actual="false" if device.encrypted is False else "nothing, so the account decides",
                expected="true",
            )


@rule(
    JobDefinition,
    "MNP603",
    "Containers keep to themselves",
    severity=WARNING,
    why="A privileged container, or one that sees the instance's own files or its Docker socket, "
    "can do with the instance, and with its role, whatever it likes.",
    fix="Name the devices, limits and folders that the job needs instead. EFA needs no privilege.",
    source=sources.api("ContainerProperties"),
)
def no_privileged_containers(
    definition: JobDefinition, catalogue: Catalogue
) -> Iterator[Violation]:
    """Looks for privileged containers, and for volumes of sensitive folders or sockets."""
    for _, container in definition.containers:
        if container.privileged is True:
            yield Violation(
                resource=definition,
                property_path=container.path / "privileged",
                message="the container is privileged",
                actual="true",
                expected="false",
            )
    for group in definition.known_node_groups:
        if group.volumes is UNKNOWN:
            continue
        for volume in group.volumes:
            path = None if volume is UNKNOWN else volume.host_path
            if has_value(path) and _is_sensitive(path):
                yield Violation(
                    resource=definition,
                    property_path=group.path / "volumes",
                    message=f"a volume is the folder {path} of the instance",
                    actual=path,
                    expected="folders that are made for jobs",
                )


def _is_sensitive(path: str) -> bool:
    # No path at all lets Docker choose a folder of its own.
    if not path.startswith("/"):
        return False
    folder = normpath("/" + path.lstrip("/"))
    return folder in ("/", "/var", "/var/run", "/run") or (
        _is_in(folder, (*SENSITIVE_PATHS, *SENSITIVE_SOCKETS))
        and not _is_in(folder, HARMLESS_PATHS)
    )


def _is_in(folder: str, others: tuple[str, ...]) -> bool:
    return any(folder == each or folder.startswith(f"{each}/") for each in others)


@rule(
    JobDefinition,
    "MNP604",
    "Roles are apart, and allow no action on everything",
    severity=WARNING,
    why="The execution role reads secrets and images before the job's own code runs; as the job "
    "role it hands that to the code. A role that allows * on * is an administrator.",
    fix="Give the job a role of its own, with the actions and resources that it needs.",
    source=sources.user_guide("execution-IAM-role"),
)
def roles(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the two roles of each group, and looks for an allowed * on *."""
    told: set[tuple[str, str]] = set()
    for group in definition.known_node_groups:
        job, execution = group.job_role, group.execution_role
        one = has_value(job) and has_value(execution) and job.id == execution.id
        if one and has_value(job) and ("same", job.id) not in told:
            told.add(("same", job.id))
            yield Violation(
                resource=definition,
                property_path=group.path,
                message=f"{job.id} is both the job role and the execution role",
                actual=job.id,
                expected="two roles",
            )
        for role in (job, execution):
            if not has_value(role) or ("all", role.id) in told:
                continue
            if any({"*", "*:*"} & set(actions) for actions in _allowed(role, on_everything=True)):
                told.add(("all", role.id))
                yield Violation(
                    resource=definition,
                    property_path=group.path,
                    message=f"the role {role.id} allows every action on every resource",
                    actual="* on *",
                    expected="named actions on named resources",
                )


@rule(
    JobDefinition,
    "MNP414",
    "Nobody manages the tasks' network interfaces by hand",
    severity=WARNING,
    why="Batch and ECS make and remove the interfaces of the nodes' tasks; they can be neither "
    "detached nor changed by hand, so a job that tries fails.",
    fix="Remove these actions from the job role.",
    source=sources.MNP_COMPUTE_ENVIRONMENT,
)
def interfaces_by_hand(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for actions on network interfaces in the known policies of a job role.

    Wildcards count where they name interfaces, as in ``ec2:*NetworkInterface``. Whether something
    outside of the setup manages interfaces cannot be seen.
    """
    told: set[str] = set()
    for group in definition.known_node_groups:
        role = group.job_role
        if not has_value(role) or role.id in told:
            continue
        found = sorted(
            {
                action
                for actions in _allowed(role, on_everything=False)
                for action in actions
                if _manages_interfaces(action)
            }
        )
        if found:
            told.add(role.id)
            yield Violation(
                resource=definition,
                property_path=group.path,
                message=f"the job role {role.id} allows {', '.join(found)}",
                actual=", ".join(found),
                expected="none of them",
            )


def _manages_interfaces(action: str) -> bool:
    pattern = action.lower()
    return "networkinterface" in pattern and any(
        fnmatchcase(each.lower(), pattern) for each in INTERFACE_ACTIONS
    )


def _allowed(role: Role, *, on_everything: bool) -> Iterator[list[str]]:
    """The known actions of each known statement, or only of those for every resource."""
    if role.statements is UNKNOWN:
        return
    for statement in role.statements:
        if isinstance(statement, Statement) and has_value(statement.actions):
            resources = statement.resources
            if on_everything and (resources is UNKNOWN or "*" not in resources):
                continue
            yield [each for each in statement.actions if each is not UNKNOWN]
