"""Holding what users give against the annotations of what takes it, before Node sees it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from functools import cache
from types import NoneType, SimpleNamespace, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from constructs import IConstruct
from jsii._reference_map import InterfaceDynamicProxy

from cdk_batch_mnp.cdk.jsii.tokens import is_token

_FOR_ANNOTATIONS = ("aws_batch", "aws_ec2", "aws_ecs", "aws_efs", "aws_fsx", "aws_kms")
"""Modules that annotations name but that are only imported by those who use them."""

_WORDS = {str: "text", int: "a whole number", float: "a number", bool: "True or False"}

_HINTS = {
    "Duration": "say the unit, such as Duration.seconds(60)",
    "IComputeEnvironment": "batch.ManagedEc2EcsComputeEnvironment has from_... methods",
    "IFileSystem": "efs.FileSystem and fsx.LustreFileSystem have from_... methods",
    "IJobQueue": "batch.JobQueue.from_job_queue_arn(...) gives one",
    "IKey": "kms.Key.from_key_arn(...) gives one",
    "ILaunchTemplate": "ec2.LaunchTemplate.from_launch_template_attributes(...) gives one",
    "ILogGroup": "logs.LogGroup.from_log_group_name(...) gives one",
    "IPlacementGroup": "ec2.PlacementGroup.from_placement_group_name(...) gives one",
    "IRole": "iam.Role.from_role_arn(...) gives one",
    "ISecurityGroup": "ec2.SecurityGroup.from_security_group_id(...) gives one",
    "IVpc": "ec2.Vpc.from_lookup(...) gives one",
    "Secret": "batch.Secret.from_secrets_manager(...) gives one",
}


def construct_path(scope: IConstruct, id: str) -> str:
    """The path that a construct will have, which messages about its arguments begin with.

    Raises:
        TypeError: The scope is no construct.
    """
    if not hasattr(type(scope), "node"):
        raise TypeError(f"{id}: scope is {_given(scope)}, but a Construct is needed")
    # As the CDK writes an id into a path, so that templates lead back to the construct.
    written = id.replace("/", "--")
    return f"{scope.node.path}/{written}".lstrip("/")


def refuse_wrong_types(
    place: str, takes: Callable[..., Any] | type, given: Mapping[str, object]
) -> None:
    """Refuse the first argument that is not of its annotated type.

    What only deployment will tell fits wherever the CDK can write it.

    Args:
        place: What the message begins with: the construct's path, or what is made.
        takes: The function or dataclass whose annotations tell what is needed.
        given: What was given, by name; what has no annotation is passed over.

    Raises:
        TypeError: With the argument, what was given and what is needed.
    """
    loaded = tuple(name for name in _FOR_ANNOTATIONS if f"aws_cdk.{name}" in sys.modules)
    for name, expected in _annotations(takes, loaded).items():
        if name in given:
            problem = _problem(name, given[name], expected)
            if problem is not None:
                raise TypeError(f"{place}: {problem}")


@cache
def _annotations(takes: Callable[..., Any] | type, loaded: tuple[str, ...]) -> dict[str, Any]:
    modules = {
        name.removeprefix("aws_"): sys.modules[f"aws_cdk.{name}"] if name in loaded else _Unloaded()
        for name in _FOR_ANNOTATIONS
    }
    found = get_type_hints(takes, localns=dict(modules))
    return {name: each for name, each in found.items() if name != "return"}


class _Unloaded(SimpleNamespace):
    """A module that nobody has imported, so that nobody has an object of its classes."""

    def __getattr__(self, name: str) -> type:
        made = type(name, (), {})
        setattr(self, name, made)
        return made


def _problem(name: str, value: object, expected: Any) -> str | None:
    """What is wrong with a value in one clause, or ``None``."""
    options = _options(expected)
    for option in options:
        if _is(value, option):
            return next(_problems_within(name, value, option), None)
    # Who gives text for a secret may have given the secret itself.
    names = {getattr(each, "__name__", "") for each in options}
    given = "text" if isinstance(value, str) and "Secret" in names else _given(value)
    return f"{name} is {given}, but {_needed(options)} is needed{_hint(value, options)}"


def _options(expected: Any) -> Sequence[Any]:
    return get_args(expected) if get_origin(expected) in (Union, UnionType) else (expected,)


def _is(value: object, expected: Any) -> bool:
    """Whether a value is of a type, whatever it contains."""
    if type(value) is expected:
        return True
    origin = get_origin(expected)
    if expected in (Any, object) or isinstance(value, InterfaceDynamicProxy):
        return True
    if origin is not None:
        kind = Sequence if origin is tuple else origin
        return isinstance(value, kind) and not isinstance(value, str | bytes)
    if expected in _WORDS:
        return _is_scalar(value, expected)
    if getattr(expected, "_is_protocol", False):
        return _implements(value, expected)
    return isinstance(value, expected)


def _is_scalar(value: object, expected: type) -> bool:
    if hasattr(type(value), "resolve") and hasattr(type(value), "creation_stack"):
        return True
    if isinstance(value, bool) or expected in (bool, str):
        return isinstance(value, expected) and (expected is bool or not isinstance(value, bool))
    if isinstance(value, float):
        return expected is float or is_token(value)
    return isinstance(value, int)


def _implements(value: object, interface: type) -> bool:
    """Whether a value has anything of an interface: who has is believed to have the rest."""
    own = [name for name in vars(interface) if not name.startswith("_")]
    return not own or any(hasattr(type(value), name) for name in own)


def _problems_within(name: str, value: object, expected: Any) -> Iterator[str]:
    arguments = get_args(expected)
    found: Iterator[str | None] = iter(())
    if isinstance(value, Mapping) and len(arguments) == 2:
        found = (
            _problem(f"a name in {name}", key, arguments[0])
            or _problem(f"{name}[{key!r}]", each, arguments[1])
            for key, each in value.items()
        )
    elif isinstance(value, Sequence) and arguments:
        found = (
            _problem(f"{name}[{index}]", each, arguments[0]) for index, each in enumerate(value)
        )
    elif (
        is_dataclass(value)
        and not isinstance(value, type)
        and type(value).__module__.startswith("cdk_batch_mnp.model.")
    ):
        found = (
            _problem(f"{name}.{member}", getattr(value, member), each)
            for member, each in _annotations(type(value), ()).items()
        )
    return (each for each in found if each is not None)


def _given(value: object) -> str:
    if value is None or isinstance(value, bool | int | str):
        return repr(value)
    if isinstance(value, float):
        return "only known at deployment" if is_token(value) else repr(value)
    return _a(type(value).__name__)


def _needed(options: Sequence[Any]) -> str:
    return " or ".join(dict.fromkeys(_word(each) for each in options if each is not NoneType))


def _word(expected: Any) -> str:
    origin = get_origin(expected)
    if origin is not None:
        kind = "mapping" if origin is Mapping else "list"
        return f"a {kind} of {_plural(get_args(expected)[-1 if kind == 'mapping' else 0])}"
    return _WORDS.get(expected) or _a(expected.__name__)


def _plural(expected: Any) -> str:
    words = {str: "texts", int: "numbers", float: "numbers"}
    names = dict.fromkeys(words.get(each) or each.__name__ for each in _options(expected))
    return " or ".join(names)


def _a(name: str) -> str:
    return f"{'an' if name[:1] in 'AEIOaeio' else 'a'} {name}"


def _hint(value: object, options: Sequence[Any]) -> str:
    """How to say it right, where that is known."""
    for option in options:
        if get_origin(option) is Sequence and _fits_one(value, get_args(option)[0]):
            return ": put it in [...]"
        way = _HINTS.get(getattr(option, "__name__", ""))
        if way is not None:
            return f": {way}"
    if isinstance(value, bool) and str in options:
        return ": write what the program expects, such as '1' or 'true'"
    if isinstance(value, int | float) and str in options:
        return f": write '{value}'"
    if isinstance(value, str) and int in options and value.strip().isdecimal():
        return f": write {int(value)}"
    if isinstance(value, float) and int in options and value.is_integer():
        return f": write {int(value)}"
    return ""


def _fits_one(value: object, expected: Any) -> bool:
    return not isinstance(value, str) and _problem("", value, expected) is None
