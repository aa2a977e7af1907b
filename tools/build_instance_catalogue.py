"""Build the package's catalogue of EC2 instance types from its sources.

    python tools/build_instance_catalogue.py --date 2026-11-24
    python tools/build_instance_catalogue.py --described FILE --witness FILE --date 2026-11-24

The described types are InstanceTypeInfo structures of EC2's DescribeInstanceTypes: the dump in the
installed moto, or the output of ``aws ec2 describe-instance-types``, as JSON, optionally compressed
with gzip. The witness is a list of the types in each Region: that of the installed cfn-lint. The
build fails on a contradiction in the facts, and on a described type that is neither in the witness
nor listed below. Types that are only in the witness are in the catalogue without facts.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.instances.described import DescriptionError, read_description

TARGET = (
    Path(__file__).parent.parent
    / "constructs"
    / "cdk_batch_mnp"
    / "instances"
    / "data"
    / "instance_types.json"
)
ONLY_DESCRIBED = {
    "trn2.3xlarge": "newer than the witness",
    "trn2u.48xlarge": "newer than the witness",
}


class ContradictionError(Exception):
    """The sources contradict each other or themselves."""


def build(described: Mapping[str, Any], witness: Mapping[str, Any], date: str) -> Catalogue:
    """Merge the sources.

    Args:
        described: InstanceTypeInfo by type.
        witness: For each Region, an object whose ``enum`` lists the types.
        date: Date of the facts, YYYY-MM-DD.

    Raises:
        ContradictionError: The sources disagree. The message has one line per contradiction.
    """
    types, found = {}, []
    for name, info in described.items():
        calls_itself = info.get("InstanceType", name)
        if calls_itself != name:
            found.append(f"{name}: it calls itself {calls_itself}")
        try:
            types[name] = read_description({**info, "InstanceType": name})
        except DescriptionError as error:
            found += [f"{name}: {what}" for what in error.contradictions]
    allowed = {
        name for region in witness.values() if isinstance(region, dict) for name in region["enum"]
    }
    unseen = set(described) - allowed - set(ONLY_DESCRIBED)
    found += [f"{name}: the witness does not know it" for name in sorted(unseen)]
    if found:
        raise ContradictionError("\n".join(found))
    return Catalogue(
        types,
        without_facts=frozenset(allowed),
        date=date,
        sources=(
            "EC2 DescribeInstanceTypes, as shipped by moto (Apache-2.0)",
            "cfn-lint's types by Region (MIT-0), for which types exist",
        ),
    )


def read_described(path: Path) -> dict[str, Any]:
    """Read InstanceTypeInfo by type, from moto's dump or from the output of EC2."""
    text = path.read_bytes()
    data = json.loads(gzip.decompress(text) if path.suffix == ".gz" else text)
    if "InstanceTypes" in data:
        return {description["InstanceType"]: description for description in data["InstanceTypes"]}
    return dict(data)


def installed(package: str, *parts: str) -> Path:
    """Return the path of a data file of an installed package."""
    return Path(str(files(package).joinpath(*parts)))


def main(arguments: Sequence[str] | None = None) -> None:
    """Build the file, or print why it cannot be built."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--described", type=Path, help="facts by type (default: those of moto)")
    parser.add_argument("--witness", type=Path, help="types by Region (default: those of cfn-lint)")
    parser.add_argument("--date", required=True, help="date of the facts, YYYY-MM-DD")
    parser.add_argument(
        "--to", type=Path, default=TARGET, help="output file (default: the file of the package)"
    )
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
    catalogue.save(options.to)


if __name__ == "__main__":
    main()
