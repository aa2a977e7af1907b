"""Dataclasses behave as those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import math
import pickle
import weakref
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field
from functools import cached_property
from typing import Any, ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.lazy.dataclass import OnFirstUse, dataclass


@dataclass(frozen=True, slots=True)
class Pair:
    """Two values."""

    first: int
    second: str = "two"


@dataclasses.dataclass(frozen=True, slots=True)
class StandardPair:
    """The same, of the standard library."""

    first: int
    second: str = "two"


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A base class with fields of every kind."""

    name: str
    tags: dict[str, str] = field(default_factory=dict, hash=False)
    note: str = field(default="", compare=False)
    cache: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class StandardNamed:
    """The same, of the standard library."""

    name: str
    tags: dict[str, str] = field(default_factory=dict, hash=False)
    note: str = field(default="", compare=False)
    cache: dict[str, int] = field(default_factory=dict, init=False, repr=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized(Named):
    """A subclass."""

    size: int = 0

    def __post_init__(self) -> None:
        if self.size < 0:
            raise ValueError("size must not be negative")


@dataclass(frozen=True, slots=True)
class Doubled:
    """A field that only the class itself sets."""

    half: int
    whole: int = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "whole", 2 * self.half)


@dataclass(frozen=True, slots=True)
class Empty:
    """No field."""


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Referable:
    """One that can be referred to weakly."""

    inside: object = None


@dataclass(frozen=True, kw_only=True)
class Open:
    """No slots, so that it can keep what it computes."""

    sides: tuple[int, ...] = ()

    @cached_property
    def area(self) -> int:
        """The product of the sides."""
        return math.prod(self.sides)


TEXTS = st.text(max_size=3)
ARGUMENTS = st.fixed_dictionaries(
    {"name": TEXTS}, optional={"tags": st.dictionaries(TEXTS, TEXTS, max_size=2), "note": TEXTS}
)


@given(ARGUMENTS, ARGUMENTS)
def test_equality_hash_and_text_are_those_of_the_standard_library(
    one: dict[str, Any], other: dict[str, Any]
) -> None:
    ours, standard = (Named(**one), Named(**other)), (StandardNamed(**one), StandardNamed(**other))
    assert (ours[0] == ours[1]) is (standard[0] == standard[1])
    assert (hash(ours[0]) == hash(ours[1])) is (hash(standard[0]) == hash(standard[1]))
    assert f"Standard{ours[0]!r}" == repr(standard[0])


def test_arguments_are_those_of_the_standard_library() -> None:
    assert str(inspect.signature(Pair)) == str(inspect.signature(StandardPair))
    assert set(inspect.signature(Sized).parameters) == {"name", "tags", "note", "size"}
    assert all(
        parameter.kind is inspect.Parameter.KEYWORD_ONLY
        for parameter in inspect.signature(Sized).parameters.values()
    )
    with pytest.raises(TypeError, match=r"Pair\.__init__\(\) missing 1 required"):
        Pair()  # type: ignore[call-arg]
    with pytest.raises(TypeError, match="unexpected keyword argument 'cache'"):
        Named(name="n", cache={})  # type: ignore[call-arg]


def test_another_class_is_never_equal() -> None:
    standard: object = StandardPair(1)
    assert Pair(1) != standard
    assert Named(name="n") != Sized(name="n")
    assert Pair(1).__eq__(1) is NotImplemented


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda pair: setattr(pair, "first", 2), id="assign"),
        pytest.param(lambda pair: setattr(pair, "third", 3), id="add"),
        pytest.param(lambda pair: delattr(pair, "first"), id="delete"),
    ],
)
def test_nothing_can_be_changed(change: Callable[[Pair], None]) -> None:
    pair = Pair(1)
    with pytest.raises(FrozenInstanceError):
        change(pair)
    assert pair == Pair(1, "two")
    assert not hasattr(pair, "__dict__")


def test_a_default_is_made_for_each() -> None:
    one, other = Named(name="n"), Named(name="n")
    assert one.tags == {} == one.cache
    assert one.tags is not other.tags
    assert one.cache is not other.cache


def test_what_a_subclass_checks_is_checked() -> None:
    assert Sized(name="n", size=1).size == 1
    with pytest.raises(ValueError, match="must not be negative"):
        Sized(name="n", size=-1)
    with pytest.raises(ValueError, match="must not be negative"):
        dataclasses.replace(Sized(name="n"), size=-1)


def test_one_field_can_be_replaced() -> None:
    assert dataclasses.replace(Sized(name="n", size=1), name="m") == Sized(name="m", size=1)
    assert [each.name for each in dataclasses.fields(Sized)] == [
        *("name", "tags", "note", "cache", "size")
    ]
    assert dataclasses.asdict(Pair(1)) == {"first": 1, "second": "two"}


def test_fields_match_by_position() -> None:
    match Pair(1):
        case Pair(first, second):
            assert (first, second) == (1, "two")


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda value: pickle.loads(pickle.dumps(value))]
)
def test_copies_are_equal(copied: Callable[[object], object]) -> None:
    value = Sized(name="n", tags={"a": "b"}, size=2)
    value.cache["seen"] = 1
    again = copied(value)
    assert again == value
    assert isinstance(again, Sized)
    assert again.cache == {"seen": 1}


