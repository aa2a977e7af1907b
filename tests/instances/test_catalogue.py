"""Facts of instance types: where they come from, and what is done about files that are wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp.instances import Catalogue, CatalogueError, InstanceType, default_catalogue
from cdk_batch_mnp.instances import catalogue as module
from cdk_batch_mnp.instances.catalogue import SCHEMA

PACKAGED = Path(module.__file__).parent / "data" / "instance_types.json"

mine = InstanceType(name="x9.huge", vcpus=1000, memory_mib=4096)


def contents(**changes: Any) -> dict[str, Any]:
    """A small catalogue's file."""
    right: dict[str, Any] = {
        "schema": SCHEMA,
        "date": "2026-11-24",
        "sources": ["hand"],
        "columns": ["vcpus", "memory_mib", "architectures", "network_cards", "bare_metal"],
        "without_facts": ["old.large"],
        "types": {
            "a.large": [2, 4096, ["arm64"], [1, 3], False],
            "b.large": [4, None, ["x86_64"], [], None],
        },
    }
    return right | changes


def file_of(folder: Path, **changes: Any) -> Path:
    """A file of these contents."""
    path = folder / "types.json"
    path.write_text(json.dumps(contents(**changes)))
    return path


def test_a_known_type_has_facts() -> None:
    found = default_catalogue().find("c5.18xlarge")
    assert found is not None
    assert (found.name, found.family, found.vcpus) == ("c5.18xlarge", "c5", 72)
    assert default_catalogue().exists("c5.18xlarge")


def test_a_type_without_facts_exists() -> None:
    catalogue = default_catalogue()
    assert catalogue.find("p3.16xlarge") is None
    assert catalogue.exists("p3.16xlarge")


@pytest.mark.parametrize("name", ["c5.19xlarge", "c5", "optimal", "C5.18XLARGE", ""])
def test_what_is_not_a_type_has_no_facts(name: str) -> None:
    assert default_catalogue().find(name) is None
    assert not default_catalogue().exists(name)


def test_the_catalogue_has_every_type_in_the_order_of_names(tmp_path: Path) -> None:
    catalogue = Catalogue.load(file_of(tmp_path)).with_types(mine)
    assert [each.name for each in catalogue] == ["a.large", "b.large", "x9.huge"]


def test_the_package_knows_more_than_a_thousand_types() -> None:
    types = list(default_catalogue())
    assert len(types) > 1000
    assert all(instance_type.vcpus >= 1 and instance_type.memory_mib for instance_type in types)
    assert default_catalogue().date == "2026-11-24"
    assert len(default_catalogue().sources) == 2


def test_own_types_are_preferred_and_the_others_stay(tmp_path: Path) -> None:
    first = Catalogue.load(file_of(tmp_path))
    corrected = InstanceType(name="a.large", vcpus=3)
    second = first.with_types(mine, corrected)
    assert second.find("a.large") is corrected
    assert second.find("x9.huge") is mine
    assert second.exists("old.large")
    assert second.date == first.date
    assert first.find("x9.huge") is None


def test_facts_that_a_file_leaves_out_are_unknown(tmp_path: Path) -> None:
    found = Catalogue.load(file_of(tmp_path)).find("b.large")
    assert found == InstanceType(name="b.large", vcpus=4, architectures=("x86_64",))
    assert found is not None
    assert found.memory_mib is None
    assert found.gpus is None


@pytest.mark.parametrize(
    ("packed", "cards"),
    [
        pytest.param([1, 15], (15,), id="one card"),
        pytest.param([4, 15], (15, 15, 15, 15), id="four equal cards"),
        pytest.param([0, 1, 2, 2], (1, 2, 2), id="different cards one by one"),
        pytest.param([0, 7], (7,), id="one card one by one"),
        pytest.param([], (), id="unknown"),
    ],
)
def test_network_cards_are_unpacked(
    tmp_path: Path, packed: list[int], cards: tuple[int, ...]
) -> None:
    path = file_of(tmp_path, types={"a.large": [2, 4096, ["arm64"], packed, False]})
    found = Catalogue.load(path).find("a.large")
    assert found is not None
    assert found.network_cards == cards


def with_gpus(*row: Any) -> dict[str, Any]:
    """The change to a single type with these values of other columns."""
    columns = ["vcpus", "gpus", "gpu_name", "network_cards"]
    return {"columns": columns, "types": {"a.large": list(row)}}


def test_the_least_values_are_right(tmp_path: Path) -> None:
    found = Catalogue.load(file_of(tmp_path, **with_gpus(1, 0, None, [1, 0]))).find("a.large")
    assert found == InstanceType(name="a.large", vcpus=1, gpus=0, network_cards=(0,))
    found = Catalogue.load(file_of(tmp_path, **with_gpus(1, 1, "Z1", [0, 0, 1]))).find("a.large")
    assert found is not None
    assert (found.gpu_name, found.network_cards) == ("Z1", (0, 1))


