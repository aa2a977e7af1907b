"""Every enumerated value: right, in another case, misspelt and unheard of."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from botocore.model import StringShape

from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.schema.enumerations import CASE_SENSITIVE, CLOSED, WORDS
from cdk_batch_mnp.model.schema.members import Member, members_of
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.model.word_faults import (
    WordFault,
    definition_faults,
    environment_faults,
    group_faults,
    policy_faults,
    queue_faults,
    template_faults,
)
from cdk_batch_mnp.model.words import recognized
from tests.model.schema.test_members import PAIRS, ROOTS, capitalized, element

FAULTS = {
    "ComputeEnvironment": environment_faults,
    "JobQueue": queue_faults,
    "JobDefinition": definition_faults,
    "SchedulingPolicy": policy_faults,
    "LaunchTemplateData": template_faults,
    "PlacementGroup": group_faults,
}
ELSEWHERE = {
    "EksAccessEntryStatus": "read-only",
    "JobDefinitionType": "definition_faults",
    "JobStateTimeLimitActionsAction": "MNP203",
    "JobStateTimeLimitActionsState": "MNP203",
    "PlacementStrategy": "MNP140",
    "RetryAction": "MNP315",
}
"""Enumerations that other rules check, or that no template sets."""

Place = tuple[str, tuple[str, ...], Member]


def places(structure: str, steps: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Member]]:
    for name, member in members_of(structure).items():
        if member.structure:
            yield from places(member.structure, (*steps, name))
        elif member.words in WORDS:
            yield (*steps, name), member


PLACES: list[Place] = [(root, steps, member) for root in ROOTS for steps, member in places(root)]
IDS = [f"{root}.{'.'.join(steps)}" for root, steps, _ in PLACES]


def faults(root: str, steps: tuple[str, ...], value: Value) -> list[WordFault]:
    """The faults of a resource that has this value, in lists at every level."""
    for step in reversed(steps):
        value = {step: [value]} if step != steps[0] else {step: value}
    assert isinstance(value, dict)
    if root == "JobDefinition":
        value = {"Type": "multinode", **value}
    found = FAULTS[root](ApiStruct(value, is_capitalized=True))
    return [fault for fault in found if not fault.is_missing]


@pytest.mark.parametrize(("root", "steps", "member"), PLACES, ids=IDS)
def test_each_place_of_each_enumeration(root: str, steps: tuple[str, ...], member: Member) -> None:
    words = WORDS[member.words]
    for word in (*words, UNKNOWN, "{{resolve:ssm:/word}}", "${Token[TOKEN.1]}"):
        assert faults(root, steps, word) == []
    other_case = words[0].swapcase()
    assert [fault.is_certain for fault in faults(root, steps, other_case)] == (
        [False] if member.words in CASE_SENSITIVE else []
    )
    (fault,) = faults(root, steps, "no-such-word-at-all")
    assert fault.is_certain is (member.words in CLOSED)
    assert fault.expected == " or ".join(words)
    longest = max(words, key=len)
    misspelt = longest[:2] + longest[3:]
    (fault,) = faults(root, steps, misspelt)
    assert fault.expected == longest or len(longest) <= 5
    assert fault.path[-1] in (0, steps[-1][:1].lower() + steps[-1][1:])


def test_there_are_many_places() -> None:
    assert len(PLACES) > 50
    assert {member.words for _, _, member in PLACES} == set(WORDS)


def enumerations() -> Iterator[tuple[str, str, StringShape]]:
    for path, structure, shape in PAIRS:
        for name, member in members_of(structure).items():
            value = element(capitalized(shape).get(name))
            if isinstance(value, StringShape) and value.enum and len(value.enum) < 12:
                yield f"{path}.{name}", member.words, value


IGNORED = ("Cpu", "InstanceGeneration", "LocalStorageType", "Accelerator", "Firelens")


def test_the_enumerations_of_the_api_are_known() -> None:
    found = list(enumerations())
    assert len(found) > 50
    for path, words, shape in found:
        if shape.name in ELSEWHERE or shape.name.startswith(IGNORED):
            assert not words, path
        else:
            assert set(shape.enum) <= set(WORDS[words]), path


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("efa", "efa"),
        ("EFA", "efa"),
        ("efa_only", "efa-only"),
        ("interfaces", "interface"),
        ("quantum", UNKNOWN),
        (UNKNOWN, UNKNOWN),
        (None, None),
    ],
)
def test_a_word_is_read_as_what_it_certainly_stands_for(word: Value, expected: Value) -> None:
    assert recognized(word, WORDS["InterfaceType"]) == expected  # type: ignore[arg-type]
