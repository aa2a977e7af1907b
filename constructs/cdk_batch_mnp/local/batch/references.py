"""Whether the resources that a compute environment names exist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from cdk_batch_mnp.local.account import last_part
from cdk_batch_mnp.local.batch.state import refused
from cdk_batch_mnp.local.endpoint import Endpoint


def check_references(resources: Mapping[str, Any], endpoint: Endpoint, region: str) -> None:
    """Ask EC2 and IAM for all that the compute resources name.

    Raises:
        ServiceError: Something does not exist; in the words of the service that was asked.
    """
    ec2 = endpoint.client("ec2", region)
    try:
        if subnets := resources.get("subnets"):
            ec2.describe_subnets(SubnetIds=subnets)
        if groups := resources.get("securityGroupIds"):
            ec2.describe_security_groups(GroupIds=groups)
        if placement_group := resources.get("placementGroup"):
            ec2.describe_placement_groups(GroupNames=[placement_group])
        if template := resources.get("launchTemplate"):
            _check_launch_template(ec2, template)
        if profile := resources.get("instanceRole"):
            endpoint.client("iam", region).get_instance_profile(
                InstanceProfileName=last_part(profile)
            )
    except ClientError as error:
        raise refused(f"Error executing request, Exception : {_told(error)}") from None


def _check_launch_template(ec2: Any, template: Mapping[str, Any]) -> None:
    of_template = (
        {"LaunchTemplateId": template["launchTemplateId"]}
        if "launchTemplateId" in template
        else {"LaunchTemplateName": template.get("launchTemplateName")}
    )
    version = template.get("version") or "$Default"
    ec2.describe_launch_template_versions(**of_template, Versions=[version])


def _told(error: ClientError) -> str:
    told = error.response["Error"]
    return f"{told['Message']} ({told['Code']})"
