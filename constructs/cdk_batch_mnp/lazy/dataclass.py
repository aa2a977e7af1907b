"""Dataclasses, defined in a tenth of the time.

:func:`dataclasses.dataclass` reads the type of each field, and writes and compiles up to seven
methods for each class. That takes a third of the time of ``check`` on a small template, which
imports a hundred such classes. Here the methods are functions that work on the fields of any class,
and ``__init__`` is compiled for classes of which there are many objects. What the standard library
knows of its own dataclasses, it makes when it first needs it: ``fields``, ``replace`` and
``__match_args__`` work as for them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING, Field, FrozenInstanceError
from functools import partial
from inspect import get_annotations
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, NamedTuple, NoReturn, TypeVar

T = TypeVar("T")

_DECLARED = "__declared_fields__"
_NOT_FIELDS = ("ClassVar", "InitVar", "KW_ONLY")


class _Declared(NamedTuple):
    """The fields that a class declares, as they stand in its body."""

    types: Mapping[str, object]
    defaults: Mapping[str, object]
    kw_only: bool


class _Field(NamedTuple):
    """A field; ``field`` is the result of :func:`dataclasses.field`, if that is its default."""

    name: str
    type: object
    default: object
    kw_only: bool
    field: Field[Any] | None = None

    @property
    def factory(self) -> Any:
        return MISSING if self.field is None else self.field.default_factory

    @property
    def init(self) -> bool:
        return self.field is None or self.field.init

    @property
    def compare(self) -> bool:
        return self.field is None or self.field.compare

    @property
    def hash(self) -> bool:
        if self.field is None or self.field.hash is None:
            return self.compare
        return self.field.hash

    @property
    def standard(self) -> Field[Any]:
        """A new field of the standard library, as it has one for each class."""
        given = self.field or dataclasses.field()
        new: Any = dataclasses.field  # its types know a default or a factory, not either
        made: Field[Any] = new(
            default=self.default,
            default_factory=given.default_factory,
            init=given.init,
            repr=given.repr,
            hash=given.hash,
            compare=given.compare,
            kw_only=self.kw_only,
        )
        return made


def _dataclass(
    *,
    frozen: bool = False,
    eq: bool = True,
    slots: bool = False,
    kw_only: bool = False,
    weakref_slot: bool = False,
) -> Callable[[type[T]], type[T]]:
    """Make a class a dataclass, as ``dataclasses.dataclass`` does with the same arguments.

    Raises:
        TypeError: A base class is a dataclass of the standard library, or the class has a
            pseudo-field such as ``ClassVar``.
    """
    methods = _METHODS | (_FROZEN if frozen else {})
    if eq:
        methods |= _EQUAL if frozen else {**_EQUAL, "__hash__": None}

    def made(cls: type[T]) -> type[T]:
        declared = _declared_fields(cls, kw_only=kw_only)
        if slots:
            return _with_slots(cls, declared, methods, weakref_slot=weakref_slot)
        for name, value in {_DECLARED: declared, **methods}.items():
            setattr(cls, name, value)
        for name, value in declared.defaults.items():
            if isinstance(value, Field):
                delattr(cls, name)
        return cls

    return made


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = _dataclass


class OnFirstUse:
    """An attribute of classes that is made for a class when it is first used.

    Args:
        name: Name of the attribute.
        make: Makes the attribute of a class.
    """

    def __init__(self, name: str, make: Callable[[type], Any]) -> None:
        self.name = name
        self.make = make

    def __get__(self, instance: object, owner: type) -> Any:
        """Put the attribute in its place in the class that has it, and return it."""
        # `inspect` of Python 3.13 passes a class as the instance.
        classes = (instance if isinstance(instance, type) else owner).__mro__
        for cls in classes:
            if vars(cls).get(self.name) is self:
                value = self.make(cls)
                setattr(cls, self.name, value)
                break
        else:  # Another thread has done it.
            value = next(vars(cls)[self.name] for cls in classes if self.name in vars(cls))
        bind = getattr(type(value), "__get__", None)
        return value if bind is None else bind(value, instance, owner)


class _Constructor(OnFirstUse):
    """The ``__init__`` of a class, compiled after some objects, or if its signature is looked at.

    Compiling takes as long as setting the fields of about thirty objects one by one.
    """

    OBJECTS = 15

    def __init__(self) -> None:
        super().__init__("__init__", _compiled_constructor)
        self._objects: dict[type, int] = {}
        self._fields: dict[type, Mapping[str, _Field]] = {}

    def __get__(self, instance: object, owner: type) -> Any:
        """Return a function that sets the fields of an object."""
        is_for_inspection = instance is None or isinstance(instance, type)
        if is_for_inspection or self._objects.get(owner, 0) >= self.OBJECTS:
            return super().__get__(instance, owner)
        self._objects[owner] = self._objects.get(owner, 0) + 1
        if owner not in self._fields:
            self._fields[owner] = _fields(owner)
        return partial(self._set_fields, instance, self._fields[owner])

    def _set_fields(
        self, instance: object, fields: Mapping[str, _Field], /, *args: object, **kwargs: object
    ) -> None:
        values = {}
        position, used = 0, 0
        for field in fields.values():
            if not field.init:
                if field.factory is not MISSING:
                    values[field.name] = field.factory()
                elif field.default is not MISSING:
                    values[field.name] = field.default
            elif not field.kw_only and position < len(args):
                values[field.name] = args[position]
                position += 1
            elif field.name in kwargs:
                values[field.name] = kwargs[field.name]
                used += 1
            elif field.factory is not MISSING:
                values[field.name] = field.factory()
            else:
                values[field.name] = field.default
        is_missing = any(value is MISSING for value in values.values())
        if position < len(args) or used < len(kwargs) or is_missing:
            # Python itself says what is wrong with the arguments.
            super().__get__(instance, type(instance))(*args, **kwargs)
            return
        for name, value in values.items():
            object.__setattr__(instance, name, value)
        if hasattr(instance, "__post_init__"):
            instance.__post_init__()


def _declared_fields(cls: type, *, kw_only: bool) -> _Declared:
    """Read the fields that a class itself declares.

    Raises:
        TypeError: See :func:`dataclass`.
    """
    for base in cls.__mro__[1:-1]:
        if "__dataclass_fields__" in vars(base) and _DECLARED not in vars(base):
            raise TypeError(f"{base.__name__} is a dataclass of the standard library")
    types = get_annotations(cls)
    for name, annotation in types.items():
        if isinstance(annotation, str) and any(word in annotation for word in _NOT_FIELDS):
            raise TypeError(f"{name} is not a field: {annotation}")
    defaults = {name: value for name, value in vars(cls).items() if name in types}
    return _Declared(types, defaults, kw_only)


def _with_slots(
    cls: type[T], declared: _Declared, methods: Mapping[str, Any], *, weakref_slot: bool
) -> type[T]:
    """Return the same class with slots, which have to be declared when a class is made."""
    left_out = {"__dict__", "__weakref__", *declared.defaults}
    namespace = {name: value for name, value in vars(cls).items() if name not in left_out}
    inherited = {name for base in cls.__mro__[1:-1] for name in vars(base).get("__slots__", ())}
    names = [*declared.types, *(["__weakref__"] if weakref_slot else [])]
    namespace["__slots__"] = tuple(name for name in names if name not in inherited)
    namespace["__qualname__"] = cls.__qualname__
    namespace[_DECLARED] = declared
    namespace |= methods
    # Pickle cannot set the attributes of a frozen object that has no __dict__.
    namespace |= {"__getstate__": _state, "__setstate__": _set_state}
    kind: Any = type(cls)
    made: type[T] = kind(cls.__name__, cls.__bases__, namespace)
    return made


def _fields(cls: type) -> Mapping[str, _Field]:
    """Return the fields of a class and of its base classes, by name."""
    found: dict[str, _Field] = {}
    for base in reversed(cls.__mro__):
        declared: _Declared | None = vars(base).get(_DECLARED)
        if declared is not None:
            found |= {name: _field(name, declared) for name in declared.types}
    return found


def _field(name: str, declared: _Declared) -> _Field:
    value = declared.defaults.get(name, MISSING)
    if not isinstance(value, Field):
        return _Field(name, declared.types[name], value, declared.kw_only)
    kw_only = declared.kw_only if value.kw_only is MISSING else value.kw_only
    return _Field(name, declared.types[name], value.default, kw_only, value)


def _standard(name: str) -> Callable[[type], Any]:
    """Return a maker of an attribute that the standard library gives to a dataclass."""

    def made(cls: type) -> Any:
        fields = [(field.name, field.type, field.standard) for field in _fields(cls).values()]
        standard = dataclasses.make_dataclass(
            cls.__name__,
            fields,
            init=False,
            repr=False,
            eq=False,
        )
        return getattr(standard, name)

    return made


def _compiled_constructor(cls: type) -> Callable[..., None]:
    """Compile the method that sets the fields."""
    fields = _fields(cls).values()
    used: dict[str, Any] = {"_set": object.__setattr__, "_MISSING": MISSING}
    positional: list[str] = ["self"]
    keywords: list[str] = []
    body: list[str] = []
    for field in fields:
        name, value = field.name, field.name
        argument = name
        if field.default is not MISSING:
            used[f"_default_{name}"] = field.default
            argument = f"{name}=_default_{name}"
        elif field.factory is not MISSING:
            used[f"_new_{name}"] = field.factory
            argument = f"{name}=_MISSING"
            value = f"_new_{name}() if {name} is _MISSING else {name}"
        if field.init:
            (keywords if field.kw_only else positional).append(argument)
        elif field.factory is not MISSING:
            value = f"_new_{name}()"
        elif field.default is MISSING:
            continue  # __post_init__ sets it.
        else:
            value = f"_default_{name}"
        body.append(f"_set(self, {name!r}, {value})")
    if hasattr(cls, "__post_init__"):
        body.append("self.__post_init__()")
    arguments = ", ".join([*positional, *(["*", *keywords] if keywords else [])])
    exec(f"def __init__({arguments}):\n " + "\n ".join(body or ["pass"]), used)  # noqa: S102
    constructor: Callable[..., None] = used["__init__"]
    constructor.__module__ = cls.__module__
    constructor.__qualname__ = f"{cls.__qualname__}.__init__"
    constructor.__annotations__ = {field.name: field.type for field in fields if field.init} | {
        "return": None
    }
    return constructor


def _values_of(names: list[str]) -> Callable[[Any], object]:
    """Return a function that gets these attributes of an object, fast."""
    return attrgetter(*names) if names else lambda _: ()


def _equality(cls: type) -> Callable[[Any, object], bool]:
    values = _values_of([field.name for field in _fields(cls).values() if field.compare])

    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    return __eq__


def _hash(cls: type) -> Callable[[Any], int]:
    values = _values_of([field.name for field in _fields(cls).values() if field.hash])

    def __hash__(self: object) -> int:  # noqa: N807
        return hash(values(self))

    return __hash__


def _all_values(self: Any) -> Iterator[tuple[str, object]]:
    for field in dataclasses.fields(self):
        yield field.name, getattr(self, field.name)


@recursive_repr()
def _shown(self: Any) -> str:
    hidden = {field.name for field in dataclasses.fields(self) if not field.repr}
    members = (f"{name}={value!r}" for name, value in _all_values(self) if name not in hidden)
    return f"{type(self).__qualname__}({', '.join(members)})"


def _reject_assignment(_: object, name: str, value: object) -> NoReturn:
    raise FrozenInstanceError(f"cannot assign to field {name!r}")


def _reject_deletion(_: object, name: str) -> NoReturn:
    raise FrozenInstanceError(f"cannot delete field {name!r}")


def _state(self: Any) -> list[object]:
    return [value for _, value in _all_values(self)]


def _set_state(self: Any, state: list[object]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


def _made(**makers: Callable[[type], Any]) -> dict[str, Any]:
    return {name: OnFirstUse(name, make) for name, make in makers.items()}


_METHODS = {
    "__repr__": _shown,
    "__init__": _Constructor(),
    **_made(
        __dataclass_fields__=_standard("__dataclass_fields__"),
        __dataclass_params__=_standard("__dataclass_params__"),
        __match_args__=_standard("__match_args__"),
    ),
}
_FROZEN = {"__setattr__": _reject_assignment, "__delattr__": _reject_deletion}
_EQUAL = _made(__eq__=_equality, __hash__=_hash)
