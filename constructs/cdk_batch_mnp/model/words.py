"""The words and the property names of AWS Batch resources, and those that a template misspells.

The lists are those of the AWS Batch API model and of the CloudFormation resource schemas.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from cdk_batch_mnp.frozen.dataclass import dataclass
from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.model.partial_text import Text
from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value

_STATES = ("ENABLED", "DISABLED")
MANAGEMENT = ("MANAGED", "UNMANAGED")
COMPUTE_TYPES = ("EC2", "SPOT", "FARGATE", "FARGATE_SPOT", "ECS_MANAGED_INSTANCES")
STRATEGIES = (
    "BEST_FIT",
    "BEST_FIT_PROGRESSIVE",
    "BEST_FIT_PROGRESSIVE_ORDERED",
    "SPOT_CAPACITY_OPTIMIZED",
    "SPOT_PRICE_CAPACITY_OPTIMIZED",
    "SPOT_CAPACITY_OPTIMIZED_PRIORITIZED",
)
DEFINITION_TYPES = ("multinode", "container")
_INSIGHTS = ("ENABLED", "ENHANCED", "DISABLED")
_CAPABILITIES = ("EC2", "FARGATE", "MANAGED_INSTANCES")
PLACEMENT_STRATEGIES = ("cluster", "spread", "partition")

_ENVIRONMENT_NAMES: Mapping[tuple[str, ...], str] = {
    (): "ComputeEnvironmentName ComputeResources Context EcsSettings EksConfiguration "
    "ReplaceComputeEnvironment ServiceRole State Tags Type UnmanagedvCpus UpdatePolicy",
    ("computeResources",): "AllocationStrategy BidPercentage CapacityTags DesiredvCpus "
    "Ec2Configuration Ec2KeyPair ImageId InstanceRole InstanceTypes LaunchTemplate "
    "ManagedInstancesProvider MaxvCpus MinvCpus PlacementGroup ScalingPolicy SecurityGroupIds "
    "SpotIamFleetRole Subnets Tags Type UpdateToLatestImageVersion",
    ("computeResources", "launchTemplate"): "LaunchTemplateId LaunchTemplateName Overrides "
    "UserdataType Version",
    ("computeResources", "ec2Configuration", "*"): "BatchImageStatus ImageIdOverride "
    "ImageKubernetesVersion ImageType",
    ("computeResources", "scalingPolicy"): "MinScaleDownDelayMinutes",
    ("ecsSettings",): "ContainerInsights",
    ("updatePolicy",): "JobExecutionTimeoutMinutes TerminateJobsOnUpdate",
}
_QUEUE_NAMES: Mapping[tuple[str, ...], str] = {
    (): "ComputeEnvironmentOrder JobQueueName JobQueueType JobStateTimeLimitActions Priority "
    "SchedulingPolicyArn ServiceEnvironmentOrder State Tags",
    ("computeEnvironmentOrder", "*"): "ComputeEnvironment Order",
    ("jobStateTimeLimitActions", "*"): "Action MaxTimeSeconds Reason State",
}
_DEFINITION_NAMES: Mapping[tuple[str, ...], str] = {
    (): "ConsumableResourceProperties ContainerProperties EcsProperties EksProperties "
    "JobDefinitionName NodeProperties Parameters PlatformCapabilities PropagateTags "
    "ResourceRetentionPolicy RetryStrategy SchedulingPriority Tags Timeout Type",
    ("nodeProperties",): "MainNode NodeRangeProperties NumNodes",
    ("nodeProperties", "nodeRangeProperties", "*"): "ConsumableResourceProperties Container "
    "EcsProperties EksProperties InstanceTypes TargetNodes",
}
_ELSEWHERE = (
    "BlockDeviceMappings IamInstanceProfile InstanceType KeyName MetadataOptions "
    "NetworkInterfaces UserData"
)
"""Properties of EC2 launch templates that are written in compute resources."""

_MEANT = {
    "EC2SPOT": "SPOT",
    "MNP": "multinode",
    "MULTINODEPARALLEL": "multinode",
    "ONDEMAND": "EC2",
}
"""Words of other tools and documents, and what they are called here."""

_AMI = re.compile(r"ami-")
_VERSION = re.compile(r"\$Latest|\$Default|[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class WordFault:
    """A word or a name that AWS does not know.

    Attributes:
        path: The property.
        problem: The problem, in one sentence without a full stop.
        is_certain: Whether AWS certainly rejects it. Words that AWS may have added since are not
            certain.
        is_name: Whether it is the name of a property rather than a value.
    """

    path: PropertyPath
    problem: str
    actual: str
    expected: str
    is_certain: bool = True
    is_name: bool = False


def corrected(word: Maybe[str] | None, known: tuple[str, ...]) -> Maybe[str] | None:
    """Return the word that a misspelt one resembles, or the word as it is."""
    if not has_value(word) or word in known:
        return word
    return nearest(word, known) or word


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that another resembles, ``None`` if there is none."""
    names = {_plain(each): each for each in sorted(known)}
    plain = _plain(word)
    meant = _MEANT.get(plain)
    if meant in names.values():
        return meant
    if not plain or len(plain) > 2 * max(map(len, names)):
        return None
    if plain in names:
        return names[plain]
    from difflib import get_close_matches  # Slow to import, and rarely needed.

    near = get_close_matches(plain, names, n=1, cutoff=0.84)
    return names[near[0]] if near else None


