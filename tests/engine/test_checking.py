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
from cdk_batch_mnp.model.property_path import PROPERTIES
from cdk_batch_mnp.model.resource import ANYWHERE, Location
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.checking import check
from cdk_batch_mnp.rules.discovery import all_rules
from cdk_batch_mnp.rules.environments.environment_fit import max_vcpus
from tests.engine.queues import good, other_type, small, spot
from tests.rules.drawn_setups import setups_at_random
from tests.rules.setups import (
    VCPUS,
    definition,
    environment,
    findings,
    ids,
    node_group,
    queue,
    setup,
    subnet,
)


def test_a_right_setup_has_no_findings() -> None:
    assert check(setup()) == Report()


def test_the_environment_that_is_not_taken_is_not_checked_further() -> None:
    untidy = environment(id="Stack/Small", max_vcpus=VCPUS, subnets=(subnet(kind="public"),))
    assert ids(queue(untidy, environment())) == ["MNP207"]


def test_without_a_queue_only_the_definitions_own_rules_run() -> None:
    wrong = definition(main_node=9, num_nodes=8)
    found = check(MnpSetup(job_definitions=(wrong,))).findings
    assert [each.rule.id for each in found] == ["MNP303"]


def test_single_node_definitions_are_not_checked() -> None:
    single = definition(type="container", num_nodes=None, main_node=None, node_groups=())
    assert ids(single, spot) == []
    assert ids(replace(single, type=UNKNOWN), spot) == []


def test_what_no_multi_node_job_goes_to_is_not_checked_unless_it_is_dedicated() -> None:
    bare = environment(id="Stack/Bare", placement_group=None, security_groups=None)
    alone = MnpSetup(compute_environments=(bare,))
    assert check(alone).findings == ()
    dedicated = replace(bare, is_dedicated=True)
    for parts in (
        MnpSetup(compute_environments=(dedicated,)),
        MnpSetup(job_queues=(queue(dedicated),)),
    ):
        # Whether a job misses the placement group is not known without a job.
        assert [one.rule.id for one in check(parts).findings] == ["MNP415"]


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
            replace(job_queue, environments=shuffled(job_queue.environments))
            for job_queue in shuffled(given.job_queues)
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
    Location(account="123456789012", region=region) for region in ("us-east-2", "eu-west-1")
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
