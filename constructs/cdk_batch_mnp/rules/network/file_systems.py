"""Rules about the file systems that nodes mount over the network."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, HINT, WARNING, Candidate, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import LAUNCH_TEMPLATE, ComputeEnvironment
from cdk_batch_mnp.model.file_system import FileSystem
from cdk_batch_mnp.model.network import Subnet
from cdk_batch_mnp.model.reach.answers import Answer, Blocked, Hop
from cdk_batch_mnp.model.reach.interfaces import instance_interface, task_interface
from cdk_batch_mnp.model.reach.storage import PORTS, is_reached_by, reach_file_system
from cdk_batch_mnp.model.unknown import UNKNOWN, has_value
from cdk_batch_mnp.rules.network.reachable import FIXES, has_ecs_instances

_EFS = "https://docs.aws.amazon.com/efs/latest/ug/network-access.html"
_LUSTRE = "https://docs.aws.amazon.com/fsx/latest/LustreGuide/limit-access-security-groups.html"


@rule(
    Candidate,
    "MNP423",
    "Nodes reach the EFS file systems of the job's volumes",
    severity=ERROR,
    why="A container starts only when its volumes are mounted. A node mounts an EFS file system "
    "through the mount target in its own Availability Zone, on TCP port 2049.",
    fix="Add a mount target in the zone of the nodes, whose security group allows TCP port 2049 "
    "from the nodes' security group.",
    source=_EFS,
)
def volumes_mount(candidate: Candidate, catalogue: Catalogue) -> Iterator[Violation]:
    """Follows the way from nodes of each known subnet to the mount targets of a file system.

    The templates must show all mount targets. A way from the instance or from the task is enough. A
    mount target that is missing in the zones of some subnets is a warning, as are DNS hostnames
    that are off: names of file systems need them.
    """
    environment, needs = candidate.environment, candidate.definition.needs
    if not needs.file_systems or not has_ecs_instances(environment):
        return
    subnets = environment.known_subnets
    for path, system in needs.file_systems:
        # Many jobs may have volumes of the same file system.
        key = f"{__name__} {system.id}"
        if key not in environment.computed:
            environment.computed[key] = [_mounts(environment, subnet, system) for subnet in subnets]
        answers: list[Answer] = environment.computed[key]
        blocked = {each: None for each in answers if isinstance(each, Blocked)}
        for obstacle in blocked:
            some_work = any(not isinstance(answer, Blocked) for answer in answers)
            is_partial = obstacle.hop is Hop.MOUNT_TARGET and some_work
            yield Violation(
                resource=candidate.definition,
                property_path=path,
                message=f"nodes of {environment.id} do not mount {system.id}: {obstacle.because}",
                actual=f"{obstacle.resource}: {obstacle.hop}",
                expected="a mount target in the zone, reached on TCP port 2049",
                fix=FIXES[obstacle.hop],
                severity=WARNING if is_partial or obstacle.hop is Hop.DNS else ERROR,
            )


def _mounts(environment: ComputeEnvironment, subnet: Subnet, system: FileSystem) -> Answer:
    vpc = subnet.vpc
    interfaces = (instance_interface(environment, subnet), task_interface(environment, subnet))
    answer = reach_file_system(interfaces, system, PORTS["EFS"][0])
    is_nameless = vpc is not UNKNOWN and vpc.has_dns_hostnames is False
    if isinstance(answer, Blocked) or vpc is UNKNOWN or not is_nameless:
        return answer
    return (
        Blocked(Hop.DNS, vpc.id, f"EnableDnsHostnames of {vpc.id} is false")
        if vpc.has_own_dns is False
        else answer
    )


@rule(
    ComputeEnvironment,
    "MNP424",
    "Instances reach the file systems that their user data mounts",
    severity=ERROR,
    why="A mount that gets no answer holds up the start of the instance for minutes, or fails. The "
    "instance never registers, or runs containers without the file system.",
    fix="Allow TCP ports 988 and 1018 to 1023 for FSx for Lustre, or 2049 for EFS, in the security "
    "group of the file system, from the nodes' security group. Lustre needs its ports in the other "
    "direction too.",
    source=_LUSTRE,
)
def user_data_mounts(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Follows the way from instances to the file systems that mounting user data refers to.

    Checks FSx for Lustre and EFS file systems of the templates, from every known subnet. The ports
    1018 to 1023 of Lustre, and an EFS file system whose mount targets are in other zones, are a
    warning. The way from Lustre back to the instances is a hint: AWS recommends it, but clients
    open the connections that they need.
    """
    template = environment.launch_template
    if not has_value(template) or environment.has_template_overrides is not False:
        return
    if not has_ecs_instances(environment) or "mount" not in str(template.user_data):
        return
    reported: set[Blocked] = set()
    for system in template.file_systems:
        for subnet in environment.known_subnets:
            interfaces = (instance_interface(environment, subnet),)
            for position, ports in enumerate(PORTS[system.kind]):
                answer = reach_file_system(interfaces, system, ports)
                if not isinstance(answer, Blocked):
                    continue
                if answer not in reported:
                    reported.add(answer)
                    is_mild = position > 0 or answer.hop is Hop.MOUNT_TARGET
                    yield Violation(
                        resource=environment,
                        property_path=LAUNCH_TEMPLATE,
                        message=f"instances in {subnet.id} do not mount {system.id}: "
                        f"{answer.because}",
                        actual=f"{answer.resource}: {answer.hop}",
                        expected=f"a way to {system.id} on {ports}",
                        fix=FIXES[answer.hop],
                        severity=WARNING if is_mild else ERROR,
                    )
                break
            else:
                yield from _unanswered(environment, subnet, system, reported)


def _unanswered(
    environment: ComputeEnvironment, subnet: Subnet, system: FileSystem, reported: set[Blocked]
) -> Iterator[Violation]:
    """Report a Lustre file system whose servers do not reach the instances in a subnet."""
    interface = instance_interface(environment, subnet)
    for ports in PORTS["Lustre"] if system.kind == "Lustre" else ():
        answer = is_reached_by(interface, system, ports)
        if isinstance(answer, Blocked) and answer not in reported:
            reported.add(answer)
            yield Violation(
                resource=environment,
                property_path=LAUNCH_TEMPLATE,
                message=f"{system.id} does not reach its clients in {subnet.id}: {answer.because}",
                actual=f"{answer.resource}: {answer.hop}",
                expected=f"a way from {system.id} to the instances on {ports}",
                fix="Add a rule for it to the security group: the servers of the file system open "
                "connections to its clients.",
                severity=HINT,
            )
            return
