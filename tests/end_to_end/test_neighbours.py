"""The real CDK deploys, changes, rolls back and destroys a cluster with its neighbours."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from cdk_batch_mnp_emulator.running import Server
from embedded import EmbeddedAws
from tests.end_to_end.toolkit import Toolkit

pytestmark = pytest.mark.clients

APP = "tests/end_to_end/app_with_neighbours.py"


def output(aws: EmbeddedAws, stack: str, key: str) -> str:
    (described,) = aws.client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    outputs = {each["OutputKey"]: each["OutputValue"] for each in described["Outputs"]}
    return str(outputs[key])


def state(aws: EmbeddedAws) -> tuple[str, Any]:
    """What the call of the custom resource returned, and what the topic is called."""
    found = aws.client("ssm").get_parameter(Name="/neighbours/seen")["Parameter"]["Value"]
    sns = aws.client("sns")
    names = [
        sns.get_topic_attributes(TopicArn=topic["TopicArn"])["Attributes"]["DisplayName"]
        for topic in sns.list_topics()["Topics"]
    ]
    return str(found), names


def test_a_cluster_has_neighbours(server: Server, aws: EmbeddedAws, tmp_path: Path) -> None:
    cdk = Toolkit(server, tmp_path)
    said = cdk.deploy("--context=version=1", app=APP)
    assert "is ignored" not in said
    assert state(aws) == ("1 ENABLED", ["alarms 1"])
    group = output(aws, "NeighboursCluster", "DefaultGroup")
    (default,) = aws.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    # The handler takes its rules; those of tasks, which the cluster adds, have a description.
    rules = [*default["IpPermissions"], *default["IpPermissionsEgress"]]
    others = [peer for rule in rules for peer in rule["UserIdGroupPairs"] + rule["IpRanges"]]
    assert [each for each in others if "Description" not in each] == []
    said = cdk.deploy_in_vain(APP, "--context=version=2", "--context=fails=1")
    assert "Bad" in said
    assert "Traceback" not in said
    assert state(aws) == ("1 ENABLED", ["alarms 1"])
    cdk.deploy("--context=version=2", app=APP)
    assert state(aws) == ("2 ENABLED", ["alarms 2"])
    bucket = output(aws, "NeighboursBeside", "Bucket")
    aws.client("s3").put_object(Bucket=bucket, Key="result", Body=b"x")
    cdk.destroy_assembly(tmp_path / "assembly")
    with pytest.raises(ClientError, match=r"404|NoSuchBucket"):
        aws.client("s3").head_bucket(Bucket=bucket)
    assert aws.client("sns").list_topics()["Topics"] == []
