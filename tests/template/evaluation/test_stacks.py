"""Stacks that are checked together: what one exports, another imports."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.template.folders import assembly, broken_rules, check, cluster


def network_and_jobs(zone: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """A network that exports its subnets under its own name, and jobs in two of them."""
    subnets = {
        "First": {"AvailabilityZone": {"Fn::Select": [0, {"Fn::GetAZs": ""}]}},
        "Second": {"AvailabilityZone": zone},
    }
    network = {
        "Resources": {
            name: {"Type": "AWS::EC2::Subnet", "Properties": properties}
            for name, properties in subnets.items()
        },
        "Outputs": {
            name: {
                "Value": {"Ref": name},
                "Export": {"Name": {"Fn::Sub": f"${{AWS::StackName}}-{name}"}},
            }
            for name in subnets
        },
    }
    imports = [{"Fn::ImportValue": f"network-{name}"} for name in subnets]
    return network, cluster({"Environment.ComputeResources.Subnets": imports})


def test_exports_are_found_by_the_name_of_their_stack(tmp_path: Path) -> None:
    own = {"Fn::GetAZs": {"Ref": "AWS::Region"}}
    for zone, expected in (
        ({"Fn::Select": [1, own]}, [("Jobs/Environment", "MNP402")]),
        ({"Fn::Select": [0, own]}, []),
    ):
        network, jobs = network_and_jobs(zone)
        where = "aws://1/eu-west-1"
        assembly(tmp_path, {"network": (where, network), "Jobs": (where, jobs)})
        assert broken_rules(check(tmp_path)) == expected
