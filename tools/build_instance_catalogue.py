"""Build the package's catalogue of EC2 instance types from its sources.

    python tools/build_instance_catalogue.py --date 2026-11-24
    python tools/build_instance_catalogue.py --described FILE --witness FILE --date 2026-11-24

The described types are InstanceTypeInfo structures as EC2's DescribeInstanceTypes tells them: the
dump that the installed moto ships, or the reply of ``aws ec2 describe-instance-types``, as JSON,
packed with gzip or not. The witness is a list of the types that each Region allows: cfn-lint's, of
the installed package. A contradiction in the facts, or a described type that the witness does not
know and that is not named below, ends the build. Of what the witness alone knows, the catalogue
says that it exists.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

TARGET = (
    Path(__file__).parent.parent
    / "constructs"
    / "cdk_batch_mnp"
    / "instances"
    / "data"
    / "instance_types.json"
)
SCHEMA = 1
COLUMNS = (
    "vcpus",
    "memory_mib",
    "cores",
    "threads_per_core",
    "architectures",
    "gpus",
    "gpu_name",
    "gpu_manufacturer",
    "gpu_memory_mib",
    "neuron_devices",
    "placement_strategies",
    "network_cards",
    "efa_interfaces",
    "bare_metal",
    "burstable",
    "current_generation",
    "local_storage_gb",
)

ONLY_DESCRIBED = {
    "trn2.3xlarge": "newer than the witness",
    "trn2u.48xlarge": "newer than the witness",
}


class ContradictionError(Exception):
    """The sources do not agree, with one another or with themselves."""


def row(info: Mapping[str, Any]) -> list[Any]:
    """Give the columns of one type, of its InstanceTypeInfo."""
    cpu, gpus = info["VCpuInfo"], _gpus(info)
    gpu = gpus[0] if gpus else {}
    return [
        cpu["DefaultVCpus"],
        info["MemoryInfo"]["SizeInMiB"],
        cpu["DefaultCores"],
        cpu["DefaultThreadsPerCore"],
        _architectures(info),
        # A share of a GPU is reported as none; a job cannot ask for less than a whole one.
        sum(each["Count"] for each in gpus),
        gpu.get("Name"),
        gpu.get("Manufacturer"),
        gpu.get("MemoryInfo", {}).get("SizeInMiB"),
        sum(each["Count"] for each in info.get("NeuronInfo", {}).get("NeuronDevices", [])),
        info["PlacementGroupInfo"]["SupportedStrategies"],
        _packed(_cards(info)),
        _efa_interfaces(info),
        info["BareMetal"],
        info["BurstablePerformanceSupported"],
        info["CurrentGeneration"],
        info.get("InstanceStorageInfo", {}).get("TotalSizeInGB", 0),
    ]


def _gpus(info: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(info.get("GpuInfo", {}).get("Gpus", []))


def _architectures(info: Mapping[str, Any]) -> list[str]:
    # i386 images run on the same hardware; no Batch image is for it.
    return [each for each in info["ProcessorInfo"]["SupportedArchitectures"] if each != "i386"]


def _cards(info: Mapping[str, Any]) -> list[int]:
    cards = sorted(info["NetworkInfo"]["NetworkCards"], key=lambda each: each["NetworkCardIndex"])
    return [each["MaximumNetworkInterfaces"] for each in cards]


def _efa_interfaces(info: Mapping[str, Any]) -> int:
    return int(info["NetworkInfo"].get("EfaInfo", {}).get("MaximumEfaInterfaces", 0))


def _packed(cards: list[int]) -> list[int]:
    """Write n equal cards as [n, interfaces]; others one by one behind a zero."""
    return [len(cards), cards[0]] if len(set(cards)) == 1 else [0, *cards]


def contradictions(name: str, info: Mapping[str, Any]) -> Iterator[str]:
    """Tell what cannot be true of one type."""
    if info.get("InstanceType", name) != name:
        yield f"it calls itself {info['InstanceType']}"
    cpu, network, cards = info["VCpuInfo"], info["NetworkInfo"], _cards(info)
    vcpus, cores, threads = (
        cpu[key] for key in ("DefaultVCpus", "DefaultCores", "DefaultThreadsPerCore")
    )
    if vcpus != cores * threads:
        yield f"{vcpus} vCPUs are not {cores} x {threads}"
    if info["MemoryInfo"]["SizeInMiB"] <= 0 or vcpus <= 0:
        yield "no memory or no vCPUs"
    if not _architectures(info):
        yield "no architecture"
    if len({each["Name"] for each in _gpus(info)}) > 1:
        yield "GPUs of several models"
    if not cards or sum(cards) != network["MaximumNetworkInterfaces"]:
        yield f"cards {cards} do not sum up to {network['MaximumNetworkInterfaces']} interfaces"
    efa = _efa_interfaces(info)
    if efa > len(cards):
        yield f"{efa} EFA interfaces on {len(cards)} cards"
    if (efa > 0) != network["EfaSupported"]:
        yield f"{efa} EFA interfaces, and EfaSupported is {network['EfaSupported']}"
    if info["BareMetal"] != (".metal" in name):
        yield f"BareMetal is {info['BareMetal']}"


def _told(name: str, info: Mapping[str, Any]) -> list[str]:
    try:
        return [f"{name}: {what}" for what in contradictions(name, info)]
    except KeyError as missing:
        return [f"{name}: {missing.args[0]} is not told"]


def build(described: Mapping[str, Any], witness: Mapping[str, Any], date: str) -> dict[str, Any]:
    """Join the sources.

    Args:
        described: InstanceTypeInfo by type.
        witness: For each Region, an object whose ``enum`` lists the types.
        date: When the facts were told, YYYY-MM-DD.

    Raises:
        ContradictionError: They do not agree. The message has one line for each contradiction.
    """
    found = [what for name, info in described.items() for what in _told(name, info)]
    allowed = {
        name for region in witness.values() if isinstance(region, dict) for name in region["enum"]
    }
    unseen = set(described) - allowed - set(ONLY_DESCRIBED)
    found += [f"{name}: the witness does not know it" for name in sorted(unseen)]
    if found:
        raise ContradictionError("\n".join(found))
    return {
        "schema": SCHEMA,
        "date": date,
        "sources": [
            "EC2 DescribeInstanceTypes, as shipped by moto (Apache-2.0)",
            "cfn-lint's types by Region (MIT-0), for which types exist",
        ],
        "columns": list(COLUMNS),
        "types": {name: row(described[name]) for name in sorted(described)},
        "without_facts": sorted(allowed - set(described)),
    }


def written(catalogue: Mapping[str, Any]) -> str:
    """Write the catalogue with one line a type, so that changes can be read."""
    head = {key: value for key, value in catalogue.items() if key != "types"}
    lines = [f"{json.dumps(key)}:{json.dumps(value)}," for key, value in head.items()]
    types = [
        f"{json.dumps(name)}:{json.dumps(facts, separators=(',', ':'))}"
        for name, facts in catalogue["types"].items()
    ]
    return "{\n" + "\n".join(lines) + '\n"types":{\n' + ",\n".join(types) + "\n}}\n"


def read_described(path: Path) -> dict[str, Any]:
    """Read InstanceTypeInfo by type, from moto's dump or from a reply of EC2."""
    text = path.read_bytes()
    data = json.loads(gzip.decompress(text) if path.suffix == ".gz" else text)
    if "InstanceTypes" in data:
        return {each["InstanceType"]: each for each in data["InstanceTypes"]}
    return dict(data)


def installed(package: str, *parts: str) -> Path:
    """A data file of an installed package."""
    return Path(str(files(package).joinpath(*parts)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the file, or say why not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--described", type=Path, help="facts by type; moto's if left out")
    parser.add_argument("--witness", type=Path, help="types by Region; cfn-lint's if left out")
    parser.add_argument("--date", required=True, help="when the facts were told, YYYY-MM-DD")
    parser.add_argument("--to", type=Path, default=TARGET, help="the file; the package's own")
    options = parser.parse_args(arguments)
    described = options.described or installed("moto", "ec2", "resources", "instance_types.json.gz")
    witness = options.witness or installed(
        "cfnlint",
        *("data", "schemas", "extensions", "aws_ec2_instance", "instancetype_enum.json"),
    )
    try:
        catalogue = build(read_described(described), json.loads(witness.read_bytes()), options.date)
    except ContradictionError as contradiction:
        sys.exit(f"the sources contradict each other:\n{contradiction}")
    options.to.write_text(written(catalogue))


if __name__ == "__main__":
    main()
