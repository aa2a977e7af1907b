"""What the measured network means for the job."""

from __future__ import annotations

import pytest

from cdk_batch_mnp_launch.protocol.frames import FrameError
from cdk_batch_mnp_launch.protocol.messages import Host
from cdk_batch_mnp_launch.ring import Report, judge, next_of, previous_of

HOSTS = [
    Host(node, f"10.0.0.{node}", f"ip-{node}", 1, 1, 0, 0, 0, "every", "", 0) for node in range(64)
]
GOOD = {host.node: Report("", 1e9) for host in HOSTS}


def test_every_node_sends_to_one_and_receives_from_one() -> None:
    assert [next_of(index, 3) for index in range(3)] == [1, 2, 0]
    assert all(previous_of(next_of(index, 64), 64) == index for index in range(64))


def test_an_even_network_is_not_mentioned() -> None:
    assert judge(HOSTS, {**GOOD, 5: Report("", 0.5e9)}, 7879) == ([], [])


def test_a_pair_below_half_of_the_median_is_named_with_both_figures() -> None:
    errors, (warning,) = judge(HOSTS, {**GOOD, 5: Report("", 0.31e9)}, 7879)
    assert errors == []
    assert warning == "slow network: node 4 to node 5: 310 MB/s; the median is 1000 MB/s"


def test_the_median_of_an_even_number_of_rates_is_between_the_middle_two() -> None:
    rates = dict(enumerate((0.2e9, 0.4e9, 0.9e9, 1e9)))
    _, (warning,) = judge(HOSTS[:4], {node: Report("", rate) for node, rate in rates.items()}, 7879)
    assert warning == "slow network: node 3 to node 0: 200 MB/s; the median is 650 MB/s"


def test_the_median_of_an_odd_number_of_rates_is_the_middle_one() -> None:
    rates = dict(enumerate((1e9, 0.3e9, 0.7e9)))
    _, (warning,) = judge(HOSTS[:3], {node: Report("", rate) for node, rate in rates.items()}, 7879)
    assert warning == "slow network: node 0 to node 1: 300 MB/s; the median is 700 MB/s"


def test_a_pair_that_cannot_connect_is_an_error_that_names_both_nodes_and_the_port() -> None:
    reports = {**GOOD, 63: Report("no answer", 1e9), 0: Report("", 0)}
    (error,), warnings = judge(HOSTS, reports, 7879)
    assert warnings == []
    assert error.startswith("node 63 (10.0.0.63) cannot send to node 0 (10.0.0.0): no answer; ")
    assert "security group" in error
    assert "at least on 7879" in error


def test_a_node_from_which_nothing_arrives_is_an_error() -> None:
    (error,) = judge(HOSTS, {**GOOD, 7: Report("", 0)}, 7879).errors
    assert "node 6 (10.0.0.6) cannot send to node 7 (10.0.0.7): nothing arrives" in error


def test_a_node_that_does_not_report_is_an_error() -> None:
    (error,) = judge(HOSTS, {i: GOOD[i] for i in GOOD if i != 9}, 7879).errors
    assert "node 9 (10.0.0.9) cannot send to node 10 (10.0.0.10): it has not reported" in error


def test_a_closed_security_group_is_not_a_message_without_end() -> None:
    reports = {host.node: Report("no answer", 0) for host in HOSTS}
    (error,) = judge(HOSTS, reports, 7879).errors
    assert error.count("cannot send") == 8
    assert "; and 56 more; " in error


@pytest.mark.parametrize(
    "message",
    [{}, {"problem": ""}, {"problem": "", "rate": "fast"}, {"problem": "", "rate": float("nan")}],
)
def test_what_is_not_a_report_is_rejected(message: dict[str, object]) -> None:
    with pytest.raises(FrameError):
        Report.of_message(message)


def test_a_report_survives_its_way() -> None:
    report = Report("no answer", 12.5)
    assert Report.of_message(report.as_message()) == report
