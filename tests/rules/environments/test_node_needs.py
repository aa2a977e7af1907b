"""The fewest vCPUs that the instances of a job have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.instances import default_catalogue
from cdk_batch_mnp.model.container import Container
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NodeGroup
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.environments.node_needs import Request, least_vcpus
from tests.rules.setups import container, definition, environment, node_group, requirements

FAMILIES = ("c5", "c6i", "g5", "r6i", "optimal", "default_arm64", "m5.large", "x99")

amounts = st.fixed_dictionaries(
    {
        "VCPU": st.integers(1, 120).map(str),
        "MEMORY": st.integers(4, 200_000).map(str),
        "GPU": st.integers(0, 5).map(str),
    }
)


def asking(amounts: dict[str, str]) -> Container:
    return container(requirements=requirements(**amounts))


def job(*asked: dict[str, str], num_nodes: int) -> JobDefinition:
    """The first nodes ask for one amount each, and the last group has the rest."""
    last = len(asked) - 1
    return definition(
        num_nodes=num_nodes,
        node_groups=tuple(
            node_group(
                target_nodes=f"{position}:" if position == last else str(position),
                containers=(asking(amount),),
                container_instance_type=None,
            )
            for position, amount in enumerate(asked)
        ),
    )


@given(
    st.lists(amounts, min_size=1, max_size=4),
    st.integers(4, 20),
    st.lists(st.sampled_from(FAMILIES), min_size=1, max_size=3, unique=True),
)
def test_the_number_is_between_what_is_requested_and_any_types_that_hold_the_nodes(
    asked: list[dict[str, str]], num_nodes: int, types: list[str]
) -> None:
    given_job = job(*asked, num_nodes=num_nodes)
    where = environment(instance_types=tuple(types))
    least = least_vcpus(given_job, where, num_nodes, default_catalogue()).vcpus
    numbers = [1] * (len(asked) - 1) + [num_nodes - len(asked) + 1]
    wanted = [int(each["VCPU"]) for each in asked]
    assert least >= sum(number * each for number, each in zip(numbers, wanted, strict=True))
    for facts in default_catalogue():
        if facts.family not in types or not all(
            Request.of(group).may_fit(facts) for group in given_job.known_node_groups
        ):
            continue
        assert least <= num_nodes * facts.vcpus


@given(st.lists(amounts, min_size=1, max_size=4), st.integers(4, 20), st.data())
def test_to_know_less_never_raises_the_number(
    asked: list[dict[str, str]], num_nodes: int, data: st.DataObject
) -> None:
    given_job = job(*asked, num_nodes=num_nodes)
    where = environment(instance_types=("c5", "g5"))
    known = least_vcpus(given_job, where, num_nodes, default_catalogue()).vcpus
    groups: list[Any] = list(given_job.known_node_groups)
    position = data.draw(st.integers(0, len(groups) - 1))
    group: NodeGroup = groups[position]
    groups[position] = data.draw(
        st.sampled_from(
            [
                UNKNOWN,
                replace(group, containers=UNKNOWN),
                replace(group, target_nodes=UNKNOWN),
                replace(group, containers=(container(requirements=UNKNOWN),)),
            ]
        )
    )
    less = replace(given_job, node_groups=tuple(groups))
    for types in (("c5", "g5"), UNKNOWN, ("c5", UNKNOWN)):
        least = least_vcpus(
            less, replace(where, instance_types=types), num_nodes, default_catalogue()
        )
        assert least.vcpus <= known
