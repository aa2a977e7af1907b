"""Check that the resources of a compute environment exist."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from botocore.exceptions import ClientError, ParamValidationError

from cdk_batch_mnp_emulator.account import last_part
from cdk_batch_mnp_emulator.batch.state import refused
from cdk_batch_mnp_emulator.endpoint import Endpoint


def check_references(resources: Mapping[str, Any], endpoint: Endpoint, region: str) -> None:
    """Check with EC2 and IAM that all referenced resources exist.

    Raises:
        ServiceError: A resource does not exist. The message is that of its service.
    """
    ec2 = endpoint.client("ec2", region)
    try:
        groups = resources.get("securityGroupIds")
        if subnets := resources.get("subnets"):
            _check_subnets(ec2, subnets)
        if groups:
            ec2.describe_security_groups(GroupIds=list(dict.fromkeys(groups)))
        if placement_group := resources.get("placementGroup"):
            ec2.describe_placement_groups(GroupNames=[placement_group])
        template = resources.get("launchTemplate")
        brings_groups = template is not None and _brings_groups(ec2, template)
        if resources["type"].upper() in {"EC2", "SPOT"} and not groups and not brings_groups:
            raise refused(
                "One or more security groups must be specified, in computeResources."
                "securityGroupIds or in the launch template"
            )
        if profile := resources.get("instanceRole"):
            endpoint.client("iam", region).get_instance_profile(
                InstanceProfileName=last_part(profile)
            )
    except ClientError as error:
        raise refused(f"Error executing request, Exception : {_reason(error)}") from None
    except ParamValidationError as error:
        raise refused(f"computeResources names what cannot exist: {error}") from None


def _check_subnets(ec2: Any, subnets: Sequence[str]) -> None:
    found = ec2.describe_subnets(SubnetIds=list(dict.fromkeys(subnets)))["Subnets"]
    vpcs = sorted({each["VpcId"] for each in found})
    if len(vpcs) > 1:
        raise refused(f"computeResources.subnets must be within one VPC, not {' and '.join(vpcs)}")


def _brings_groups(ec2: Any, template: Mapping[str, Any]) -> bool:
    # Each override is a launch template of its own, in place of this one.
    data = [_data(ec2, each) for each in (template, *template.get("overrides", []))]
    return all(
        part.get("SecurityGroupIds") or part.get("SecurityGroups") or part.get("NetworkInterfaces")
        for part in data
    )


def _data(ec2: Any, template: Mapping[str, Any]) -> Mapping[str, Any]:
    names = {
        f"L{name[1:]}": template[name]
        for name in ("launchTemplateId", "launchTemplateName")
        if name in template
    }
    if not all(names.values()):
        raise refused(f"computeResources.launchTemplate must not have an empty {next(iter(names))}")
    version = template.get("version") or "$Default"
    answer = ec2.describe_launch_template_versions(**names, Versions=[version])
    if not answer["LaunchTemplateVersions"]:
        raise refused(f"Launch template {', '.join(names.values())} has no version {version}")
    found: Mapping[str, Any] = answer["LaunchTemplateVersions"][0]["LaunchTemplateData"]
    return found


def _reason(error: ClientError) -> str:
    reason = error.response["Error"]
    return f"{reason['Message']} ({reason['Code']})"
