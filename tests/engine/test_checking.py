"""Which definitions meet which queues, and what is reported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cdk_batch_mnp.engine.finding import Report
from cdk_batch_mnp.engine.rule import Violation
from cdk_batch_mnp.instances import Catalogue, InstanceType
from cdk_batch_mnp.model.launch_template import NetworkInterface
from cdk_batch_mnp.model.network import PlacementGroup
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.resource import ANYWHERE, Location
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.checking import check
from cdk_batch_mnp.rules.discovery import all_rules
from cdk_batch_mnp.rules.environments.environment_fit import max_vcpus
from tests.rules.drawn_setups import (
    setups_at_random,
)
from tests.rules.setups import (
    VCPUS,
    definition,
    environment,
    findings,
    ids,
    launch_template,
    node_group,
    queue,
    setup,
    subnet,
    time_limit_action,
)

good = queue(id="Stack/Good")
spot = queue(environment(id="Stack/Spot", type="SPOT"), id="Stack/SpotQueue")
fargate = queue(environment(id="Stack/Fargate", type="FARGATE"), id="Stack/FargateQueue")
unmanaged = queue(environment(id="Stack/Own", management="UNMANAGED"), id="Stack/OwnQueue")
small = queue(environment(id="Stack/Small", max_vcpus=VCPUS), id="Stack/SmallQueue")
other_type = queue(
    environment(id="Stack/Other", instance_types=("m5.large",)), id="Stack/OtherQueue"
)
training = queue(id="Stack/TrainingQueue", environments=(), runs_service_jobs=True)
nowhere = queue(id="Stack/NowhereQueue", environments=())


def test_a_right_setup_has_no_findings() -> None:
    assert check(setup()) == Report()


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


def test_the_environment_that_is_not_taken_is_not_checked_further() -> None:
    untidy = environment(id="Stack/Small", max_vcpus=VCPUS, subnets=(subnet(kind="public"),))
    assert ids(queue(untidy, environment())) == ["MNP207"]


def test_without_a_queue_only_the_definitions_own_rules_run() -> None:
    wrong = definition(main_node=9, num_nodes=8)
    found = check(MnpSetup(job_definitions=(wrong,))).findings
    assert [each.rule.id for each in found] == ["MNP303"]


def test_a_queue_of_service_environments_is_for_other_jobs() -> None:
    cancelling = queue(
        id="Stack/TrainingQueue",
        environments=(),
        runs_service_jobs=True,
        time_limit_actions=(time_limit_action(action="TERMINATE"),),
    )
    assert ids(cancelling) == []
    assert ids(cancelling, spot) == ["MNP101"]


def test_single_node_definitions_are_not_checked() -> None:
    single = definition(type="container", num_nodes=None, main_node=None, node_groups=())
    assert ids(single, spot) == []
    assert ids(replace(single, type=UNKNOWN), spot) == []


def test_what_no_multi_node_job_goes_to_is_not_checked_unless_it_is_dedicated() -> None:
    bare = environment(id="Stack/Bare", placement_group=None, security_groups=None)
    alone = MnpSetup(compute_environments=(bare,))
    assert check(alone).findings == ()
    dedicated = replace(bare, is_dedicated=True)
    for each in (
        MnpSetup(compute_environments=(dedicated,)),
        MnpSetup(job_queues=(queue(dedicated),)),
    ):
        # Whether a job misses the placement group is not known without a job.
        assert [one.rule.id for one in check(each).findings] == ["MNP415"]


def test_a_dedicated_queue_is_checked_without_a_definition() -> None:
    own = queue(priority=1001, is_dedicated=True)
    assert [one.rule.id for one in check(MnpSetup(job_queues=(own,))).findings] == ["MNP206"]


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"environments": UNKNOWN}, id="all environments unknown"),
        pytest.param({"environments": (*spot.environments, UNKNOWN)}, id="one environment unknown"),  # type: ignore[misc]
    ],
)
def test_an_unknown_environment_may_be_the_one_that_takes_the_job(changes: dict[str, Any]) -> None:
    assert ids(replace(spot, **changes)) == []


def test_an_accepted_error_keeps_no_queue_from_taking_the_job() -> None:
    job = definition(acknowledged={"MNP106": "max vCPUs are raised before each job"})
    assert ids(job, small) == []
    assert len(check(setup(job, small)).acknowledged) == 1


def test_each_definition_is_reported_with_its_own_misfit() -> None:
    jobs = [definition(id=f"Stack/Job{number}") for number in range(3)]
    found = findings(*jobs, small)
    assert [each.resource_id for each in found] == ["Stack/Job0", "Stack/Job1", "Stack/Job2"]


def test_each_definition_finds_its_own_queue() -> None:
    other = definition(
        id="Stack/Other",
        node_groups=(node_group(container_instance_type="m5.large", containers=UNKNOWN),),
    )
    assert ids(definition(), other, good, other_type) == []


def test_the_catalogue_and_the_rules_can_be_chosen() -> None:
    own = Catalogue().with_types(InstanceType(name="c5.18xlarge", vcpus=100))
    (finding,) = check(setup(), catalogue=own, rules=[max_vcpus]).findings
    assert finding.actual == "400 vCPUs"
    assert check(setup(small), rules=[]).findings == ()


@given(setups_at_random(), st.data())
@settings(deadline=None)
def test_the_report_does_not_depend_on_the_order_of_the_parts(
    given: MnpSetup, data: st.DataObject
) -> None:
    def shuffled(parts: Any) -> Any:
        return tuple(data.draw(st.permutations(parts)))

    turned = MnpSetup(
        job_definitions=shuffled(given.job_definitions),
        job_queues=tuple(
            replace(each, environments=shuffled(each.environments))
            for each in shuffled(given.job_queues)
        ),
    )
    assert check(turned) == check(given)


@given(setups_at_random())
@settings(deadline=None)
def test_every_finding_says_all_that_is_needed_to_act(given: MnpSetup) -> None:
    report = check(given)
    assume(report.findings)
    known = {job_definition.id for job_definition in given.job_definitions} | {
        job_queue.id for job_queue in given.job_queues
    }
    environments = [one for job_queue in given.job_queues for one in job_queue.known_environments]
    known |= {one.id for one in environments}
    known |= {used.id for one in environments for used in one.uses}
    known |= {role.id for job_definition in given.job_definitions for role in job_definition.roles}
    for finding in report.findings:
        assert finding.resource_id in known
        text = str(finding)
        for part in (
            finding.rule.id,
            finding.place,
            finding.message,
            str(finding.actual),
            finding.expected,
            finding.fix,
            finding.rule.why,
            finding.rule.source,
        ):
            assert part.strip()
            assert part in text
        assert "UNKNOWN" not in finding.message
        assert not finding.message.endswith(".")


def test_a_rule_that_raises_is_reported_and_hides_no_other() -> None:
    def broken(subject: object, catalogue: Catalogue) -> Iterator[Violation]:
        raise KeyError("a broken rule")

    every_rule = [
        replace(rule, check=broken) if rule.id == "MNP317" else rule for rule in all_rules()
    ]
    report = check(setup(queue(environment(max_vcpus=VCPUS))), rules=every_rule)
    assert [(crash.rule.id, crash.resource_id) for crash in report.crashes] == [
        ("MNP317", definition().id)
    ]
    assert "MNP106" in {finding.rule.id for finding in report.findings}


def test_what_a_rule_said_before_it_raised_is_kept() -> None:
    def half(subject: Any, catalogue: Catalogue) -> Iterator[Violation]:
        yield Violation(
            resource=subject,
            property_path=PROPERTIES / "x",
            message="wrong",
            actual=1,
            expected="2",
        )
        raise ValueError

    (rule,) = (known for known in all_rules() if known.id == "MNP317")
    report = check(setup(), rules=[replace(rule, check=half)])
    assert [finding.message for finding in report.findings] == ["wrong"]
    assert len(report.crashes) == 1


OHIO, IRELAND = (
    Location(account="123456789012", region=each) for each in ("us-east-2", "eu-west-1")
)


@pytest.mark.parametrize(
    ("job_location", "queue_location", "expected"),
    [
        (OHIO, OHIO, ["MNP106"]),
        (OHIO, IRELAND, []),
        (OHIO, Location(account="210987654321", region="us-east-2"), []),
        (ANYWHERE, IRELAND, ["MNP106"]),
        (OHIO, Location(region="us-east-2"), ["MNP106"]),
        (OHIO, Location(region="eu-west-1"), []),
    ],
)
def test_a_definition_meets_the_queues_that_may_be_in_its_account_and_region(
    job_location: Location, queue_location: Location, expected: list[str]
) -> None:
    job = definition(location=job_location)
    assert ids(job, replace(small, location=queue_location)) == expected


def test_a_definition_for_one_queue_meets_no_other() -> None:
    job = definition(job_queue=small.id)
    assert ids(job, small, good) == ["MNP106"]
    assert ids(job, good) == []


def test_the_vcpus_of_unlisted_types_are_those_of_the_setup() -> None:
    job = definition(node_groups=(node_group(container_instance_type="x9.huge"),))
    takes = queue(environment(instance_types=("x9.huge",), max_vcpus=512))
    parts = MnpSetup(job_definitions=(job,), job_queues=(takes,))
    unlisted = {finding.rule.id for finding in check(parts).findings}
    known = {
        finding.rule.id
        for finding in check(replace(parts, vcpus_of_types={"x9.huge": 512})).findings
    }
    assert "MNP106" not in unlisted
    assert "MNP106" in known
