"""Build the package's catalogue of EC2 instance types from its sources.

    python tools/build_instance_catalogue.py DESCRIBED [WITNESS] --date 2026-11-24

DESCRIBED is a JSON file of facts by type, as DescribeInstanceTypes tells them (the dump that moto
ships under ec2/resources, reduced to one object a type). WITNESS is cfn-lint's list of the types that
each Region allows (data/schemas/extensions/aws_ec2_instance/instancetype_enum.json of the installed
package, if left out). A contradiction in the facts, or a type that only one of them knows and that
is not named below, ends the build.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
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


class Contradiction(Exception):
    """The sources do not agree, with one another or with themselves."""


def row(name: str, facts: Mapping[str, Any]) -> list[Any]:
    """Give the columns of one type."""
    gpus = facts.get("gpus") or []
    if len({gpu["name"] for gpu in gpus}) > 1:
        raise Contradiction(f"{name}: GPUs of several models")
    gpu = gpus[0] if gpus else {}
    return [
        facts["vcpus"],
        facts["memory_mib"],
        facts["cores"],
        facts["threads_per_core"],
        # i386 images run on the same hardware; no Batch image is for it.
        [each for each in facts["arch"] if each != "i386"],
        # A share of a GPU is reported as none; a job cannot ask for less than a whole one.
        sum(each["count"] for each in gpus),
        gpu.get("name"),
        gpu.get("maker"),
        gpu.get("memory_mib"),
        sum(each["count"] for each in facts.get("neuron") or []),
        facts["placement"],
        _packed(facts["cards"]),
        facts["efa_max"],
        facts["bare_metal"],
        facts["burstable"],
        facts["current"],
        facts.get("local_gb", 0),
    ]


def _packed(cards: list[int]) -> list[int]:
    """Write n equal cards as [n, interfaces]; others one by one behind a zero."""
    return [len(cards), cards[0]] if len(set(cards)) == 1 else [0, *cards]


def contradictions(name: str, facts: Mapping[str, Any]) -> Iterator[str]:
    """Tell what cannot be true of one type."""
    if facts["vcpus"] != facts["cores"] * facts["threads_per_core"]:
        yield f"{facts['vcpus']} vCPUs are not {facts['cores']} x {facts['threads_per_core']}"
    if sum(facts["cards"]) != facts["max_interfaces"]:
        yield f"cards {facts['cards']} do not sum up to {facts['max_interfaces']} interfaces"
    if facts["efa_max"] > len(facts["cards"]):
        yield f"{facts['efa_max']} EFA interfaces on {len(facts['cards'])} cards"
    if facts["memory_mib"] <= 0 or facts["vcpus"] <= 0:
        yield "no memory or no vCPUs"
    if not facts["arch"]:
        yield "no architecture"
    if facts["bare_metal"] != (".metal" in name):
        yield f"bare_metal is {facts['bare_metal']}"


def build(described: Mapping[str, Any], witness: Mapping[str, Any], date: str) -> dict[str, Any]:
    """Join the sources.

    Raises:
        Contradiction: They do not agree.
    """
    found = [
        f"{name}: {what}"
        for name, facts in described.items()
        for what in contradictions(name, facts)
    ]
    allowed = {
        name for region in witness.values() if isinstance(region, dict) for name in region["enum"]
    }
    unseen = set(described) - allowed - set(ONLY_DESCRIBED)
    found += [f"{name}: the witness does not know it" for name in sorted(unseen)]
    if found:
        raise Contradiction("\n".join(found))
    return {
        "schema": SCHEMA,
        "date": date,
        "sources": [
            "EC2 DescribeInstanceTypes, as shipped by moto (Apache-2.0)",
            "cfn-lint's types by Region (MIT-0), for which types exist",
        ],
        "columns": list(COLUMNS),
        "types": {name: row(name, described[name]) for name in sorted(described)},
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


def main() -> None:
    """Build the file, or say why not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("described", type=Path)
    parser.add_argument("witness", type=Path, nargs="?")
    parser.add_argument("--date", required=True, help="when the facts were told, YYYY-MM-DD")
    options = parser.parse_args()
    witness = (
        options.witness
        or Path(str(files("cfnlint")))
        / "data/schemas/extensions/aws_ec2_instance/instancetype_enum.json"
    )
    try:
        catalogue = build(
            json.loads(options.described.read_text()), json.loads(witness.read_text()), options.date
        )
    except Contradiction as contradiction:
        sys.exit(f"the sources contradict each other:\n{contradiction}")
    TARGET.write_text(written(catalogue))


if __name__ == "__main__":
    main()
