"""Decorators that check arguments, and add the construct's path to errors."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar, Unpack, get_args, get_origin

from constructs import Construct, IConstruct

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentTypeError, at_path
from cdk_batch_mnp.cdk.jsii.argument_types import annotations_of, type_problem
from cdk_batch_mnp.cdk.jsii.unchanging import note_place, path_of
from cdk_batch_mnp.lazy.dataclass import OnFirstUse

_Function = TypeVar("_Function", bound=Callable[..., Any])
_Class = TypeVar("_Class", bound=type)
_Options = TypeVar("_Options")

_OTHER_NAMES = {
    "evaluate_on_exit": "retry_strategies",
    "kubernetes_namespace": "namespace",
    "max_vcpus": "max_nodes",
    "maxv_cpus": "max_nodes",
    "memory_mib": "memory",
    "min_vcpus": "min_nodes",
    "minv_cpus": "min_nodes",
    "root_volume_size_gib": "root_volume_size",
    "run_as_group": "group",
    "run_as_user": "user",
    "shared_memory_mib": "shared_memory_size",
}
"""Names of arguments in AWS and the CDK, and their names here."""

_HABITS = {
    "allocation_strategy": "the environment is On-Demand with BEST_FIT_PROGRESSIVE, because all "
    "nodes are of one type",
    "array_size": "multi-node jobs are not array jobs; submit a job for each case",
    "container": "put it in node_groups=[NodeGroup('all', ':', container)]",
    "container_overrides": "use node_overrides, by the name of the node group",
    "containers": "put them in node_groups=[NodeGroup(..., containers={...})]",
    "instance_classes": "set one instance_type, because all nodes are alike",
    "instance_types": "set one instance_type, because all nodes are alike",
    "replace_compute_environment": "updates are in place, without a replacement",
    "spot": "Spot Instances cannot run multi-node jobs; leave it out",
    "spot_bid_percentage": "Spot Instances cannot run multi-node jobs; leave it out",
    "use_optimal_instance_classes": "set one instance_type, because all nodes are alike",
}
"""Arguments of the CDK's own constructs without an equivalent, and what to do instead."""


def construct_path(scope: IConstruct, id: str) -> str:
    """Return the path that a construct will have.

    Raises:
        ArgumentTypeError: The scope is not a construct.
    """
    if not hasattr(type(scope), "node"):
        problem = type_problem("scope", scope, Construct)
        raise ArgumentTypeError(problem or "scope must be a Construct", path=str(id))
    # As the CDK writes an id in a path, so that paths in templates match.
    written = str(id).replace("/", "--")
    return f"{path_of(scope)}/{written}".lstrip("/")


def checked(function: _Function) -> _Function:
    """Check the arguments of a construct's constructor, or of a method that adds a construct.

    The function takes ``(self, scope, id, ...)``, or ``(self, id, ...)`` for a method of the scope.
    Keyword options (``**options: Unpack[...]``) are checked by their ``TypedDict``. The construct's
    path is added to an :class:`ArgumentError` that the function raises.

    Raises:
        ArgumentTypeError: An argument is unknown, missing, or not of its annotated type.
    """
    signature = inspect.signature(function)
    has_scope = "scope" in signature.parameters

    @wraps(function)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        located = list(args) + [kwargs[name] for name in ("scope", "id") if name in kwargs]
        if has_scope and len(located) > 1:
            path = construct_path(located[0], located[1])
            note_place(self, located[0], path)
        elif not has_scope and located:
            path = construct_path(self, located[0])
        else:
            path = type(self).__name__
        with at_path(path, is_construct=True):
            _check(function, signature, (self, *args), kwargs)
            return function(self, *args, **kwargs)

    return wrapper  # type: ignore[return-value]


def checked_call(function: _Function) -> _Function:
    """Check the arguments of a method of a construct that adds no construct.

    Raises:
        ArgumentTypeError: An argument is unknown, missing, or not of its annotated type.
    """
    signature = inspect.signature(function)

    @wraps(function)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            with at_path(function.__name__):
                _check(function, signature, (self, *args), kwargs)
        except ArgumentTypeError as error:
            error.path = f"{path_of(self)}: {error.path}"
            error.is_in_construct = True
            raise
        return function(self, *args, **kwargs)

    return wrapper  # type: ignore[return-value]


def checked_fields(subject: str = "", name: str = "name") -> Callable[[_Class], _Class]:
    """Check the arguments of a frozen dataclass.

    Args:
        subject: Name for objects of the class in messages. Default: the name of the class.
        name: The field that identifies an object, shown after ``subject``.

    Raises:
        ArgumentTypeError: An argument is unknown, missing, or not of its annotated type.
    """

    def decorate(kind: _Class) -> _Class:
        unchecked: OnFirstUse = vars(kind)["__init__"]
        kind.__init__ = OnFirstUse(  # type: ignore[misc]
            "__init__",
            lambda cls: _checked_constructor(cls, unchecked.make(cls), subject, name),
        )
        return kind

    return decorate


def _checked_constructor(
    kind: type, initialize: Callable[..., None], subject: str, name: str
) -> Callable[..., None]:
    signature = inspect.signature(initialize)

    @wraps(initialize)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> None:
        path = kind.__name__
        if subject:
            shown = kwargs.get(name, args[0] if args else signature.parameters[name].default)
            is_named = shown is not inspect.Parameter.empty
            path = f"{subject} {str(shown)[:60]!r}" if is_named else subject
        with at_path(path):
            _check(kind, signature, (self, *args), kwargs)
            initialize(self, *args, **kwargs)

    return wrapper


def select(kind: type[_Options], options: Mapping[str, Any]) -> _Options:
    """Return the options that a ``TypedDict`` declares."""
    names = annotations_of(kind)
    return {name: value for name, value in options.items() if name in names}  # type: ignore[return-value]


def _check(
    annotated: Callable[..., Any] | type,
    signature: inspect.Signature,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> None:
    expected = _expected(annotated)
    _reject_unknown(kwargs, [name for name in expected if name not in ("scope", "id")])
    try:
        arguments = signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        raise ArgumentTypeError(str(error)) from None
    for name, value in {**arguments, **kwargs}.items():
        if name in expected:
            problem = type_problem(name, value, expected[name])
            if problem is not None:
                raise ArgumentTypeError(problem)


def _expected(annotated: Callable[..., Any] | type) -> Mapping[str, Any]:
    """Return the types of all arguments, including keyword options."""
    found: dict[str, Any] = {}
    for name, annotation in annotations_of(annotated).items():
        if get_origin(annotation) is Unpack:
            found |= annotations_of(get_args(annotation)[0])
        else:
            found[name] = annotation
    return found


def _reject_unknown(kwargs: Mapping[str, Any], names: list[str]) -> None:
    for name in kwargs:
        if name in names or name in ("scope", "id"):
            continue
        if name in _HABITS:
            raise ArgumentTypeError(f"there is no argument {name!r}; {_HABITS[name]}")
        from difflib import get_close_matches  # Slow to import, and rarely needed.

        other = _OTHER_NAMES.get(name)
        near = [other] if other in names else get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]!r}?" if near else f"there is {', '.join(sorted(names))}"
        raise ArgumentTypeError(f"there is no argument {name!r}; {hint}")
