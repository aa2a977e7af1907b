"""Frozen dataclasses that cost little to define.

For each class, the standard library's decorator compiles six methods, which takes half a
millisecond until Python 3.12. A check defines about sixty such classes, so it spent a fourth of its
time on that. Here all methods but ``__init__`` are closures: nothing is compiled for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Type checkers know frozen dataclasses by this name alone.
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    import sys
    from dataclasses import MISSING, FrozenInstanceError
    from operator import attrgetter

    def dataclass(*, frozen, slots, kw_only=False):
        """As ``dataclasses.dataclass``, for frozen classes with slots.

        Methods of the class itself are kept. The functions of ``dataclasses``, ``copy``, ``pickle``
        and ``match`` work as they do with the standard decorator. Subclasses need this decorator
        too.
        """
        if not (frozen and slots):
            raise TypeError("only for frozen dataclasses with slots; use the standard decorator")

        def decorate(cls):
            own = vars(cls).keys()
            made = dataclasses.dataclass(
                init=False, repr=False, eq=False, slots=True, kw_only=kw_only
            )(cls)
            for name, method in _methods(made).items():
                # A class that defines __eq__ alone has a __hash__ too: None.
                if name not in own:
                    setattr(made, name, method)
            return made

        return decorate

    def _methods(cls):
        fields = dataclasses.fields(cls)
        values = _getter([each.name for each in fields])
        compared = _getter([each.name for each in fields if each.compare])
        hashed = _getter(
            [each.name for each in fields if (each.compare if each.hash is None else each.hash)]
        )
        shown = [each.name for each in fields if each.repr]

        def represent(self):
            members = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
            return f"{type(self).__qualname__}({members})"

        def equals(self, other):
            if other.__class__ is not self.__class__:
                return NotImplemented
            return compared(self) == compared(other)

        def restore(self, state):
            for field, value in zip(fields, state, strict=True):
                object.__setattr__(self, field.name, value)

        return {
            "__init__": _initializer(cls, fields),
            "__repr__": represent,
            "__eq__": equals,
            "__hash__": lambda self: hash(hashed(self)),
            "__setattr__": _refuse_assignment,
            "__delattr__": _refuse_deletion,
            # copy and pickle would assign the attributes otherwise.
            "__getstate__": lambda self: values(self),
            "__setstate__": restore,
        }

    def _refuse_assignment(self, name, value):
        raise FrozenInstanceError(f"cannot assign to field {name!r}")

    def _refuse_deletion(self, name):
        raise FrozenInstanceError(f"cannot delete field {name!r}")

    def _getter(names):
        """Return a function that returns a tuple of attributes."""
        if len(names) > 1:
            return attrgetter(*names)
        return lambda self: tuple(getattr(self, name) for name in names)

    def _initializer(cls, fields):
        outer = {"_set": object.__setattr__, "_missing": MISSING}
        positional, keywords, body = ["self"], [], []
        for each in fields:
            name, parameter, value = each.name, each.name, each.name
            if each.default is not MISSING:
                outer[f"_default_{name}"] = each.default
                parameter = f"{name}=_default_{name}"
            elif each.default_factory is not MISSING:
                outer[f"_make_{name}"] = each.default_factory
                parameter = f"{name}=_missing"
                value = f"_make_{name}() if {name} is _missing else {name}"
            (keywords if each.kw_only else positional).append(parameter)
            body.append(f"_set(self, {name!r}, {value})")
        if hasattr(cls, "__post_init__"):
            body.append("self.__post_init__()")
        parameters = ", ".join([*positional, *(["*", *keywords] if keywords else [])])
        # As the standard library does it: a loop over the fields would slow down each object.
        lines = [
            f"def make({', '.join(outer)}):",
            f" def __init__({parameters}):",
            *(f"  {line}" for line in body or ["pass"]),
            " return __init__",
        ]
        made = {}
        exec("\n".join(lines), vars(sys.modules[cls.__module__]), made)  # noqa: S102
        initialize = made["make"](**outer)
        initialize.__annotations__ = {each.name: each.type for each in fields} | {"return": None}
        return initialize
