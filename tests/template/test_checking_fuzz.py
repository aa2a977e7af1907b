"""Whatever a template looks like: an answer, in a bounded time, and never a traceback."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cdk_batch_mnp.template.checking import TemplateReport, check_stacks
from cdk_batch_mnp.template.evaluation.stack import Stack
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.reports.formats import FORMATS, writer
from cdk_batch_mnp.template.source.document import read_document
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.limits import MAX_BYTES
from tests.corpus.changes import base, new_base

SECONDS = 20
"""Of the processor: far more than any of these takes, on a slow machine too."""


def check(content: bytes) -> TemplateReport:
    stacks = Stacks()
    Stack(read_document(content, "template"), stacks)
    return check_stacks(stacks)


def reported(content: bytes) -> str:
    """What is said of a template: its findings in every format, or why it cannot be read."""
    try:
        report = check(content)
    except TemplateError as error:
        return str(error)
    assert report.crashes == ()
    for form in FORMATS:
        assert writer(form)(report, False)
    return "; ".join((f"{len(report.findings)} findings", *map(str, report.unusable)))


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        [
            *("0:", "-1", "Job", "Vpc", "AWS::NoValue", "${Job}", "9" * 400, "\ud800", "\0"),
            *("9" * 18, "\N{ARABIC-INDIC DIGIT THREE}", " ", "\u2028", "*", "arn:", "10.0.0.0/33"),
            *(4_000_000_000, 10**18 - 1, 10**30, 1e17, 1e300),
        ]
    ),
)
NAMES = (
    *("Base64", "Cidr", "FindInMap", "ForEach::X", "GetAZs", "GetAtt", "If", "ImportValue"),
    *("Join", "Length", "Select", "Split", "Sub", "Transform"),
)
FUNCTIONS = st.sampled_from(["Ref", "Condition", *(f"Fn::{name}" for name in NAMES)])
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.text(max_size=5) | FUNCTIONS, inner, max_size=3),
        st.builds(lambda name, value: {name: value}, FUNCTIONS, inner),
    ),
    max_leaves=12,
)


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, inner in value.items():
            found += places(inner, (*path, key))
    elif isinstance(value, list):
        for position, item in enumerate(value):
            found += places(item, (*path, position))
    return found


BASES = {name: base(name) for name in ("cluster", "isolated", "efa", "eks")}
PLACES = {name: places(data) for name, data in BASES.items()}


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, Any]:
    name = draw(st.sampled_from(sorted(BASES)))
    data = deepcopy(BASES[name])
    for path in draw(st.lists(st.sampled_from(PLACES[name]), min_size=1, max_size=4)):
        inside: Any = data
        try:
            for step in path[:-1]:
                inside = inside[step]
            if draw(st.booleans()):
                inside[path[-1]] = draw(VALUES)
            else:
                del inside[path[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # An earlier change took the place away.
    return data


@settings(suppress_health_check=list(HealthCheck))
@given(damaged())
def test_damaged_templates_are_answered(template: dict[str, Any]) -> None:
    assert reported(json.dumps(template).encode())


def test_a_property_without_a_name_is_located() -> None:
    template = new_base("cluster")
    template["Resources"]["Queue"]["Properties"][""] = 1
    report = check(json.dumps(template).encode())
    assert report.crashes == ()
    (found,) = [located for located in report.findings if located.finding.rule.id == "MNP222"]
    assert found.place.logical_id == "Queue"


@given(st.dictionaries(st.sampled_from(["Resources", "Parameters", "Conditions"]), VALUES))
def test_documents_of_any_shape_are_answered(template: dict[str, Any]) -> None:
    assert reported(json.dumps(template).encode())


@given(
    st.binary(max_size=60)
    | st.text(alphabet="{}[]:,-&*!<>|\"' \nRefAt\t0#%@`", max_size=60).map(str.encode)
)
def test_any_bytes_are_answered(content: bytes) -> None:
    assert reported(content)


def resources(**more: Any) -> dict[str, Any]:
    data = deepcopy(BASES["cluster"])
    data["Resources"].update(more)
    return data


def with_max_vcpus(value: Any) -> dict[str, Any]:
    data = resources()
    data["Resources"]["Environment"]["Properties"]["ComputeResources"]["MaxvCpus"] = value
    return data


def nested_functions(depth: int) -> Any:
    value: Any = "1"
    for _ in range(depth):
        value = {"Fn::Join": ["", [value]]}
    return value


def doubling(levels: int) -> Any:
    value: Any = "x" * 10
    for _ in range(levels):
        value = {"Fn::Sub": ["${a}${a}", {"a": value}]}
    return value


def circle(count: int) -> dict[str, Any]:
    data = with_max_vcpus({"Fn::If": ["C0", 1, 2]})
    data["Conditions"] = {f"C{n}": {"Condition": f"C{(n + 1) % count}"} for n in range(count)}
    return data


def circular_exports() -> dict[str, Any]:
    data = with_max_vcpus({"Fn::ImportValue": "a"})
    data["Outputs"] = {
        "A": {"Value": {"Fn::ImportValue": "b"}, "Export": {"Name": "a"}},
        "B": {"Value": {"Fn::ImportValue": "a"}, "Export": {"Name": {"Fn::ImportValue": "a"}}},
    }
    return data


def many_imports() -> dict[str, Any]:
    data = with_max_vcpus({"Fn::ImportValue": "e0"})
    data["Outputs"] = {
        f"O{n}": {"Value": {"Fn::ImportValue": f"e{n + 1}"}, "Export": {"Name": f"e{n}"}}
        for n in range(2000)
    }
    return data


HARD: dict[str, Callable[[], bytes]] = {
    "deep JSON": lambda: b'{"Resources":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep YAML": lambda: b"Resources: " + b"[" * 100_000 + b"]" * 100_000,
    "deep YAML blocks": lambda: b"".join(b" " * n + b"a:\n" for n in range(2000)),
    "deep functions": lambda: json.dumps(with_max_vcpus(nested_functions(150))).encode(),
    "doubling texts": lambda: json.dumps(with_max_vcpus(doubling(25))).encode(),
    "conditions in a circle": lambda: json.dumps(circle(3)).encode(),
    "a chain of conditions": lambda: json.dumps(circle(3000)).encode(),
    "a condition of itself": lambda: json.dumps(circle(1)).encode(),
    "exports in a circle": lambda: json.dumps(circular_exports()).encode(),
    "a chain of exports": lambda: json.dumps(many_imports()).encode(),
    "a resource of itself": lambda: json.dumps(with_max_vcpus({"Ref": "Environment"})).encode(),
    "a number of many digits": lambda: b'{"Resources": {"A": ' + b"9" * 5000 + b"}}",
    "a number beyond all": lambda: json.dumps(with_max_vcpus(float("inf"))).encode(),
    "a large number": lambda: json.dumps(with_max_vcpus(10**400)).encode(),
    "an alias bomb": lambda: (
        b"a: &a [x, x, x, x, x, x, x, x, x, x]\n"
        + b"".join(
            b"%c: &%c [%s]\n" % (97 + n, 97 + n, b", ".join([b"*%c" % (96 + n)] * 10))
            for n in range(1, 12)
        )
        + b"Resources: {}\n"
    ),
    "an alias of itself": lambda: b"Resources: &a {b: *a}",
    "a merge of a text": lambda: b"Resources: {<<: text}",
    "a key that is a list": lambda: b"Resources: {[a, b]: c}",
    "two documents": lambda: b"Resources: {}\n---\nResources: {}\n",
    "a tag of Python": lambda: b"Resources: !!python/object/apply:os.system [echo]",
    "nothing": lambda: b"",
    "a comment": lambda: b"# nothing\n",
    "half a byte": lambda: b"Resources: \xc3",
    "ten megabytes": lambda: b'{"Resources": {"A": "' + b"x" * 10_000_000 + b'"}}',
    "as large as it may be": lambda: b'{"Resources": {"A": "' + b"x" * (MAX_BYTES - 24) + b'"}}',
}


@pytest.mark.parametrize("make", HARD.values(), ids=HARD.keys())
def test_hard_documents_end_soon(make: Callable[[], bytes]) -> None:
    content = make()
    started = time.process_time()
    assert reported(content)
    assert time.process_time() - started < SECONDS


def test_an_alias_bomb_is_refused_where_it_grows_too_large() -> None:
    assert reported(HARD["an alias bomb"]()) == (
        "template:7: has more than 2000000 values with aliases expanded"
    )


def many(kind: str, properties: dict[str, Any], count: int) -> dict[str, Any]:
    return {f"{kind[12:]}{n}": {"Type": kind, "Properties": properties} for n in range(count)}


def test_more_pairs_than_can_be_looked_at_are_refused() -> None:
    template = {
        "Resources": {
            **many("AWS::Batch::JobDefinition", {"Type": "multinode"}, 2000),
            **many("AWS::Batch::JobQueue", {}, 2000),
        }
    }
    assert "stopped while comparing 2000 job definitions" in reported(json.dumps(template).encode())


def test_a_definition_of_too_many_node_groups_is_refused() -> None:
    data = resources()
    nodes = data["Resources"]["Job"]["Properties"]["NodeProperties"]
    nodes["NodeRangeProperties"] = [{"TargetNodes": "0", "Container": {"Image": "x"}}] * 5000
    assert "stopped while comparing 1 job definitions" in reported(json.dumps(data).encode())


@pytest.mark.parametrize("count", [4_000_000_000, "9" * 18, 10**18 - 1, 10**30, 1e17, -(10**17)])
@pytest.mark.parametrize("path", [["NumNodes"], ["MainNode"], ["NodeRangeProperties", 0]])
def test_numbers_that_no_job_can_have_are_answered(count: Any, path: list[Any]) -> None:
    data = resources()
    inside = data["Resources"]["Job"]["Properties"]["NodeProperties"]
    inside["NodeRangeProperties"][0]["TargetNodes"] = "0:9"
    for step in path[:-1]:
        inside = inside[step]
    if path[-1] == 0:
        inside[0]["TargetNodes"] = f"0:{count}"
    else:
        inside[path[-1]] = count
    assert reported(json.dumps(data).encode())
