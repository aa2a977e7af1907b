"""A newer catalogue is what the Regions report, and what an older one has of other types."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cdk_batch_mnp.instances import Catalogue, InstanceType
from cdk_batch_mnp.instances.merging import Merged, merge
from tests.instances.descriptions import FACTS, INFO, changed

OLD = InstanceType(name="old.large", vcpus=2)


def merged(*regions: list[dict[str, Any]], old: Catalogue | None = None) -> Merged:
    """Return the catalogue merged from the reports of Regions r1, r2 and so on."""
    described = {f"r{number}": infos for number, infos in enumerate(regions, 1)}
    return merge(described, old=old or Catalogue(), date="2027-01-31")


def test_a_new_type_is_reported_as_new() -> None:
    found = merged([INFO])
    assert list(found.catalogue) == [FACTS]
    assert (found.described, found.new, found.changed, found.kept) == (1, ("x9.huge",), (), ())
    assert found.catalogue.date == "2027-01-31"
    assert found.catalogue.sources == ("EC2 DescribeInstanceTypes in r1, of 1 types",)


def test_a_type_is_changed_if_any_fact_is() -> None:
    old = Catalogue({"x9.huge": replace(FACTS, current_generation=False)})
    assert merged([INFO], old=old).changed == ("x9.huge",)
    assert merged([INFO], old=Catalogue({"x9.huge": FACTS})).changed == ()


def test_a_type_that_existed_without_facts_is_new() -> None:
    found = merged([INFO], old=Catalogue(without_facts=frozenset({"x9.huge", "bare.large"})))
    assert found.new == ("x9.huge",)
    assert found.catalogue.find("bare.large") is None
    assert found.catalogue.exists("bare.large")


def test_types_that_are_not_described_stay_as_they_were_and_the_sources_say_so() -> None:
    found = merged([INFO], old=Catalogue({"old.large": OLD}, date="2026-11-24"))
    assert found.kept == ("old.large",)
    assert found.catalogue.find("old.large") is OLD
    assert found.catalogue.sources[-1] == "a catalogue of 2026-11-24, of 1 others"


def test_each_region_adds_its_types() -> None:
    other = INFO | {"InstanceType": "a1.huge"}
    found = merged([INFO], [INFO, other])
    assert found.catalogue.names() == ("a1.huge", "x9.huge")
    assert (found.described, found.contradictions) == (2, ())


def test_a_fact_that_regions_do_not_agree_on_is_reported_and_unknown() -> None:
    found = merged([INFO], [changed(lambda info: info.update(CurrentGeneration=False))])
    assert list(found.catalogue) == [replace(FACTS, current_generation=None)]
    assert found.contradictions == (
        "x9.huge: Regions disagree on current_generation: True in r1, False in r2",
    )


def test_the_order_of_a_regions_lists_is_not_a_contradiction() -> None:
    strategies = ["cluster", "spread"]
    found = merged(
        [INFO | {"PlacementGroupInfo": {"SupportedStrategies": strategies}}],
        [INFO | {"PlacementGroupInfo": {"SupportedStrategies": strategies[::-1]}}],
    )
    assert found.contradictions == ()
    (facts,) = found.catalogue
    assert facts.placement_strategies == ("cluster", "spread")


def test_a_fact_that_one_region_leaves_out_is_that_of_the_other() -> None:
    silent = changed(lambda info: info.pop("NeuronInfo")) | {"InstanceType": "trn9.large"}
    for regions in ([silent], [INFO | {"InstanceType": "trn9.large"}]), ([silent], [silent]):
        (facts,) = merged(*regions).catalogue
        assert facts.neuron_devices == (3 if regions[1] != [silent] else None)


def with_vcpus(count: int) -> dict[str, Any]:
    cpu = {"DefaultVCpus": count, "DefaultCores": count, "DefaultThreadsPerCore": 1}
    return INFO | {"VCpuInfo": cpu}


def test_a_type_whose_vcpus_regions_do_not_agree_on_has_no_facts() -> None:
    found = merged([with_vcpus(4)], [with_vcpus(6)])
    assert found.catalogue.find("x9.huge") is None
    assert found.catalogue.exists("x9.huge")
    assert "x9.huge: Regions disagree on vcpus: 4 in r1, 6 in r2" in found.contradictions


@pytest.mark.parametrize(
    ("old", "kept"),
    [
        pytest.param(Catalogue(), (), id="new type"),
        pytest.param(Catalogue({"x9.huge": FACTS}), ("x9.huge",), id="known type"),
    ],
)
def test_a_description_that_contradicts_itself_is_reported_and_not_used(
    old: Catalogue, kept: tuple[str, ...]
) -> None:
    found = merged([changed(lambda info: info.update(BareMetal=True))], old=old)
    assert found.contradictions == ("x9.huge: BareMetal is True",)
    assert found.kept == kept
    assert found.catalogue.find("x9.huge") == old.find("x9.huge")
    assert found.catalogue.exists("x9.huge")


def test_the_same_contradiction_in_several_regions_is_reported_once() -> None:
    wrong = changed(lambda info: info.update(BareMetal=True))
    assert merged([wrong], [wrong]).contradictions == ("x9.huge: BareMetal is True",)


def test_one_right_description_is_enough() -> None:
    found = merged([changed(lambda info: info.update(BareMetal=True))], [INFO])
    assert list(found.catalogue) == [FACTS]
