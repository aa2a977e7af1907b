"""What constructs state about imported environments, as the rules see it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.template.stacks import setup

ARN = "arn:aws:batch:eu-west-1:123456789012:compute-environment/nodes"
FACT = {
    "id": "Platform/Nodes",
    "arn": ARN,
    "instanceTypes": ["c5n.18xlarge"],
    "maxvCpus": 288,
    "efaInterfaces": 1,
    "threadsPerCore": 1,
}


def template(kind: str, properties: dict[str, Any], facts: object) -> str:
    resource = {
        "Type": f"AWS::Batch::{kind}",
        "Properties": properties,
        "Metadata": {"cdk-batch-mnp": {"importedEnvironments": facts}},
    }
    return json.dumps({"Resources": {"One": resource}})


def environments_of_job(facts: object) -> list[object]:
    """The environments of the imported queue of a job definition."""
    found = setup(template("JobDefinition", {"Type": "multinode"}, facts))
    (definition,) = found.job_definitions
    if not found.job_queues:
        assert definition.job_queue is None
        return []
    (queue,) = found.job_queues
    assert definition.job_queue == queue.id == definition.id
    assert queue.environments is not UNKNOWN
    return [
        None if environment is UNKNOWN else environment.environment
        for environment in queue.environments
    ]


def environment_of_queue(written: object, facts: object) -> object:
    """The only environment of a queue of the template."""
    order = [{"Order": 1, "ComputeEnvironment": written}]
    (queue,) = setup(template("JobQueue", {"ComputeEnvironmentOrder": order}, facts)).job_queues
    assert queue.environments is not UNKNOWN
    (only,) = queue.environments
    assert only is not UNKNOWN
    return only.environment


def test_what_is_stated_is_known_and_all_else_is_not() -> None:
    (environment,) = environments_of_job([FACT])
    assert isinstance(environment, ComputeEnvironment)
    assert (environment.id, environment.is_imported) == ("Platform/Nodes", True)
    assert environment.instance_types == ("c5n.18xlarge",)
    assert (environment.max_vcpus, environment.type, environment.is_eks) == (288, "EC2", False)
    assert environment.placement_group is UNKNOWN
    assert environment.subnets is UNKNOWN
    made = environment.launch_template
    assert made is not UNKNOWN
    assert made is not None
    assert made.threads_per_core == 1
    assert made.user_data is UNKNOWN
    assert made.network_interfaces is not UNKNOWN
    assert [
        interface is not UNKNOWN and interface.is_efa for interface in made.network_interfaces
    ] == [True]


def test_what_is_not_stated_is_unknown() -> None:
    (environment,) = environments_of_job([{"id": "Platform/Nodes", "arn": ARN}])
    assert isinstance(environment, ComputeEnvironment)
    assert environment.instance_types is UNKNOWN
    assert environment.max_vcpus is UNKNOWN
    assert environment.launch_template is UNKNOWN


def test_no_efa_is_stated() -> None:
    (environment,) = environments_of_job([{**FACT, "efaInterfaces": 0}])
    assert isinstance(environment, ComputeEnvironment)
    assert environment.interfaces_carry_groups is False


@pytest.mark.parametrize("facts", [None, [], {}, "none", 3, ["text", 3, None]], ids=repr)
def test_metadata_of_another_form_states_nothing(facts: object) -> None:
    assert environments_of_job(facts) == []
    assert environment_of_queue(ARN, facts) is UNKNOWN


@pytest.mark.parametrize(
    "change",
    [
        {"instanceTypes": "c5n.18xlarge"},
        {"instanceTypes": [3]},
        {"maxvCpus": "288"},
        {"maxvCpus": -1},
        {"maxvCpus": True},
        {"efaInterfaces": None},
        {"efaInterfaces": 10**12},
    ],
    ids=repr,
)
def test_a_value_of_another_form_is_unknown(change: dict[str, Any]) -> None:
    (environment,) = environments_of_job([{"id": "Platform/Nodes", "arn": ARN, **change}])
    assert isinstance(environment, ComputeEnvironment)
    assert environment.instance_types is UNKNOWN
    assert environment.max_vcpus is UNKNOWN
    assert environment.launch_template is UNKNOWN


def test_an_environment_without_a_path_is_unknown() -> None:
    assert environments_of_job([{**FACT, "id": 3}]) == [UNKNOWN]


@pytest.mark.parametrize(
    "arn", [ARN, {"Fn::ImportValue": "Nodes"}, {"Fn::Sub": "arn:${AWS::Region}:nodes"}], ids=str
)
def test_a_queue_knows_the_environment_that_the_fact_names(arn: object) -> None:
    environment = environment_of_queue(arn, [{**FACT, "arn": arn}])
    assert isinstance(environment, ComputeEnvironment)
    assert environment.max_vcpus == 288


def test_a_fact_about_another_arn_is_ignored() -> None:
    assert environment_of_queue(f"{ARN}2", [FACT]) is UNKNOWN