def environment_faults(shape: ApiStruct) -> Iterator[WordFault]:
    """Return the faults of a compute environment's words and names."""
    resources = _inside(shape, "computeResources")
    template = _inside(resources, "launchTemplate")
    compute = PROPERTIES / "computeResources"
    yield from _word(PROPERTIES / "type", shape.text("type"), MANAGEMENT)
    yield from _word(PROPERTIES / "state", shape.text("state"), _STATES)
    yield from _word(compute / "type", resources.text("type"), COMPUTE_TYPES, may_grow=True)
    yield from _word(
        compute / "allocationStrategy",
        resources.text("allocationStrategy"),
        STRATEGIES,
        may_grow=True,
    )
    yield from _version(compute / "launchTemplate" / "version", template.text("version"))
    insights = _inside(shape, "ecsSettings").text("containerInsights")
    path = PROPERTIES / "ecsSettings" / "containerInsights"
    yield from _word(path, insights, _INSIGHTS, may_grow=True)
    for name in ("subnets", "securityGroupIds", "instanceTypes"):
        items = resources.texts(name)
        for position, each in enumerate(() if not has_value(items) else items):
            if each == "":
                yield _empty(compute / name / position)
    if resources.raw("instanceRole") == "":
        yield _empty(compute / "instanceRole")
    yield from _names(shape, _ENVIRONMENT_NAMES, _ELSEWHERE)


def queue_faults(shape: ApiStruct) -> Iterator[WordFault]:
    """Return the faults of a job queue's words and names."""
    yield from _word(PROPERTIES / "state", shape.text("state"), _STATES)
    yield from _names(shape, _QUEUE_NAMES)


def definition_faults(shape: ApiStruct) -> Iterator[WordFault]:
    """Return the faults of a job definition's words and names."""
    path = PROPERTIES / "type"
    kind = shape.text("type")
    has_nodes = shape.sets("nodeProperties")
    if has_value(kind) and kind not in DEFINITION_TYPES:
        right = "multinode" if has_nodes else nearest(kind, DEFINITION_TYPES) or DEFINITION_TYPES[0]
        yield WordFault(
            path=path,
            problem=f"the type is {kind!r}; did you mean {right}?",
            actual=kind,
            expected=right,
            # CloudFormation may accept another case.
            is_certain=kind.lower() not in DEFINITION_TYPES,
        )
    if has_nodes and (kind is None or (has_value(kind) and kind.lower() == "container")):
        yield WordFault(
            path=path,
            problem="the definition has nodeProperties, but its type is "
            f"{'not set' if kind is None else kind}",
            actual="not set" if kind is None else kind,
            expected="multinode",
        )
    capabilities = shape.texts("platformCapabilities")
    for position, each in enumerate(() if not has_value(capabilities) else capabilities):
        path = PROPERTIES / "platformCapabilities" / position
        yield from _word(path, each, _CAPABILITIES, may_grow=True)
    yield from _names(shape, _DEFINITION_NAMES)


