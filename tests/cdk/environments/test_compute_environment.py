"""Jobs get the job role alone: their containers do not reach the role of the instance."""

from __future__ import annotations

from aws_cdk import aws_ec2 as ec2
from aws_cdk.assertions import Template

from tests.cdk.apps import (
    add_cluster,
    add_job,
    add_vpc,
    errors_of,
    new_stack,
    properties_of,
    warnings_of,
)

SETTING = "echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config"
MULTIPART = 'Content-Type: multipart/mixed; boundary="'


def user_data_of(stack: object) -> str:
    """The text that every node of the one cluster starts with."""
    template = Template.from_stack(stack)  # type: ignore[arg-type]
    data = properties_of(template, "AWS::EC2::LaunchTemplate")["LaunchTemplateData"]
    return str(data["UserData"]["Fn::Base64"])


def test_containers_of_a_cluster_do_not_reach_the_instance_role() -> None:
    stack = new_stack()
    add_job(add_cluster(stack))
    text = user_data_of(stack)
    assert text.startswith(MULTIPART)
    assert text.count(SETTING) == 1
    assert (errors_of(stack), warnings_of(stack)) == ([], [])


def test_the_setting_comes_before_the_users_own_script() -> None:
    stack = new_stack()
    own = ec2.UserData.for_linux()
    own.add_commands("echo own")
    add_job(add_cluster(stack, user_data=own))
    text = user_data_of(stack)
    assert text.startswith(MULTIPART)
    assert text.index(SETTING) < text.index("echo own")


def test_the_setting_becomes_a_part_of_the_users_own_parts() -> None:
    stack = new_stack()
    own = ec2.MultipartUserData()
    own.add_part(
        ec2.MultipartBody.from_raw_body(content_type="text/cloud-config", body="packages: [htop]")
    )
    add_job(add_cluster(stack, user_data=own))
    text = user_data_of(stack)
    assert text.count(MULTIPART) == 1
    assert text.index(SETTING) < text.index("packages: [htop]")


def test_a_script_that_undoes_the_setting_is_a_warning() -> None:
    stack = new_stack()
    own = ec2.UserData.for_linux()
    own.add_commands("echo ECS_LOGLEVEL=debug > /etc/ecs/ecs.config")
    add_job(add_cluster(stack, user_data=own))
    (warning,) = warnings_of(stack)
    assert warning.rule == "MNP606"
    assert "then overwrites /etc/ecs/ecs.config" in warning.text


def test_the_switch_lets_containers_reach_the_instance_role_without_a_warning() -> None:
    stack = new_stack()
    own = ec2.UserData.for_linux()
    add_job(add_cluster(stack, can_containers_access_instance_role=True, user_data=own))
    assert "ECS_AWSVPC_BLOCK_IMDS" not in user_data_of(stack)
    assert (errors_of(stack), warnings_of(stack)) == ([], [])


def test_your_own_launch_template_without_the_setting_is_a_warning() -> None:
    stack = new_stack()
    template = ec2.LaunchTemplate(stack, "Template", require_imdsv2=True)
    add_job(add_cluster(stack, vpc=add_vpc(stack), launch_template=template))
    (warning,) = warnings_of(stack)
    assert warning.rule == "MNP606"
    assert warning.path == "Platform/Cluster/ComputeEnvironment"


def test_your_own_launch_template_makes_the_setting_itself() -> None:
    stack = new_stack()
    script = ec2.UserData.for_linux()
    script.add_commands(SETTING)
    own = ec2.MultipartUserData()
    own.add_user_data_part(script)
    template = ec2.LaunchTemplate(stack, "Template", require_imdsv2=True, user_data=own)
    add_job(add_cluster(stack, vpc=add_vpc(stack), launch_template=template))
    assert (errors_of(stack), warnings_of(stack)) == ([], [])
