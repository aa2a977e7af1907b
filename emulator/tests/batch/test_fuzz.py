"""Whatever is sent to the Batch API, the answer is a result or a meant refusal."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ListShape, MapShape, Shape, StringShape, StructureShape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from batch.requests import LEFT_OUT, RIGHT, Account, account_on
from cdk_batch_mnp_emulator.api_model import input_shape
from embedded import EmbeddedAws

# An empty ARN in the path of a request leaves a path that the API does not have.
MEANT = {"", "ClientException", "NotImplemented"}
FEW = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TEXTS = st.sampled_from(
    [
        *"a1*:é٤",
        "",
        "0",
        "-1",
        "x" * 300,
        "0:",
        "1:0",
        "9" * 40,
        "arn:",
        "a:b",
        "EC2",
        "VCPU",
        "c5",
        "arn:aws:batch:us-east-1:123456789012:job-queue/",
        "optimal",
        "{job}",
    ]
)
NUMBERS = st.sampled_from([-(2**40), -1, 0, 1, 2, 4, 60, 1000, 2**31 - 1, 2**31, 2**63])
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    NUMBERS,
    TEXTS,
    st.just(0.5),
    st.lists(TEXTS, max_size=2),
    st.dictionaries(TEXTS, TEXTS, max_size=2),
)


@pytest.fixture(scope="module")
def fuzzed(aws: EmbeddedAws) -> Account:
    """An account of its own, since any of its resources may be changed."""
    return account_on(aws)


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of a shape, right in their types alone."""
    if isinstance(shape, StructureShape):
        members = {name: values(each) for name, each in shape.members.items()}
        required = {name: members[name] for name in shape.required_members}
        optional = {name: each for name, each in members.items() if name not in required}
        return st.fixed_dictionaries(required, optional=optional)
    if isinstance(shape, ListShape):
        return st.lists(values(shape.member), max_size=2)
    if isinstance(shape, MapShape):
        return st.dictionaries(TEXTS, values(shape.value), max_size=2)
    if isinstance(shape, StringShape):
        return st.sampled_from(shape.enum) if shape.enum else TEXTS
    if shape.type_name == "boolean":
        return st.booleans()
    return NUMBERS if shape.type_name in {"integer", "long"} else st.sampled_from([0.0, 1.5, -1.0])


def paths(value: Any, before: str = "") -> list[str]:
    """The paths of all parts of a request."""
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, inner in items:
        path = f"{before}.{key}" if before else str(key)
        found.append(path)
        found += paths(inner, path) if isinstance(inner, dict | list) else []
    return found


@st.composite
def changed_requests(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    name = draw(st.sampled_from(sorted(RIGHT)))
    every = paths(RIGHT[name][1])
    if not every:
        return name, {"maxResults": draw(NUMBERS)}
    path = draw(st.sampled_from(every))
    is_of_list = path.rsplit(".", 1)[-1].isdigit()
    value = draw(JUNK if is_of_list else st.one_of(JUNK, st.just(LEFT_OUT)))
    return name, {path: value}


@FEW
@given(changed=changed_requests())
def test_a_right_request_with_junk_in_one_place(
    fuzzed: Account, changed: tuple[str, dict[str, Any]]
) -> None:
    name, changes = changed
    try:
        code, reported = fuzzed.refusal(name, changes)
    except (TypeError, ValueError, AttributeError, KeyError):  # boto3 cannot write it down
        return
    assert code in MEANT, reported


@FEW
@given(data=st.data())
def test_a_request_of_right_types_and_any_values(fuzzed: Account, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(RIGHT)))
    operation, right = fuzzed.request(name)
    members = input_shape("batch", operation).members
    changed = data.draw(st.sampled_from(sorted(members)))
    value = data.draw(values(members[changed]))
    code, reported = fuzzed.refusal(name, {changed: value})
    assert code in MEANT, (reported, right)
