"""What templates tell of roles and instance profiles."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp.template.checking import check_together
from cdk_batch_mnp.template.source.files import find
from tests.corpus.mutations import RESOURCES, base, change

TRUST = "JobRole.AssumeRolePolicyDocument.Statement"
ROLE = f"{RESOURCES}.InstanceRole"


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param(
            {
                "InstanceProfile.InstanceProfileName": {"Ref": "InstanceRole"},
                ROLE: {"Ref": "InstanceRole"},
            },
            id="a profile with the name of its role",
        ),
        pytest.param(
            {"InstanceRole.RoleName": "nodes", ROLE: {"Ref": "InstanceRole"}},
            id="a role's own name, which a profile may have",
        ),
        pytest.param(
            {ROLE: {"Fn::Sub": "arn:aws:iam::${AWS::AccountId}:instance-profile/${InstanceRole}"}},
            id="the ARN of such a profile",
        ),
        pytest.param({ROLE: {"Fn::ImportValue": "profile"}}, id="imported"),
        pytest.param(
            {f"{TRUST}.0.Principal.Service": {"Fn::Sub": "ecs-tasks.${AWS::URLSuffix}"}},
            id="a service of the partition",
        ),
        pytest.param({f"{TRUST}.0.Principal": "*"}, id="everybody"),
        pytest.param({f"{TRUST}.0.Action": {"Fn::ImportValue": "action"}}, id="an unknown action"),
        pytest.param(
            {f"{TRUST}.0.Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}},
            id="under a condition",
        ),
        pytest.param(
            {f"{TRUST}.+": {"Effect": "Deny", "Action": "*", "Principal": {"Service": "ec2"}}},
            id="denied to others",
        ),
    ],
)
def test_what_may_be_right_is_not_reported(changes: dict[str, Any], tmp_path: Path) -> None:
    data = deepcopy(base("cluster"))
    for path, value in changes.items():
        change(data["Resources"], path, value)
    file = tmp_path / "template.json"
    file.write_text(json.dumps(data))
    report = check_together(find([str(file)]).groups)
    assert report.findings == ()