def is_no_image(value: Text) -> bool:
    """Return whether the known start of a text is not that of an image's ID."""
    start = value[0] if value else ""
    return isinstance(start, str) and not any(
        word.startswith(start) or start.startswith(word) for word in ("ami-", "resolve:ssm:")
    )


def is_image(value: Maybe[str] | None) -> bool:
    """Return whether a value may be the ID of an AMI: it is one, unknown, or empty."""
    return not has_value(value) or not value.strip() or _AMI.match(value) is not None


def _word(
    path: PropertyPath, word: Maybe[str] | None, known: tuple[str, ...], *, may_grow: bool = False
) -> Iterator[WordFault]:
    # CloudFormation accepts any case.
    if not has_value(word) or word.upper() in known:
        return
    right = nearest(word, known)
    yield WordFault(
        path=path,
        problem=f"{path[-1] if isinstance(path[-1], str) else path[-2]} is {word!r}"
        + (f"; did you mean {right}?" if right else ", a value that AWS does not document"),
        actual=word or "an empty text",
        expected=right or " or ".join(known),
        is_certain=right is not None or not may_grow,
    )


def _version(path: PropertyPath, version: Maybe[str] | None) -> Iterator[WordFault]:
    if not has_value(version) or not version or _VERSION.fullmatch(version):
        return
    right = nearest(version, ("$Latest", "$Default"))
    yield WordFault(
        path=path,
        problem=f"the launch template version is {version!r}"
        + (f"; did you mean {right}?" if right else ""),
        actual=version,
        expected=right or "a number, $Latest or $Default",
        # Another case than that of the documentation may be accepted.
        is_certain=not version.startswith("$"),
    )


def _empty(path: PropertyPath) -> WordFault:
    # Templates often have empty defaults of parameters that everyone sets.
    return WordFault(
        path=path,
        problem=f"{path} is an empty text",
        actual="an empty text",
        expected="an ID or a name",
        is_certain=False,
    )


def _names(
    shape: ApiStruct, levels: Mapping[tuple[str, ...], str], elsewhere: str = ""
) -> Iterator[WordFault]:
    for level, text in levels.items():
        known = _split(text)
        for inside, path in _at(shape, PROPERTIES, level):
            for name in inside:
                if name in known or name[:1].upper() + name[1:] in known:
                    continue
                # A condition may leave out the property, with its name.
                if ":" not in name and name != "Ref" and inside.is_set(name) is not UNKNOWN:
                    yield _unknown_name(path, name, known, levels, elsewhere)


@cache
def _split(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _at(
    shape: ApiStruct, path: PropertyPath, level: tuple[str, ...]
) -> Iterator[tuple[ApiStruct, PropertyPath]]:
    """Return the structures of a level, ``*`` for each element of a list."""
    if not level:
        yield shape, path
    elif level[1:2] == ("*",):
        shapes = shape.shapes(level[0])
        for position, each in enumerate(shapes if has_value(shapes) else ()):
            if isinstance(each, ApiStruct):
                yield from _at(each, path / level[0] / position, level[2:])
    else:
        yield from _at(_inside(shape, level[0]), path / level[0], level[1:])


def _unknown_name(
    path: PropertyPath,
    name: str,
    known: frozenset[str],
    levels: Mapping[tuple[str, ...], str],
    elsewhere: str,
) -> WordFault:
    place = str(path) or "the resource"
    right = nearest(name, known)
    home = next((level for level, text in levels.items() if name in text.split()), None)
    if home is not None:
        place_of_it = ".".join(step for step in home if step != "*")
        hint = f"it belongs in {place_of_it or 'the properties of the resource'}"
    elif name in elsewhere.split():
        hint = "it belongs in the data of a launch template"
    else:
        hint = f"did you mean {right}?" if right else ""
    return WordFault(
        path=path / name,
        problem=f"{place} has no property {name}" + (f"; {hint}" if hint else ""),
        actual=name,
        expected=right or (hint.removeprefix("it ") if hint else "a documented property"),
        is_certain=bool(hint),
        is_name=True,
    )


def _inside(shape: ApiStruct, name: str) -> ApiStruct:
    found = shape.shape(name)
    return found if isinstance(found, ApiStruct) else ApiStruct({})


def _plain(word: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", word.upper())
