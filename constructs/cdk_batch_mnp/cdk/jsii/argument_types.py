"""Runtime argument type checks, before values cross into jsii."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from types import NoneType, SimpleNamespace, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from cdk_batch_mnp.cdk.jsii.tokens import is_token

_FOR_ANNOTATIONS = (
    "aws_cloudwatch",
    *("aws_batch", "aws_ec2", "aws_ecs", "aws_efs", "aws_eks", "aws_fsx", "aws_kms"),
    "aws_secretsmanager",
)
"""Modules in annotations that are imported only if they are used."""

_SPOKEN_WITH_VOWEL = (*"AEIOaeio", "Mnp", "fsx.", "s3.", "sfn.", "sns.", "sqs.", "ssm.")

_WORDS = {str: "a string", int: "an integer", float: "a number", bool: "True or False"}

_HINTS = {
    "Duration": "specify the unit, such as Duration.seconds(60)",
    "ICluster": "use eks.Cluster.from_cluster_attributes(...), or the ARN of the cluster",
    "IComputeEnvironment": "use a from_... method of MnpComputeEnvironment",
    "IConsumableResourceRef": "use batch.ConsumableResource.from_consumable_resource_arn(...)",
    "IFileSystem": "use a from_... method of efs.FileSystem or fsx.LustreFileSystem",
    "IGrantable": "pass what gets the permissions, such as a role, a user or a Lambda function",
    "IJobQueue": "use MnpJobQueue.from_job_queue_arn(...)",
    "IKey": "use kms.Key.from_key_arn(...)",
    "ILaunchTemplate": "use ec2.LaunchTemplate.from_launch_template_attributes(...)",
    "ILogGroup": "use logs.LogGroup.from_log_group_name(...)",
    "IPlacementGroup": "use ec2.PlacementGroup.from_placement_group_name(...)",
    "IRole": "use iam.Role.from_role_arn(...)",
    "ISecret": "use secretsmanager.Secret.from_secret_complete_arn(...)",
    "ISecurityGroup": "use ec2.SecurityGroup.from_security_group_id(...)",
    "IVpc": "use ec2.Vpc.from_lookup(...)",
    "RetryStrategy": "use batch.RetryStrategy.of(batch.Action.RETRY, batch.Reason.custom(...))",
    "Secret": "use batch.Secret.from_secrets_manager(...)",
    "Size": "specify the unit, such as Size.mebibytes(1024)",
    "Ulimit": "use batch.Ulimit(name=batch.UlimitName.STACK, soft_limit=-1, hard_limit=-1)",
}


def type_problem(name: str, value: object, expected: Any) -> str | None:
    """Return what is wrong with the type of a value, as a clause; ``None`` if it is right.

    Tokens fit wherever the CDK can encode them.

    Args:
        name: Start of the clause: the name of the argument, or where in it the value is.
        value: The value.
        expected: The annotation.
    """
    return _problem(name, value, expected, in_api=False)


def structure_problem(value: Mapping[str, Any], structure: type) -> str | None:
    """Return what is wrong with a structure of the API, as :func:`type_problem` does.

    Args:
        value: In the API's spelling. Members of the outermost structure may be missing: it is
            merged with others.
        structure: A property class of an L1 construct, which has the members that CloudFormation
            has. The CDK drops all others silently.
    """
    return next(_member_problems("", value, structure), None)


def annotations_of(annotated: Callable[..., Any] | type) -> dict[str, Any]:
    """Return the types of a function's parameters, or of the members of a class."""
    loaded = tuple(name for name in _FOR_ANNOTATIONS if f"aws_cdk.{name}" in sys.modules)
    return _annotations(annotated, loaded)


@cache
def _annotations(annotated: Callable[..., Any] | type, loaded: tuple[str, ...]) -> dict[str, Any]:
    modules = {
        name.removeprefix("aws_"): sys.modules[f"aws_cdk.{name}"]
        if name in loaded
        else _Unloaded(of=f"aws_cdk.{name}")
        for name in _FOR_ANNOTATIONS
    }
    found = get_type_hints(annotated, localns=dict(modules))
    return {name: annotation for name, annotation in found.items() if name != "return"}


