"""Rules about jobs whose nodes `mnp-launch` starts together, or could."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, HINT, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.command import (
    LAUNCHER,
    MODES,
    Command,
    LauncherCall,
    launcher_call,
    may_name_launcher,
    programs,
)
from cdk_batch_mnp.model.container import Container
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NodeGroup
from cdk_batch_mnp.model.node_range import NodeRange, owner
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.jobs.node_groups import MAX_NODE_GROUPS

SECRET = "MNP_SECRET"  # noqa: S105
"""Variable with the secret that the nodes share."""

STARTERS = frozenset(
    {
        *("mpirun", "mpiexec", "mpiexec.hydra", "orterun", "prterun"),
        *("torchrun", "horovodrun", "deepspeed"),
    }
)
"""Programs that start processes on several nodes."""

_ON_ONE_NODE = frozenset({"--standalone", "--version", "--help", "-h"})
"""Arguments of starters that use a single node, or start nothing."""

_WITHOUT_LAUNCHER = STARTERS | {"sleep", "tail", "sshd", "true"}
"""Programs that do not start the launcher. Others are scripts, or may be."""


@rule(
    JobDefinition,
    "MNP333",
    "The options of the launcher are valid",
    severity=ERROR,
    why="mnp-launch exits with status 78 if its mode is not one that it knows, or if there is no "
    "command to start. The job fails on every attempt.",
    fix="Use --mode every or --mode main, and put the command after --.",
    source=f"{sources.LAUNCHER}#options",
)
def launcher_options(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Reads the options of commands that begin with mnp-launch.

    Compares the mode, and reports a missing command. Silent about shells and scripts, and if an
    option is unknown or a ``Ref::`` placeholder.
    """
    for _, container in definition.containers:
        call = launcher_call(container.command)
        if call is None:
            continue
        if call.mode is None or (has_value(call.mode) and call.mode not in MODES):
            yield Violation(
                resource=definition,
                property_path=container.path / "command",
                message=f"the mode of {LAUNCHER} is {call.mode or 'not set'}",
                actual=call.mode or "not set",
                expected=" or ".join(MODES),
            )
        if call.has_command is False:
            yield Violation(
                resource=definition,
                property_path=container.path / "command",
                message=f"{LAUNCHER} has no command to start",
                actual="no command",
                expected=f"{LAUNCHER} [options] -- command",
            )