def test_there_may_be_no_field() -> None:
    assert Empty() == Empty()
    assert hash(Empty()) == hash(Empty())
    assert repr(Empty()) == "Empty()"


def test_weak_references_are_possible_where_asked_for() -> None:
    value = Referable()
    assert weakref.ref(value)() is value
    with pytest.raises(TypeError):
        weakref.ref(Pair(1))


def test_a_value_in_itself_has_a_text() -> None:
    inside: list[object] = []
    value = Referable(inside)
    inside.append(value)
    assert repr(value) == "Referable(inside=[...])"


def test_a_field_without_a_value_is_set_afterwards() -> None:
    assert (Doubled(2).whole, Doubled(2)) == (4, Doubled(2))
    assert dataclasses.replace(Doubled(2), half=3).whole == 6


def test_without_slots_it_keeps_what_it_computes() -> None:
    one = Open(sides=(2, 3))
    assert one.area == 6
    assert vars(one) == {"sides": (2, 3), "area": 6}
    assert pickle.loads(pickle.dumps(one)) == one == copy.copy(one)
    with pytest.raises(FrozenInstanceError):
        one.sides = ()  # type: ignore[misc]


def test_the_constructor_is_compiled_for_many_objects() -> None:
    @dataclass(frozen=True, slots=True)
    class Base:
        """Used by its subclass first."""

        first: int

    class Derived(Base):
        """Has the constructor of its base."""

    assert [Derived(number).first for number in range(15)] == list(range(15))
    assert isinstance(vars(Base)["__init__"], OnFirstUse)
    assert Derived(15).first == 15
    assert inspect.isfunction(vars(Base)["__init__"])
    assert "__init__" not in vars(Derived)
    assert Base(2).first == 2


def test_who_looks_at_a_constructor_finds_it_compiled() -> None:
    @dataclass(frozen=True, slots=True)
    class Seen:
        """One field."""

        first: int

    assert list(inspect.signature(Seen).parameters) == ["first"]
    assert inspect.isfunction(vars(Seen)["__init__"])


@pytest.mark.parametrize(
    "arguments",
    [
        pytest.param(lambda kind: kind(), id="missing"),
        pytest.param(lambda kind: kind(1, "two", 3), id="too many"),
        pytest.param(lambda kind: kind(1, third=3), id="unknown"),
        pytest.param(lambda kind: kind(1, first=1), id="twice"),
    ],
)
def test_wrong_arguments_are_refused_as_by_the_standard_library(
    arguments: Callable[[Any], object],
) -> None:
    @dataclass(frozen=True, slots=True)
    class New:
        """Two values, and no object yet."""

        first: int
        second: str = "two"

    with pytest.raises(TypeError) as ours:
        arguments(New)
    with pytest.raises(TypeError) as standard:
        arguments(StandardPair)
    assert str(ours.value).partition("__init__")[2] == str(standard.value).partition("__init__")[2]
    assert New(1) == New(first=1, second="two")


@given(st.integers(0, 20), ARGUMENTS)
def test_objects_are_the_same_before_and_after_compilation(
    number: int, values: dict[str, Any]
) -> None:
    @dataclass(frozen=True, slots=True)
    class Both(Named):
        """Counts its objects."""

        made: int = field(init=False, default=1)
        last: str | None = None

    objects = [Both(**values) for _ in range(number)] + [Both(**values)]
    assert all(each == objects[-1] and repr(each) == repr(objects[-1]) for each in objects)
    assert objects[0].made == 1
    assert objects[0].cache is not objects[-1].cache or number == 0


def test_fields_of_the_standard_library_are_made_when_they_are_first_used() -> None:
    @dataclass(frozen=True, slots=True)
    class Base:
        """A base class."""

        first: int = field(default=1)

    @dataclass(frozen=True, slots=True)
    class Derived(Base):
        """Its fields come after those of the base class."""

        second: int = 2

    assert Derived(second=3) == Derived(1, 3)
    for kind in (Base, Derived):
        assert isinstance(vars(kind)["__dataclass_fields__"], OnFirstUse)
    assert [each.name for each in dataclasses.fields(Derived)] == ["first", "second"]
    assert isinstance(vars(Base)["__dataclass_fields__"], OnFirstUse)


def test_what_is_not_a_field_is_an_error() -> None:
    with pytest.raises(TypeError, match="kinds is not a field: ClassVar"):

        @dataclass(frozen=True, slots=True)
        class Constants:
            """A variable of the class."""

            kinds: ClassVar[tuple[str, ...]] = ()


def test_a_base_class_of_the_standard_library_is_an_error() -> None:
    with pytest.raises(TypeError, match="StandardPair is a dataclass of the standard library"):

        @dataclass(frozen=True, slots=True)
        class Derived(StandardPair):
            """Would inherit fields that are defined otherwise."""


def test_others_can_be_changed_and_have_no_hash() -> None:
    @dataclass(slots=True)
    class Open:
        """Equal by its fields."""

        found: list[str] = field(default_factory=list)

    @dataclass(eq=False, slots=True)
    class Own:
        """Equal to itself only."""

        name: str

    report = Open()
    report.found.append("a")
    assert report == Open(["a"])
    report.found = []
    assert report == Open()
    with pytest.raises(TypeError, match="unhashable"):
        hash(report)
    resource = Own("a")
    resource.name = "b"
    assert resource != Own("b")
    assert {resource: resource.name} == {resource: "b"}
