"""Rules about the instance metadata service."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import (
    COMPUTE_RESOURCES,
    LAUNCH_TEMPLATE,
    ComputeEnvironment,
)
from cdk_batch_mnp.model.unknown import has_value
from cdk_batch_mnp.rules import sources

MAX_HOP_LIMIT = 2


@rule(
    ComputeEnvironment,
    "MNP601",
    "Instances require IMDSv2 with a hop limit of at most 2",
    severity=WARNING,
    why="With IMDSv1, a forged request through a job's own network code can read the instance's "
    "credentials. With a hop limit above 2, responses travel beyond the containers.",
    fix="In the launch template, set HttpTokens to required and HttpPutResponseHopLimit to 1 or 2.",
    source=sources.ec2("configuring-instance-metadata-service"),
)
def instance_metadata(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports optional tokens and a hop limit above 2 in the launch template.

    If HttpTokens is not set, the AMI decides; Amazon Linux 2023 requires tokens.
    """
    template = environment.launch_template
    if not has_value(template):
        return
    if template.http_tokens == "optional":
        yield Violation(
            resource=environment,
            property_path=LAUNCH_TEMPLATE / "metadataOptions" / "httpTokens",
            message=f"launch template {template.id} allows IMDSv1",
            actual="optional",
            expected="required",
        )
    hops = template.http_put_response_hop_limit
    if has_value(hops) and hops > MAX_HOP_LIMIT:
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES
            / "launchTemplate"
            / "metadataOptions"
            / "httpPutResponseHopLimit",
            message=f"launch template {template.id} has hop limit {hops}",
            actual=hops,
            expected=f"1 to {MAX_HOP_LIMIT}",
        )
