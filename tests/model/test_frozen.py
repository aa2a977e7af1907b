"""Frozen classes of this package behave as those of the standard library."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, field, fields, replace
from typing import Any, get_type_hints

import pytest

from cdk_batch_mnp.model import frozen


def definitions(dataclass: Callable[..., Any]) -> tuple[type[Any], type[Any]]:
    """Define a class and a subclass of it with one of the two decorators."""

    @dataclass(frozen=True, slots=True)
    class Place:
        """Where something is."""

        file: str
        line: int = 1
        notes: list[str] = field(default_factory=list, compare=False)

        def __post_init__(self) -> None:
            if self.line < 1:
                raise ValueError("lines begin at 1")

        @property
        def shown(self) -> str:
            return f"{self.file}:{self.line}"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Range(Place):
        """From a place to another one."""

        end: int
        secret: str = field(default="", repr=False, hash=False)

    return Place, Range


OURS, STANDARD = definitions(frozen.dataclass), definitions(dataclasses.dataclass)
EACH = pytest.mark.parametrize(
    ("place", "range"), [OURS, STANDARD], ids=["ours", "the standard library's"]
)


@dataclasses.dataclass(frozen=True, slots=True)
class _StandardPoint:
    x: int
    y: int


@frozen.dataclass(frozen=True, slots=True)
class _Point:
    x: int
    y: int


@EACH
def test_objects_are_equal_by_their_fields_and_class(place: Any, range: Any) -> None:
    assert place("a", 2) == place("a", line=2)
    assert place("a", notes=["not compared"]) == place("a")
    assert place("a") != place("b")
    assert place("a").__eq__("a") is NotImplemented
    assert place("a", 1) != range("a", 1, end=1)


@EACH
def test_equal_objects_have_equal_hashes(place: Any, range: Any) -> None:
    assert len({place("a"), place("a", 1, ["not hashed"]), place("b")}) == 2
    assert hash(range("a", end=1, secret="x")) == hash(range("a", end=1, secret="y"))


@EACH
def test_defaults_are_made_for_each_object(place: Any, range: Any) -> None:
    first, second = place("a"), place("a")
    first.notes.append("mine")
    assert second.notes == []
    assert first.line == 1


@EACH
def test_nothing_can_be_assigned_or_deleted(place: Any, range: Any) -> None:
    for made in (place("a"), range("a", end=1)):
        with pytest.raises(FrozenInstanceError, match="file"):
            made.file = "b"
        with pytest.raises((FrozenInstanceError, TypeError)):  # The latter from the standard one.
            made.other = "b"
        with pytest.raises(FrozenInstanceError, match="file"):
            del made.file
        assert made.file == "a"
        assert not hasattr(made, "__dict__")


@EACH
def test_arguments_are_those_of_the_fields(place: Any, range: Any) -> None:
    with pytest.raises(TypeError, match="file"):
        place()
    with pytest.raises(TypeError, match="lines"):
        place("a", lines=2)
    with pytest.raises(TypeError, match="positional"):
        range("a", 1, [], 2)
    with pytest.raises(ValueError, match="begin at 1"):
        range("a", 0, end=1)


@EACH
def test_the_functions_for_dataclasses_work(place: Any, range: Any) -> None:
    made = range("a", 2, end=3)
    assert replace(made, end=4) == range("a", 2, end=4)
    assert [each.name for each in fields(made)] == ["file", "line", "notes", "end", "secret"]
    assert dataclasses.asdict(place("a")) == {"file": "a", "line": 1, "notes": []}
    assert get_type_hints(place.__init__)["line"] is int
    match place("a", 2):
        case place(file, line):
            assert (file, line) == ("a", 2)
    assert copy.deepcopy(made) == copy.copy(made) == made
    assert made.shown == "a:2"


@pytest.mark.parametrize("point", [_Point, _StandardPoint])
def test_objects_can_be_pickled(point: Any) -> None:
    assert pickle.loads(pickle.dumps(point(1, 2))) == point(1, 2)


def test_objects_are_shown_as_by_the_standard_library() -> None:
    shown, expected = (repr(each("a", 2, end=3, secret="x")) for _, each in (OURS, STANDARD))
    assert shown == expected
    assert shown.endswith("Range(file='a', line=2, notes=[], end=3)")


def test_methods_of_the_class_itself_are_kept() -> None:
    @frozen.dataclass(frozen=True, slots=True)
    class Name:
        text: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Name) and other.text.lower() == self.text.lower()

        def __hash__(self) -> int:
            return hash(self.text.lower())

    assert len({Name("a"), Name("A")}) == 1


def test_other_classes_are_left_to_the_standard_library() -> None:
    with pytest.raises(TypeError, match="standard decorator"):
        frozen.dataclass(frozen=False, slots=True)
