"""Which queue a job was meant for, where several could be, and what is said of the others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.model.launch_template import NetworkInterface
from cdk_batch_mnp.model.network import PlacementGroup
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.checking import check
from tests.engine.queues import fargate, good, nowhere, other_type, small, spot, training, unmanaged
from tests.rules.setups import (
    VCPUS,
    definition,
    environment,
    findings,
    ids,
    launch_template,
    queue,
    setup,
    time_limit_action,
)


@pytest.mark.parametrize(
    "other",
    [spot, fargate, unmanaged, small, other_type, training, nowhere],
    ids=lambda other: other.id,
)
def test_queues_for_other_jobs_are_no_error_if_one_queue_is_right(other: Any) -> None:
    assert ids(good, other) == []
    assert ids(other, good) == []


def test_warnings_on_a_queue_that_the_job_need_not_take_are_not_reported() -> None:
    untidy = replace(spot, priority=5000, time_limit_actions=())
    assert ids(untidy, good) == []


@pytest.mark.parametrize(
    ("queues", "expected"),
    [
        ((spot,), ["MNP101"]),
        ((fargate,), ["MNP102"]),
        ((unmanaged,), ["MNP103"]),
        ((small,), ["MNP106"]),
        ((other_type,), ["MNP107"]),
        ((nowhere,), ["MNP201"]),
        ((spot, small), ["MNP106"]),
        ((fargate, other_type, spot), ["MNP107"]),
        ((other_type, small), ["MNP106"]),
        ((nowhere, small), ["MNP106"]),
    ],
    ids=lambda each: "+".join(one.id for one in each) if isinstance(each, tuple) else None,
)
def test_without_a_right_queue_the_nearest_miss_is_reported(
    queues: tuple[Any, ...], expected: list[str]
) -> None:
    assert ids(*queues) == expected
    assert ids(*reversed(queues)) == expected


def test_the_nearest_miss_says_why_the_other_queues_cannot_take_the_job() -> None:
    (finding,) = findings(spot, small, other_type)
    assert finding.resource_id == "Stack/Job"
    assert finding.notes == (
        "queue Stack/OtherQueue cannot take it: Stack/Other cannot launch c5.18xlarge, only "
        "m5.large",
        "queue Stack/SpotQueue cannot take it: Stack/Spot is Spot, which does not support "
        "multi-node parallel jobs",
    )
    assert all(f"  note:     {note}" in str(finding) for note in finding.notes)


def for_other_jobs(**changes: Any) -> Any:
    """A queue whose environment has nothing that multi-node parallel jobs need."""
    right: dict[str, Any] = {"placement_group": None, "instance_types": ("c5", "m5")}
    return queue(environment(id="Stack/General", **(right | changes)), id="Stack/GeneralQueue")


def test_a_queue_for_other_jobs_does_not_hide_the_spot_queue_that_was_meant() -> None:
    for parts in ((spot, for_other_jobs()), (for_other_jobs(), spot)):
        (finding,) = findings(*parts)
        assert (finding.rule.id, finding.resource_id) == ("MNP101", "Stack/Job")
        assert "Stack/Spot is Spot" in finding.message
        assert finding.notes == (
            "queue Stack/GeneralQueue could take it, but appears to be for other jobs: it has no "
            "placement group, EFA or Capacity Block",
        )


def test_a_queue_for_other_jobs_is_not_the_one_to_fix() -> None:
    assert ids(spot, for_other_jobs(max_vcpus=VCPUS)) == ["MNP101"]
    assert ids(for_other_jobs(max_vcpus=VCPUS)) == ["MNP106", "MNP401"]


def test_a_queue_for_other_jobs_does_not_hide_errors_of_the_queue_that_was_meant() -> None:
    wrong = queue(environment(security_groups=(), launch_template_version="$Latest"))
    assert ids(wrong, for_other_jobs()) == ids(wrong) != []


EFA = NetworkInterface(device_index=0, interface_type="efa", security_groups=("Stack/Nodes",))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"placement_group": UNKNOWN}, id="an unknown placement group"),
        pytest.param(
            {"placement_group": PlacementGroup(id="Stack/Group", strategy=UNKNOWN)},
            id="a placement group of unknown strategy",
        ),
        pytest.param(
            {"placement_group": PlacementGroup(id="Stack/Group", strategy="spread")},
            id="a spread placement group",
        ),
        pytest.param(
            {"launch_template": launch_template(placement_group="nodes")},
            id="a placement group in the launch template",
        ),
        pytest.param(
            {"launch_template": launch_template(market_type="capacity-block")}, id="Capacity Block"
        ),
        pytest.param({"launch_template": UNKNOWN}, id="an unknown launch template"),
        pytest.param({"has_template_overrides": True}, id="launch template overrides"),
        pytest.param({"is_dedicated": True}, id="dedicated"),
        pytest.param({"acknowledged": {"MNP401": "nodes hardly communicate"}}, id="acknowledged"),
    ],
)
def test_a_queue_that_may_be_meant_takes_the_job(changes: dict[str, Any]) -> None:
    assert "MNP101" not in ids(spot, for_other_jobs(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"placement_group": None}, id="without a placement group"),
        pytest.param({"placement_group": UNKNOWN}, id="with an unknown placement group"),
        pytest.param({"instance_types": ("m5",)}, id="for another type"),
        pytest.param({"type": "FARGATE"}, id="on Fargate"),
        pytest.param({"type": UNKNOWN}, id="of an unknown type"),
    ],
)
def test_a_spot_queue_that_could_not_hold_the_job_was_not_meant(changes: dict[str, Any]) -> None:
    other = queue(environment(**({"id": "Stack/Spot", "type": "SPOT"} | changes)), id="Stack/Queue")
    assert not {"MNP101", "MNP102"} & set(ids(other, for_other_jobs()))


def test_a_queue_for_other_jobs_does_not_hide_a_queue_that_is_too_small() -> None:
    (finding,) = findings(small, for_other_jobs())
    assert finding.rule.id == "MNP106"
    assert "Stack/Small" in finding.message
    both = queue(environment(id="Stack/Spot", type="SPOT", max_vcpus=VCPUS), id="Stack/SpotQueue")
    assert ids(both, for_other_jobs()) == ["MNP101"]


def test_a_queue_that_another_definition_uses_was_meant_for_that_one() -> None:
    lesser = definition(id="Stack/Lesser", num_nodes=1)
    assert ids(lesser, definition(), small, for_other_jobs()) == ["MNP401"]
    assert ids(definition(), lesser, for_other_jobs(), small) == ["MNP401"]


def test_the_queue_that_lists_the_type_of_the_job_is_as_likely() -> None:
    listing = for_other_jobs(instance_types=("c5.18xlarge", "m5"))
    family = queue(environment(id="Stack/Spot", type="SPOT", instance_types=("c5",)), id="Stack/Q")
    assert "MNP101" not in ids(family, listing)
    assert ids(spot, listing) == ["MNP101"]


def test_of_two_queues_for_the_type_of_the_job_the_one_with_a_placement_group_was_meant() -> None:
    alone = for_other_jobs(instance_types=("c5.18xlarge",))
    assert ids(spot, alone) == ["MNP101"]
    assert ids(alone, small) == ["MNP106"]
    assert ids(alone, queue()) == []
    types = ("c5.18xlarge", "m5.large")
    several = queue(environment(id="Stack/Spot", type="SPOT", instance_types=types), id="Stack/Q")
    assert ids(several, alone) == ["MNP401"]


def test_a_placement_group_whose_name_is_not_known_shows_what_a_queue_is_for() -> None:
    named = {"placement_group": UNKNOWN, "sets_placement_group": True}
    meant = queue(environment(id="Stack/Spot", type="SPOT", **named), id="Stack/SpotQueue")
    assert ids(meant, for_other_jobs()) == ["MNP101"]
    assert "MNP101" not in ids(spot, for_other_jobs(**named))


def test_an_efa_interface_shows_what_a_queue_is_for() -> None:
    template = launch_template(network_interfaces=(EFA,))
    assert environment(placement_group=None, launch_template=template).is_made_for_multi_node
    assert environment(placement_group=None).is_made_for_multi_node is False
    assert queue(environment(placement_group=None), UNKNOWN).is_made_for_multi_node is UNKNOWN


def test_a_single_wrong_queue_needs_no_notes() -> None:
    (finding,) = findings(spot)
    assert finding.notes == ()


def test_one_right_environment_of_a_queue_is_enough() -> None:
    both = queue(
        environment(id="Stack/Small", max_vcpus=VCPUS),
        environment(),
        acknowledged={"MNP207": "the second is a reserve"},
    )
    assert ids(both) == []


def test_a_queue_of_service_environments_is_for_other_jobs() -> None:
    cancelling = queue(
        id="Stack/TrainingQueue",
        environments=(),
        runs_service_jobs=True,
        time_limit_actions=(time_limit_action(action="TERMINATE"),),
    )
    assert ids(cancelling) == []
    assert ids(cancelling, spot) == ["MNP101"]


def test_an_accepted_error_keeps_no_queue_from_taking_the_job() -> None:
    job = definition(acknowledged={"MNP106": "max vCPUs are raised before each job"})
    assert ids(job, small) == []
    assert len(check(setup(job, small)).acknowledged) == 1
