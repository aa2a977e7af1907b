"""File systems for nodes, and what a stack makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_fsx as fsx
from aws_cdk.assertions import Template

WITH_DISKS = "c6id.32xlarge"


def add_file_system(stack: Stack, vpc: ec2.IVpc, **changes: Any) -> fsx.LustreFileSystem:
    """The smallest file system."""
    return fsx.LustreFileSystem(
        stack,
        "Cases",
        vpc=vpc,
        vpc_subnet=vpc.private_subnets[0],
        storage_capacity_gib=1200,
        lustre_configuration=fsx.LustreConfiguration(
            deployment_type=fsx.LustreDeploymentType.SCRATCH_2
        ),
        **changes,
    )


def import_file_system(stack: Stack) -> fsx.IFileSystem:
    return fsx.LustreFileSystem.from_lustre_file_system_attributes(
        stack,
        "Imported",
        dns_name="fs-0123456789abcdef0.fsx.us-east-2.amazonaws.com",
        file_system_id="fs-0123456789abcdef0",
        security_group=ec2.SecurityGroup.from_security_group_id(
            stack, "ImportedGroup", "sg-0123456789abcdef0"
        ),
    )


def user_data(stack: Stack) -> str:
    """The user data of the one launch template, with its tokens as ``<...>``."""
    (template,) = Template.from_stack(stack).find_resources("AWS::EC2::LaunchTemplate").values()
    return written(template["Properties"]["LaunchTemplateData"]["UserData"]["Fn::Base64"])


def written(value: Any) -> str:
    match value:
        case str():
            return value
        case {"Fn::Join": ["", parts]}:
            return "".join(written(part) for part in parts)
        case {"Fn::Base64": inner}:
            return f"(Base64 of {written(inner)})"
    return f"<{next(iter(value.values()))}>"


def first_container(stack: Stack) -> Mapping[str, Any]:
    (definition,) = Template.from_stack(stack).find_resources("AWS::Batch::JobDefinition").values()
    seen: Mapping[str, Any] = definition["Properties"]["NodeProperties"]["NodeRangeProperties"][0]
    return dict(seen["Container"])
