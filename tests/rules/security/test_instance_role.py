"""Containers that cannot reach the role of the instance that they run on."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.compute_environment import Ec2Configuration
from cdk_batch_mnp.model.launch_template import UNKNOWN_PART
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.setups import (
    BLOCKS_INSTANCE_ROLE,
    environment,
    findings,
    ids,
    launch_template,
    user_data,
    with_template,
)

BROKEN = user_data("yum install -y htop")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(None, ["MNP606"], id="no user data breaks it"),
        pytest.param("", ["MNP606"], id="empty user data"),
        pytest.param(BROKEN, ["MNP606"], id="a script about something else"),
        pytest.param(
            user_data("echo ECS_AWSVPC_BLOCK_IMDS=false >> /etc/ecs/ecs.config"),
            ["MNP606"],
            id="switched off",
        ),
        pytest.param(
            user_data("echo ECS_AWSVPC_BLOCK_IMDS=yes >> /etc/ecs/ecs.config"),
            ["MNP606"],
            id="a word that the agent does not take for true",
        ),
        pytest.param(
            user_data("printf '%s=%s' ECS_AWSVPC_BLOCK_IMDS true >> /etc/ecs/ecs.config"),
            [],
            id="a name that is put together with its value",
        ),
        pytest.param(
            user_data(f"{BLOCKS_INSTANCE_ROLE} && echo A=b > /etc/ecs/ecs.config"),
            ["MNP606"],
            id="overwritten in the same line",
        ),
        pytest.param(
            user_data(BLOCKS_INSTANCE_ROLE, "sudo rm -f /etc/ecs/ecs.config"),
            ["MNP606"],
            id="the file is removed afterwards",
        ),
        pytest.param(
            user_data(BLOCKS_INSTANCE_ROLE, "rm -f /etc/ecs/ecs.config.bak; date > /etc/motd"),
            [],
            id="another file is removed afterwards",
        ),
        pytest.param(
            user_data(BLOCKS_INSTANCE_ROLE, "echo ECS_AWSVPC_BLOCK_IMDS=0 >> /etc/ecs/ecs.config"),
            ["MNP606"],
            id="the last one counts",
        ),
        pytest.param(user_data(f"# {BLOCKS_INSTANCE_ROLE}"), ["MNP606"], id="only a comment"),
        pytest.param(
            user_data("ECS_CLUSTER=x; echo ECS_ENABLE_TASK_IAM_ROLE=true >> /etc/ecs/ecs.config"),
            ["MNP606"],
            id="other settings",
        ),
        pytest.param(
            user_data(BLOCKS_INSTANCE_ROLE, "echo ECS_CLUSTER=x > /etc/ecs/ecs.config"),
            ["MNP606"],
            id="overwritten later",
        ),
        pytest.param(
            user_data(BLOCKS_INSTANCE_ROLE, "echo ECS_CLUSTER=x | sudo tee /etc/ecs/ecs.config"),
            ["MNP606"],
            id="overwritten by tee",
        ),
        pytest.param(
            user_data(BLOCKS_INSTANCE_ROLE, "cat > /etc/ecs/ecs.config <<END", "ECS_A=1", "END"),
            ["MNP606"],
            id="overwritten by a here document",
        ),
        pytest.param(
            user_data("cat > /etc/ecs/ecs.config <<END", "ECS_AWSVPC_BLOCK_IMDS=true", "END"),
            [],
            id="written by a here document",
        ),
        pytest.param(
            user_data("(", "echo ECS_AWSVPC_BLOCK_IMDS=true", ") > /etc/ecs/ecs.config"),
            [],
            id="written by a group of commands",
        ),
        pytest.param(
            user_data(
                "echo ECS_AWSVPC_BLOCK_IMDS=true > /etc/ecs/ecs.config",
                "echo ECS_CLUSTER=x >> /etc/ecs/ecs.config",
                "echo ECS_A=1 | tee -a /etc/ecs/ecs.config",
            ),
            [],
            id="added to later",
        ),
        pytest.param(user_data(BLOCKS_INSTANCE_ROLE), [], id="set is the limit"),
        pytest.param(
            user_data('echo "ECS_AWSVPC_BLOCK_IMDS=1" | sudo tee -a /etc/ecs/ecs.config'),
            [],
            id="set to 1",
        ),
        pytest.param(
            user_data(r"printf 'ECS_AWSVPC_BLOCK_IMDS=true\n' >> /etc/ecs/ecs.config"),
            [],
            id="set with printf",
        ),
        pytest.param(
            user_data(r"printf 'A=b\nECS_AWSVPC_BLOCK_IMDS=true\n' >> /etc/ecs/ecs.config"),
            [],
            id="set in the second line of printf",
        ),
        pytest.param(
            user_data("cat >> /etc/ecs/ecs.config <<'END'", "ECS_AWSVPC_BLOCK_IMDS=TRUE", "END"),
            [],
            id="set in a here document",
        ),
        pytest.param(
            user_data(f"echo {UNKNOWN_PART}", BLOCKS_INSTANCE_ROLE), [], id="beside an unknown part"
        ),
        pytest.param(UNKNOWN, [], id="unknown"),
        pytest.param(user_data(f"echo {UNKNOWN_PART} >> /etc/x"), [], id="unknown in part"),
        pytest.param(
            user_data('echo "ECS_AWSVPC_BLOCK_IMDS=$BLOCK" >> /etc/ecs/ecs.config'),
            [],
            id="set to a variable",
        ),
    ],
)
def test_mnp606_user_data_keeps_containers_from_the_instance_role(
    text: object, expected: list[str]
) -> None:
    assert ids(with_template(user_data=text)) == expected


@pytest.mark.parametrize(
    "command",
    [
        "curl -s http://10.0.0.1/setup | bash",
        "aws s3 cp s3://setup/ecs.config /etc/ecs/ecs.config",
        "/opt/aws/bin/cfn-init --stack x",
        "bash /opt/site/setup.sh",
        "source /etc/profile.d/site.sh",
        ". /opt/site/setup.sh",
        "sudo /opt/site/setup.sh",
        'true && "$SETUP" || $SETUP --now',
        "echo RUNTX0FXU1ZQQ19CTE9DS19JTURTPXRydWUK | base64 -d >> /etc/ecs/ecs.config",
        "python3 /opt/setup.py",
    ],
)
def test_mnp606_is_silent_where_the_setting_may_be_made_outside_the_template(command: str) -> None:
    assert ids(with_template(user_data=user_data(command))) == []


def test_mnp606_without_a_launch_template_nothing_makes_the_setting() -> None:
    (finding,) = findings(environment(launch_template=None))
    assert finding.rule.id == "MNP606"
    assert finding.actual == "has no launch template that sets ECS_AWSVPC_BLOCK_IMDS"
    assert ids(environment(launch_template=UNKNOWN)) == []


def test_mnp606_says_what_the_user_data_sets() -> None:
    off = user_data("echo ECS_AWSVPC_BLOCK_IMDS=false >> /etc/ecs/ecs.config")
    (finding,) = findings(with_template(user_data=off))
    assert finding.actual == "sets ECS_AWSVPC_BLOCK_IMDS=false"
    assert finding.expected == "ECS_AWSVPC_BLOCK_IMDS=true"


@pytest.mark.parametrize(
    "changes",
    [
        {"image_id": "ami-0123456789abcdef0"},
        {"ec2_configurations": (Ec2Configuration(image_id_override="ami-0123456789abcdef0"),)},
        {"ec2_configurations": (Ec2Configuration(image_type=UNKNOWN),)},
        {"ec2_configurations": UNKNOWN},
        {"has_template_overrides": UNKNOWN},
        {"launch_template": launch_template(user_data=BROKEN, image_id="ami-0123456789abcdef0")},
        {"is_eks": UNKNOWN},
    ],
    ids=[
        "an image of the environment",
        "an image for a type",
        "an unknown image type",
        "unknown images",
        "templates for some types",
        "an image of the template",
        "perhaps on EKS",
    ],
)
def test_mnp606_leaves_other_images_and_services_alone(changes: dict[str, object]) -> None:
    right = {"launch_template": launch_template(user_data=BROKEN)}
    assert "MNP606" not in ids(environment(**(right | changes)))