class _Unloaded(SimpleNamespace):
    """A module that was not imported, so no object of its classes can exist."""

    def __getattr__(self, name: str) -> type:
        made = type(name, (), {"__module__": self.__dict__["of"]})
        setattr(self, name, made)
        return made


def _problem(name: str, value: object, expected: Any, *, in_api: bool) -> str | None:
    options = _options(expected)
    # In API structures, any value can be an object that the CDK resolves.
    if in_api and (is_token(value) or hasattr(value, "resolve")):
        return None
    for option in options:
        if _is(value, option):
            return next(_problems_within(name, value, option, in_api=in_api), None)
    # A string instead of a secret may be the secret itself, so it is not shown.
    names = {getattr(option, "__name__", "") for option in options}
    actual = "a string" if isinstance(value, str) and "Secret" in names else _shown(value)
    return f"{name} must be {_described(options)}, got {actual}{_hint(value, options)}"


def _options(expected: Any) -> Sequence[Any]:
    if get_origin(expected) not in (Union, UnionType):
        return (expected,)
    options = get_args(expected)
    # An L1 property class says more about a mapping than the dict that jsii accepts too.
    structures = [option for option in options if _api_members(option)]
    return structures or options


def _is(value: object, expected: Any) -> bool:
    """Return whether a value is of a type, whatever it contains."""
    if type(value) is expected:
        return True
    origin = get_origin(expected)
    if expected in (Any, object):
        return True
    if origin is not None:
        kind = Sequence if origin is tuple else origin
        return isinstance(value, kind) and not isinstance(value, str | bytes)
    if expected is not NoneType and _is_proxy(value):
        return True
    if expected in _WORDS:
        return _is_scalar(value, expected)
    if _api_members(expected):
        return isinstance(value, Mapping)
    if getattr(expected, "_is_protocol", False):
        return _implements(value, expected)
    return isinstance(value, expected)


def _is_proxy(value: object) -> bool:
    """Return whether jsii has no Python class for a value, only the interfaces it implements."""
    return type(value).__module__.partition(".")[0] == "jsii"


def _is_scalar(value: object, expected: type) -> bool:
    if hasattr(type(value), "resolve") and hasattr(type(value), "creation_stack"):
        return True
    # In Python, True is an int too.
    if isinstance(value, bool) or expected in (bool, str):
        return isinstance(value, expected) and (expected is bool or not isinstance(value, bool))
    if isinstance(value, float):
        return expected is float or is_token(value)
    return isinstance(value, int)


def _implements(value: object, interface: type) -> bool:
    """Return whether a value has any member of an interface; the others are not checked."""
    own = [name for name in vars(interface) if not name.startswith("_")]
    return not own or any(hasattr(type(value), name) for name in own)


def _problems_within(name: str, value: object, expected: Any, *, in_api: bool) -> Iterator[str]:
    if isinstance(value, Mapping) and _api_members(expected):
        yield from _member_problems(name, value, expected)
        return
    arguments = get_args(expected)
    found: Iterator[str | None] = iter(())
    if isinstance(value, Mapping) and len(arguments) == 2:
        found = (
            _problem(f"a key of {name}", key, arguments[0], in_api=in_api)
            or _problem(f"{name}[{key!r}]", item, arguments[1], in_api=in_api)
            for key, item in value.items()
        )
    elif isinstance(value, Sequence) and not isinstance(value, str) and arguments:
        found = (
            _problem(f"{name}[{index}]", item, arguments[0], in_api=in_api)
            for index, item in enumerate(value)
        )
    yield from (problem for problem in found if problem is not None)


def _member_problems(name: str, value: Mapping[str, Any], structure: type) -> Iterator[str]:
    members = _api_members(structure)
    for key, member in value.items():
        inside = f"{name}.{key}" if name else str(key)
        if key not in members:
            from difflib import get_close_matches  # Slow to import, and rarely needed.

            near = get_close_matches(str(key), members, n=1, cutoff=0.5)
            hint = f"did you mean {near[0]!r}?" if near else f"it has {', '.join(members)}"
            yield f"there is no {inside!r} in the API's {_title(structure)}; {hint}"
            continue
        problem = _problem(inside, member, members[key][0], in_api=True)
        if problem is not None:
            yield problem
    # Only elements of lists have to be complete: everything else is merged.
    if "[" in name:
        missing = [key for key, (_, required) in members.items() if required and key not in value]
        if missing:
            yield f"{name} lacks {', '.join(map(repr, missing))}"


