"""How much of an instance's memory its containers can have."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cdk_batch_mnp.instances import InstanceType, default_catalogue
from cdk_batch_mnp.instances.memory import ECS_RESERVED_MIB, container_memory_mib

nominal_memory = st.integers(min_value=512, max_value=32 * 1024 * 1024)


def instance(memory_mib: int | None) -> InstanceType:
    return InstanceType(name="x9.huge", vcpus=1, memory_mib=memory_mib)


@pytest.mark.parametrize(
    ("memory_mib", "left"),
    [
        # nominal - 5 % rounded up - 256 of the system - 32 of the agent
        pytest.param(4096, 4096 - 205 - 256 - 32, id="c5.large"),
        pytest.param(16384, 16384 - 820 - 256 - 32, id="g5.xlarge"),
        pytest.param(147456, 147456 - 7373 - 256 - 32, id="c5.18xlarge"),
        pytest.param(786432, 786432 - 39322 - 256 - 32, id="hpc7a.96xlarge"),
        pytest.param(2097152, 2097152 - 104858 - 256 - 32, id="p5.48xlarge"),
    ],
)
def test_the_system_and_the_agent_keep_their_share(memory_mib: int, left: int) -> None:
    assert container_memory_mib(instance(memory_mib)) == left


@pytest.mark.parametrize(
    ("name", "overhead_mib"),
    [
        # What the kernel did not see of the nominal memory, as the Karpenter project measured it.
        pytest.param("a1.medium", 241, id="12 percent of a small one"),
        pytest.param("c5.large", 433, id="c5.large"),
        pytest.param("m5.large", 559, id="m5.large"),
        pytest.param("c5n.2xlarge", 1077, id="c5n.2xlarge"),
        pytest.param("c5.18xlarge", 6728, id="c5.18xlarge"),
        pytest.param("c5n.18xlarge", 7496, id="c5n.18xlarge"),
        pytest.param("m6i.32xlarge", 16441, id="m6i.32xlarge"),
        pytest.param("g5.48xlarge", 20552, id="g5.48xlarge"),
    ],
)
def test_no_more_is_promised_than_was_measured(name: str, overhead_mib: int) -> None:
    facts = default_catalogue().find(name)
    assert facts is not None
    assert facts.memory_mib is not None
    registered = facts.memory_mib - overhead_mib - ECS_RESERVED_MIB
    assert container_memory_mib(facts) <= registered


@given(nominal_memory, nominal_memory)
def test_more_memory_is_never_less_for_containers(one: int, other: int) -> None:
    less, more = sorted((one, other))
    assert container_memory_mib(instance(less)) <= container_memory_mib(instance(more))


@given(nominal_memory)
def test_the_agent_always_keeps_its_share(nominal: int) -> None:
    assert 4 <= container_memory_mib(instance(nominal)) < nominal - ECS_RESERVED_MIB


def test_containers_get_most_of_every_large_type() -> None:
    large = [each for each in default_catalogue() if (each.memory_mib or 0) >= 32768]
    assert len(large) > 500
    for instance_type in large:
        assert instance_type.memory_mib is not None
        assert container_memory_mib(instance_type) >= 0.94 * instance_type.memory_mib, (
            instance_type.name
        )


def test_unknown_memory_is_refused() -> None:
    with pytest.raises(ValueError, match=r"the memory of x9\.huge is unknown"):
        container_memory_mib(instance(None))