@rule(
    JobDefinition,
    "MNP334",
    "The launcher has a secret in mode main",
    severity=ERROR,
    why="In mode main, the main node's port runs commands on all nodes, so mnp-launch exits with "
    "status 78 unless the nodes share a secret. The job fails on every attempt.",
    fix="Pass a secret of Secrets Manager as MNP_SECRET in the container's secrets, in every node "
    "range, or use --insecure if no other program can reach the port.",
    source=f"{sources.LAUNCHER}#the-secret",
)
def launcher_secret(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for MNP_SECRET next to commands that begin with mnp-launch --mode main.

    Silent if the job may have a single node, if --insecure is set, if secrets or variables are
    unknown, or if the node range may inherit them from an outer one.
    """
    if definition.fewest_nodes < 2:
        return
    for group, container in definition.containers:
        call = launcher_call(container.command)
        if call is None or call.mode != "main" or call.insecure is not False:
            continue
        enclosing = definition.enclosing_groups(group)
        if enclosing is UNKNOWN or _may_have_secret(container):
            continue
        if any(_group_may_have_secret(outer) for outer in enclosing):
            continue
        yield Violation(
            resource=definition,
            property_path=container.path / "secrets",
            message=f"{LAUNCHER} runs in mode main, but the container has no {SECRET}",
            actual=f"no {SECRET}",
            expected=f"the secret {SECRET}",
        )


def _may_have_secret(container: Container) -> bool:
    if container.secrets is UNKNOWN or container.environment is UNKNOWN:
        return True
    variables = [each if each is UNKNOWN else each.name for each in container.environment]
    return any(each in (SECRET, UNKNOWN) for each in (*container.secrets, *variables))


def _group_may_have_secret(group: NodeGroup) -> bool:
    if group.containers is UNKNOWN or UNKNOWN in group.containers:
        return True
    return any(map(_may_have_secret, group.known_containers))


@rule(
    JobDefinition,
    "MNP335",
    "All nodes use the launcher, in the same mode",
    severity=ERROR,
    why="The nodes of a job wait for each other. If some run mnp-launch and others do not, those "
    "with it wait until the deadline and exit with status 75. If their modes differ, the job ends "
    "with status 78.",
    fix="Start the command of every node range with mnp-launch, with the same mode.",
    source=f"{sources.LAUNCHER}#modes",
)
def launcher_on_all_nodes(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the commands of the node ranges that apply to a node.

    A command runs without the launcher only if it is a program such as mpirun, torchrun, sleep or
    sshd, also in a shell with -c. Silent about scripts, unknown commands and unknown numbers of
    nodes.
    """
    groups = _groups_of_nodes(definition)
    calls = [(group, *_call_of(group)) for group in groups]
    launched = [(group, container, call) for group, container, call in calls if call is not None]
    if not launched:
        return
    for group in groups:
        container = _without_launcher(group)
        if container is not None:
            yield Violation(
                resource=definition,
                property_path=container.path / "command",
                message=f"nodes {group.target_nodes} do not run {LAUNCHER}, but nodes "
                f"{launched[0][0].target_nodes} do",
                actual=f"no {LAUNCHER}",
                expected=f"{LAUNCHER} on all nodes",
            )
    modes = [each for each in launched if each[2].mode in MODES]
    for group, container, call in modes[1:]:
        first = modes[0][2].mode
        if call.mode != first:
            yield Violation(
                resource=definition,
                property_path=container.path / "command",
                message=f"nodes {group.target_nodes} run {LAUNCHER} in mode {call.mode}, but nodes "
                f"{modes[0][0].target_nodes} in mode {first}",
                actual=call.mode,
                expected=f"the same mode on all nodes, such as {first}",
            )


def _groups_of_nodes(definition: JobDefinition) -> list[NodeGroup]:
    """Return the groups that apply to any node; none if that cannot be known."""
    number, groups = definition.num_nodes, definition.known_node_groups
    if not has_value(number) or number < 2 or definition.node_groups is UNKNOWN:
        return []
    if len(groups) != len(definition.node_groups) or len(groups) > MAX_NODE_GROUPS:
        return []
    ranges = [group.node_range for group in groups]
    known = [each for each in ranges if isinstance(each, NodeRange)]
    if len(known) != len(ranges):
        return []
    # What applies changes only where a range begins or ends.
    edges = {0, *(each.start for each in known)}
    edges |= {each.last + 1 for each in known if each.last is not None}
    owners = {owner(known, number, node) for node in edges if node < number}
    return [group for position, group in enumerate(groups) if position in owners]


def _call_of(group: NodeGroup) -> tuple[Container, LauncherCall] | tuple[None, None]:
    for container in group.known_containers:
        call = launcher_call(container.command)
        if call is not None:
            return container, call
    return None, None


def _without_launcher(group: NodeGroup) -> Container | None:
    """Return a container of a group in which none is started by the launcher."""
    if group.containers is UNKNOWN or UNKNOWN in group.containers:
        return None
    containers = group.known_containers
    if any(_runs_launcher(container.command) is not False for container in containers):
        return None
    return containers[0] if containers else None


def _runs_launcher(command: Command) -> Maybe[bool]:
    if may_name_launcher(command):
        return UNKNOWN
    found = {name for name, _ in programs(command)}
    return False if found and found <= _WITHOUT_LAUNCHER else UNKNOWN


@rule(
    JobDefinition,
    "MNP336",
    "Programs such as mpirun and torchrun are started by the launcher",
    severity=HINT,
    why="AWS Batch starts the nodes of a job one by one. mpirun and torchrun find the other nodes "
    "only if a host list, a way to start processes there and the address of the main node exist, "
    "and nothing ends the other nodes when one fails. mnp-launch does all of that.",
    fix="Put mnp-launch before the command (Launcher in the constructs), or ignore this rule if "
    "the image does the same.",
    source=f"{sources.LAUNCHER}#modes",
)
def launcher_is_useful(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for mpirun, mpiexec, torchrun, horovodrun or deepspeed in the commands.

    They count as the program of a command, after programs such as env or timeout, and in a shell
    with -c. Reports the first. Silent if any command of the job names mnp-launch or is unknown,
    about scripts, about jobs of one node or of an unknown number, and about torchrun --standalone.
    """
    if definition.fewest_nodes < 2:
        return
    for _, container in definition.containers:
        if container.command is not None and may_name_launcher(container.command):
            return
    for _, container in definition.containers:
        for name, arguments in programs(container.command):
            if name in STARTERS and not _ON_ONE_NODE & set(arguments):
                yield Violation(
                    resource=definition,
                    property_path=container.path / "command",
                    message=f"the command runs {name} without {LAUNCHER}",
                    actual=name,
                    expected=f"{LAUNCHER} -- {name}",
                )
                return