@cache
def _api_members(structure: Any) -> Mapping[str, tuple[Any, bool]]:
    """Return the members of an L1 property class: their types, and whether they are required.

    Names are in the API's spelling. Other classes have none.
    """
    qualified = getattr(structure, "__qualname__", "")
    if not (qualified.startswith("Cfn") and qualified.endswith("Property")):
        return {}
    names: Mapping[str, str] = vars(structure)["__jsii_name_mapping__"]
    types = get_type_hints(structure.__init__)
    return {
        name: (types[python_name], NoneType not in get_args(types[python_name]))
        for python_name, name in names.items()
    }


def _title(structure: type) -> str:
    return structure.__name__.removesuffix("Property")


def _shown(value: object) -> str:
    if value is None or isinstance(value, bool | int | str):
        return repr(value)
    if isinstance(value, float):
        return "a value known only at deployment" if is_token(value) else repr(value)
    if _is_proxy(value):
        return "an object of the CDK"
    return str(value) if isinstance(value, Enum) else with_article(_qualified(type(value)))


def _described(options: Sequence[Any]) -> str:
    named = [
        option
        for option in options
        # A float parameter accepts integers too. Anything resolvable is accepted by the API.
        if option is not NoneType
        and not (option is int and float in options)
        and getattr(option, "__name__", "") != "IResolvable"
    ]
    return " or ".join(dict.fromkeys(_word(option) for option in named))


def _word(expected: Any) -> str:
    origin = get_origin(expected)
    if origin is not None:
        kind = "mapping" if issubclass(origin, Mapping) else "list"
        return f"a {kind} of {_plural(get_args(expected)[-1 if kind == 'mapping' else 0])}"
    if _api_members(expected):
        return f"a structure ({_title(expected)})"
    return _WORDS.get(expected) or with_article(_qualified(expected))


def _plural(expected: Any) -> str:
    words = {str: "strings", int: "integers", float: "numbers"}
    options = _options(expected)
    names = (
        words.get(option) or (_title(option) if _api_members(option) else _qualified(option))
        for option in options
        if getattr(option, "__name__", "") != "IResolvable"
    )
    return " or ".join(dict.fromkeys(names))


def _qualified(kind: type) -> str:
    """Return the name of a class with its module, as the CDK's documentation writes it."""
    module = kind.__module__.removeprefix("aws_cdk.aws_")
    return kind.__name__ if module == kind.__module__ else f"{module}.{kind.__name__}"


def with_article(name: str) -> str:
    """Return the name of a class after its indefinite article: ``an MnpCluster``."""
    return f"{'an' if name.startswith(_SPOKEN_WITH_VOWEL) else 'a'} {name}"


def _hint(value: object, options: Sequence[Any]) -> str:
    """Return what to write instead, if it is known."""
    for option in options:
        if get_origin(option) in (Sequence, Iterable):
            if _fits_one(value, get_args(option)[0]):
                return "; put it in [...]"
            if isinstance(value, str) and str in _options(get_args(option)[0]):
                return f"; use {value.split()!r}"
        hint = _HINTS.get(getattr(option, "__name__", ""))
        if hint is not None:
            return f"; {hint}"
    if str in options and {str, int, float, NoneType}.issuperset(options):
        if isinstance(value, bool):
            return "; write what the program expects, such as '1' or 'true'"
        if isinstance(value, int | float):
            return f"; use '{value}'"
    if isinstance(value, str) and int in options and value.strip().isdecimal():
        return f"; use {int(value)}"
    if isinstance(value, float) and int in options and value.is_integer():
        return f"; use {int(value)}"
    return ""


def _fits_one(value: object, expected: Any) -> bool:
    return not isinstance(value, str) and type_problem("", value, expected) is None
