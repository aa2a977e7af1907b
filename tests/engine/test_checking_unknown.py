"""What is unknown about a setup adds no findings."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.rules.checking import check
from tests.rules.drawn_setups import (
    less_known,
    parts_alone,
    setups_at_random,
    ways_to_know_less,
)
from tests.rules.setups import definition, environment, groups, queue, setup

good = queue(id="Stack/Good")
spot = queue(environment(id="Stack/Spot", type="SPOT"), id="Stack/SpotQueue")
fargate = queue(environment(id="Stack/Fargate", type="FARGATE"), id="Stack/FargateQueue")


def rules_and_paths(each: MnpSetup) -> set[tuple[str, str]]:
    report = check(each)
    accepted = [one.finding for one in report.acknowledged]
    return {(one.rule.id, one.resource_id) for one in (*report.findings, *accepted)}


RIGHT = {
    "one node group": setup(),
    "nested groups": setup(definition(node_groups=groups("0:", "1:2"))),
    "two queues": setup(good, queue(id="Stack/Second")),
    "beside other jobs' queues": setup(good, spot, fargate),
    "two definitions": setup(definition(), definition(id="Stack/Second", num_nodes=2)),
    "dedicated": setup(queue(environment(is_dedicated=True), is_dedicated=True)),
}


@pytest.mark.parametrize("right", RIGHT.values(), ids=RIGHT)
def test_to_know_less_of_a_right_setup_finds_nothing(right: MnpSetup) -> None:
    assert rules_and_paths(right) == set()
    ways = list(less_known(right))
    assert len(ways) > 60
    assert {path: check(less).findings for path, less in ways} == {path: () for path, _ in ways}


@given(setups_at_random(), st.data())
def test_to_know_less_of_a_wrong_setup_finds_nothing_new(
    given: MnpSetup, data: st.DataObject
) -> None:
    """An unknown value may move the choice to another queue or environment, and no more.

    What is found then is found for that queue or environment alone as well, with all values known.
    """
    expected = set().union(*(rules_and_paths(each) for each in parts_alone(given)))
    # An amount that AWS rejects is no amount; an unknown one is at least 1.
    expected |= {("MNP312", path) for rule, path in expected if rule == "MNP311"}
    # Groups beyond a number of nodes that is known are its mistake; otherwise, they count as nodes.
    expected |= {("MNP106", path) for rule, path in expected if rule == "MNP301"}
    less = given
    for _ in range(data.draw(st.integers(1, 3))):
        ways = list(ways_to_know_less(less))
        path, build = ways[data.draw(st.integers(0, len(ways) - 1))]
        less = build()
        assert rules_and_paths(less) <= expected, path


def test_ways_to_know_less_reach_into_every_part() -> None:
    paths = {path for path, _ in less_known(setup())}
    turn = ".job_queues[0].environments[0]"
    assert {
        ".job_definitions[0].num_nodes",
        ".job_definitions[0].node_groups[0].containers[0].requirements[1].value",
        ".job_queues[0].environments",
        turn,
        f"{turn}.environment.max_vcpus",
        f"{turn}.environment.instance_types[0]",
        f"{turn}.environment.subnets[0].vpc.endpoints",
        f"{turn}.environment.launch_template.block_devices[0].encrypted",
        f"{turn}.environment.security_groups[0].ingress[0].peer",
        ".job_queues[0].time_limit_actions[0].max_time_seconds",
    } <= paths
