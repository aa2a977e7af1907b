"""Frozen dataclasses, defined in a sixth of the time.

:func:`dataclasses.dataclass` writes and compiles up to seven methods for each class. That takes a
third of the time of ``check`` on a small template, which imports a hundred such classes. Here only
``__init__`` is compiled, when the class is first used; all other methods are functions that work on
the fields of any class. The fields, the slots, ``__match_args__`` and ``replace`` are those of the
standard library.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from dataclasses import MISSING, Field, FrozenInstanceError
from functools import cached_property
from operator import attrgetter
from reprlib import recursive_repr
from typing import TYPE_CHECKING, Any, Literal, NoReturn, TypeVar

T = TypeVar("T")


def _frozen_dataclass(
    *,
    frozen: Literal[True],
    slots: bool = False,
    kw_only: bool = False,
    weakref_slot: bool = False,
) -> Callable[[type[T]], type[T]]:
    """Make a class a dataclass, as ``dataclasses.dataclass`` does with the same arguments."""
    del frozen  # No other dataclass is made here.

    def made(cls: type[T]) -> type[T]:
        defined: Any = dataclasses.dataclass(
            init=False,
            repr=False,
            eq=False,
            slots=slots,
            kw_only=kw_only,
            weakref_slot=weakref_slot,
        )(cls)
        fields = dataclasses.fields(defined)
        defined.__init__ = OnFirstUse(lambda: _constructor(defined, fields))
        defined.__eq__ = _equality(fields)
        defined.__hash__ = _hash(fields)
        defined.__repr__ = _shown
        defined.__setattr__ = _reject_assignment
        defined.__delattr__ = _reject_deletion
        if slots:
            defined.__getstate__ = _state
            defined.__setstate__ = _set_state
        result: type[T] = defined
        return result

    return made


if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    dataclass = _frozen_dataclass


class OnFirstUse:
    """A method of a class that is made when it is first used.

    Args:
        make: Makes the method.
    """

    def __init__(self, make: Callable[[], Callable[..., Any]]) -> None:
        self._make = make

    @cached_property
    def method(self) -> Callable[..., Any]:
        """The method."""
        return self._make()

    def __get__(self, instance: object, owner: type) -> Callable[..., Any]:
        """Return the method, and put it in its place in the class."""
        for cls in owner.__mro__:
            for name in [name for name, value in vars(cls).items() if value is self]:
                setattr(cls, name, self.method)
        method: Callable[..., Any] = self.method.__get__(instance, owner)
        return method


def _constructor(cls: type, fields: tuple[Field[Any], ...]) -> Callable[..., None]:
    """Compile the method that sets the fields."""
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
        elif field.default_factory is not MISSING:
            used[f"_new_{name}"] = field.default_factory
            argument = f"{name}=_MISSING"
            value = f"_new_{name}() if {name} is _MISSING else {name}"
        if field.init:
            (keywords if field.kw_only else positional).append(argument)
        elif field.default_factory is not MISSING:
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
    constructor.__annotations__ = {each.name: each.type for each in fields if each.init} | {
        "return": None
    }
    return constructor


def _values_of(names: list[str]) -> Callable[[Any], object]:
    """Return a function that gets these attributes of an object, fast."""
    return attrgetter(*names) if names else lambda _: ()


def _equality(fields: tuple[Field[Any], ...]) -> Callable[[Any, object], bool]:
    values = _values_of([field.name for field in fields if field.compare])

    def __eq__(self: object, other: object) -> bool:  # noqa: N807
        if other.__class__ is not self.__class__:
            return NotImplemented
        return values(self) == values(other)

    return __eq__


def _hash(fields: tuple[Field[Any], ...]) -> Callable[[Any], int]:
    values = _values_of(
        [field.name for field in fields if (field.compare if field.hash is None else field.hash)]
    )

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