def one_type(*row: Any) -> dict[str, Any]:
    """The change to a single type with these values."""
    return {"types": {"a.large": list(row)}}


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        pytest.param({"schema": 2}, "has schema 2, but this version supports", id="newer"),
        pytest.param({"schema": None}, "schema is missing", id="no schema"),
        pytest.param({"schema": True}, "schema is missing", id="a schema that is no number"),
        pytest.param({"columns": None}, "columns or types are missing", id="no columns"),
        pytest.param({"types": []}, "columns or types are missing", id="no types"),
        pytest.param({"columns": ["vcpus", "price"]}, "invalid columns (price)", id="a new one"),
        pytest.param({"columns": ["memory_mib"]}, "vcpus is missing", id="no vCPUs"),
        pytest.param({"columns": ["vcpus", "vcpus"]}, "duplicates", id="a column twice"),
        pytest.param({"columns": ["vcpus", []]}, "duplicates", id="a column that is no text"),
        pytest.param(one_type(2, 4096), "a.large does not have one value", id="a short row"),
        pytest.param({"types": {"a": 2}}, "a does not have one value", id="a row that is none"),
        pytest.param({"without_facts": 1}, "without_facts is not a list", id="types that are none"),
        pytest.param({"sources": [1]}, "sources is not a list", id="sources that are none"),
        pytest.param(
            one_type("2", 4096, ["arm64"], [1, 3], False),
            'vcpus of a.large is invalid: "2"',
            id="text",
        ),
        pytest.param(
            one_type(0, 4096, ["arm64"], [1, 3], False), "vcpus of a.large is invalid: 0", id="zero"
        ),
        pytest.param(
            one_type(2, -1, ["arm64"], [1, 3], False), "memory_mib of a.large", id="less than none"
        ),
        pytest.param(
            one_type(2, 4096, "arm64", [1, 3], False), "architectures of a.large", id="no list"
        ),
        pytest.param(
            one_type(2, 4096, ["arm64"], [3], False), "network_cards of a.large", id="half a pack"
        ),
        pytest.param(with_gpus(2, 0, 5, []), "gpu_name of a.large is invalid: 5", id="no text"),
        pytest.param(with_gpus(2, 0, None, [1, -3]), "is invalid: [1, -3]", id="a negative card"),
        pytest.param(with_gpus(2, 0, None, [-1, 3]), "is invalid: [-1, 3]", id="negative cards"),
        pytest.param(with_gpus(2, 0, None, [2, 3, 4]), "is invalid: [2, 3, 4]", id="a long pack"),
        pytest.param(
            one_type(2, 4096, ["arm64"], [1, 3], 0), "bare_metal of a.large", id="no truth value"
        ),
    ],
)
def test_a_wrong_file_is_reported_in_one_line_that_names_it(
    tmp_path: Path, changes: dict[str, Any], what: str
) -> None:
    path = file_of(tmp_path, **changes)
    with pytest.raises(CatalogueError) as raised:
        Catalogue.load(path)
    message = str(raised.value)
    assert message.startswith(f"{path}: ")
    assert what in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(json.dumps(contents())[:-30].encode(), id="cut off"),
        pytest.param(b"", id="empty"),
        pytest.param(b"\xff\xfe\x00", id="no text"),
        pytest.param(b"[" * 100_000, id="nested without end"),
        pytest.param(b"[]", id="another kind of JSON"),
    ],
)
def test_a_file_that_is_not_a_catalogue_is_reported_in_one_line(
    tmp_path: Path, text: bytes
) -> None:
    path = tmp_path / "types.json"
    path.write_bytes(text)
    with pytest.raises(CatalogueError) as raised:
        Catalogue.load(path)
    assert str(raised.value).startswith(f"{path}: is not ")
    assert "\n" not in str(raised.value)


def test_a_folder_is_not_a_catalogue(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match="is a folder, not a regular file"):
        Catalogue.load(tmp_path)


READS = """
import sys

opened = []
sys.addaudithook(lambda event, args: event == "open" and opened.append(str(args[0])))


def show():
    print(any("instance_types.json" in path for path in list(opened)))


import cdk_batch_mnp.rules.checking
from cdk_batch_mnp.rules.discovery import all_rules
from cdk_batch_mnp.instances import default_catalogue

all_rules()
show()
default_catalogue().find("c5.18xlarge")
show()
"""


def test_nothing_is_read_before_a_fact_is_asked_for() -> None:
    ran = subprocess.run([sys.executable, "-c", READS], capture_output=True, text=True)
    assert ran.stdout.split() == ["False", "True"], ran.stderr


def test_the_rows_of_the_package_are_those_that_validate_as_a_file() -> None:
    whole = Catalogue.load(PACKAGED)
    assert default_catalogue().names() == whole.names()
    assert list(default_catalogue()) == list(whole)
    assert default_catalogue().text() == whole.text() == PACKAGED.read_text(encoding="utf-8")


def test_a_family_is_all_of_its_types_with_facts_or_without() -> None:
    few = Catalogue({"c5.large": InstanceType(name="c5.large", vcpus=2)})
    assert few.family("c5") == ("c5.large",)
    assert few.family("c") == ()
    assert "p3.16xlarge" in default_catalogue().family("p3")
