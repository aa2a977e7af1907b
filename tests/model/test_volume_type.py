"""What EC2 rejects of a volume."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.model.volume_type import VOLUME_TYPES, VolumeProblem


@pytest.mark.parametrize(
    ("name", "size", "iops", "throughput", "expected"),
    [
        pytest.param("gp3", 1, None, None, [], id="nothing set"),
        pytest.param("gp3", 0, None, None, [("volumeSize", "1 to 65536")], id="size"),
        pytest.param("gp3", UNKNOWN, 80_000, None, [], id="unknown size"),
        pytest.param("gp3", 10, 5001, None, [("iops", "at most 5000")], id="IOPS of the size"),
        pytest.param("gp3", 1, 3000, None, [], id="small, with the least IOPS"),
        pytest.param("gp3", 10, UNKNOWN, 2000, [], id="unknown IOPS"),
        pytest.param("gp3", 10, None, 751, [("throughput", "at most 750")], id="default IOPS"),
        pytest.param(
            "io1",
            1,
            None,
            125,
            [("volumeSize", "4 to 16384"), ("iops", "100 to 64000"), ("throughput", "not set")],
            id="all of them",
        ),
        pytest.param("gp2", 1, UNKNOWN, None, [("iops", "not set")], id="an unknown option"),
    ],
)
def test_every_setting_is_compared_with_the_limits_of_the_type(
    name: str,
    size: Maybe[int],
    iops: Maybe[int] | None,
    throughput: Maybe[int] | None,
    expected: list[tuple[str, str]],
) -> None:
    faults = VOLUME_TYPES[name].faults(size_gib=size, iops=iops, throughput=throughput)
    assert [(fault.member, fault.allowed) for fault in faults] == expected


def test_a_root_volume_holds_the_snapshot_of_the_ami() -> None:
    (fault,) = VOLUME_TYPES["gp3"].as_root.faults(size_gib=29, iops=None, throughput=None)
    assert (fault.problem, fault.allowed) == (VolumeProblem.OUT_OF_RANGE, "30 to 65536")


def test_a_throughput_needs_iops() -> None:
    (fault,) = VOLUME_TYPES["gp3"].faults(size_gib=100, iops=3000, throughput=1000)
    assert (fault.problem, fault.needed_iops) == (VolumeProblem.ABOVE_RATIO, 4000)
