"""Building the catalogue of instance types from its sources."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp.instances import Catalogue
from tests.instances.descriptions import FACTS, INFO, changed
from tools import build_instance_catalogue as tool


def witness(*names: str) -> dict[str, Any]:
    """A list of the types that two Regions allow."""
    return {"eu-west-1": {"enum": list(names)}, "us-east-1": {"enum": []}, "note": "none"}


def run(folder: Path, described: dict[str, Any], *names: str, packed: bool = False) -> Path:
    """Run the tool as from a shell, and give the file that it writes."""
    target = folder / "out.json"
    text = json.dumps(described).encode()
    source = folder / ("described.json.gz" if packed else "described.json")
    source.write_bytes(gzip.compress(text) if packed else text)
    other = folder / "witness.json"
    other.write_text(json.dumps(witness(*names)))
    tool.main(
        [
            *("--described", str(source)),
            *("--witness", str(other)),
            *("--date", "2026-11-24"),
            *("--to", str(target)),
        ]
    )
    return target


@pytest.mark.parametrize(
    ("described", "packed"),
    [
        pytest.param({"x9.huge": INFO}, True, id="by type, packed, as moto ships them"),
        pytest.param({"x9.huge": INFO}, False, id="by type"),
        pytest.param({"InstanceTypes": [INFO]}, False, id="as EC2 replies"),
    ],
)
def test_the_catalogue_reads_what_the_tool_writes(
    tmp_path: Path, described: dict[str, Any], packed: bool
) -> None:
    path = run(tmp_path, described, "x9.huge", "old.large", packed=packed)
    catalogue = Catalogue.load(path)
    assert list(catalogue) == [FACTS]
    assert catalogue.exists("old.large")
    assert catalogue.date == "2026-11-24"


def test_facts_that_a_type_has_not_are_none(tmp_path: Path) -> None:
    without = ("GpuInfo", "NeuronInfo", "InstanceStorageInfo")
    plain = {key: value for key, value in INFO.items() if key not in without}
    found = Catalogue.load(run(tmp_path, {"x9.huge": plain}, "x9.huge")).find("x9.huge")
    assert found is not None
    assert (found.gpus, found.gpu_name, found.neuron_devices) == (0, None, 0)
    assert found.local_storage_gb == 0


def test_the_file_has_a_line_for_each_type(tmp_path: Path) -> None:
    other = INFO | {"InstanceType": "a1.huge"}
    text = run(tmp_path, {"x9.huge": INFO, "a1.huge": other}, "x9.huge", "a1.huge").read_text()
    lines = [line for line in text.splitlines() if ".huge" in line]
    assert [line.partition(":")[0] for line in lines] == ['"a1.huge"', '"x9.huge"']


@pytest.mark.parametrize(
    ("change", "what"),
    [
        pytest.param(
            lambda info: info["VCpuInfo"].update(DefaultVCpus=9),
            "9 vCPUs are not 4 x 2",
            id="vCPUs",
        ),
        pytest.param(
            lambda info: info["VCpuInfo"].update(DefaultVCpus=0, DefaultCores=0),
            "no memory or no vCPUs",
            id="no vCPUs",
        ),
        pytest.param(
            lambda info: info["MemoryInfo"].update(SizeInMiB=0),
            "no memory or no vCPUs",
            id="memory",
        ),
        pytest.param(
            lambda info: info["ProcessorInfo"].update(SupportedArchitectures=["i386"]),
            "no architecture",
            id="architecture",
        ),
        pytest.param(
            lambda info: info["GpuInfo"]["Gpus"].append({"Name": "Z2", "Count": 1}),
            "GPUs of several models",
            id="GPUs",
        ),
        pytest.param(
            lambda info: info["NetworkInfo"].update(MaximumNetworkInterfaces=7),
            "cards [2, 4] do not add up to 7 interfaces",
            id="interfaces",
        ),
        pytest.param(
            lambda info: info["NetworkInfo"].update(
                NetworkCards=[], MaximumNetworkInterfaces=0, EfaInfo={}, EfaSupported=False
            ),
            "cards [] do not add up to 0 interfaces",
            id="no card",
        ),
        pytest.param(
            lambda info: info["NetworkInfo"]["EfaInfo"].update(MaximumEfaInterfaces=3),
            "3 EFA interfaces on 2 cards",
            id="EFA interfaces",
        ),
        pytest.param(
            lambda info: info["NetworkInfo"].update(EfaSupported=False),
            "1 EFA interfaces, but EfaSupported is False",
            id="EFA support",
        ),
        pytest.param(
            lambda info: info.update(BareMetal=True), "BareMetal is True", id="bare metal"
        ),
        pytest.param(
            lambda info: info.update(InstanceType="x9.tiny"), "it calls itself x9.tiny", id="name"
        ),
        pytest.param(lambda info: info.pop("MemoryInfo"), "MemoryInfo is missing", id="left out"),
    ],
)
def test_a_contradiction_ends_the_build(
    tmp_path: Path, change: Callable[[dict[str, Any]], object], what: str
) -> None:
    with pytest.raises(SystemExit) as ended:
        run(tmp_path, {"x9.huge": changed(change)}, "x9.huge")
    assert str(ended.value) == f"the sources contradict each other:\nx9.huge: {what}"
    assert not (tmp_path / "out.json").exists()


def test_a_type_that_the_witness_does_not_know_ends_the_build(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="the witness does not know it"):
        run(tmp_path, {"x9.huge": INFO}, "old.large")


def test_a_type_that_is_named_may_be_newer_than_the_witness(tmp_path: Path) -> None:
    name = next(iter(tool.ONLY_DESCRIBED))
    path = run(tmp_path, {name: INFO | {"InstanceType": name}})
    assert Catalogue.load(path).find(name) is not None


def test_all_contradictions_are_reported_at_once(tmp_path: Path) -> None:
    twice = changed(lambda info: info.update(BareMetal=True, InstanceType="x9.tiny"))
    with pytest.raises(SystemExit) as ended:
        run(tmp_path, {"x9.huge": twice}, "old.large")
    assert len(str(ended.value).splitlines()) == 4


def test_the_package_has_what_its_sources_say(tmp_path: Path) -> None:
    rebuilt = tmp_path / "types.json"
    date = json.loads(tool.TARGET.read_bytes())["date"]
    tool.main(["--date", date, "--to", str(rebuilt)])
    assert rebuilt.read_bytes() == tool.TARGET.read_bytes()
    Catalogue.load(rebuilt)
