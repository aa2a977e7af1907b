"""``--preflight net`` finds nodes that do not reach each other, and those with a slow network."""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Iterator

import pytest

from tests.clients.images import with_launcher
from tests.clients.platform import Platform, running_platform

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(sys.platform != "linux", reason="each node needs a network namespace"),
    pytest.mark.skipif(shutil.which("tc") is None, reason="needs the commands ip and tc"),
]

LAUNCH = "exec mnp-launch --preflight net -- echo begun"
ON_NODE_1 = 'if [ "$AWS_BATCH_JOB_NODE_INDEX" = 1 ]; then {}; fi; ' + LAUNCH
SLOW = "tc qdisc add dev eth0 root tbf rate 80mbit burst 256kbit latency 100ms"
# Node 1 still reaches the main node, and nothing else in the subnet.
ALONE = (
    'ip route add "$AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS/32" via 10.0.1.1 dev eth0 onlink;'
    " ip route add unreachable 10.0.1.0/24"
)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    image = tmp_path_factory.mktemp("image")
    (image / "bin").mkdir()
    with running_platform({"launcher": with_launcher(image)}, network="namespaces") as platform:
        yield platform


def run(platform: Platform, line: str) -> tuple[int, str]:
    """Run a line of a shell on four nodes; return the exit code and the log of the main node."""
    job = platform.run_nodes(4, image="launcher", command=["sh", "-c", line])
    return job["attempts"][-1]["container"]["exitCode"], "\n".join(platform.log_of_main(job))


def test_a_job_starts_if_all_nodes_reach_each_other(platform: Platform) -> None:
    code, log = run(platform, LAUNCH)
    assert code == 0, log
    assert "all nodes are ready, measuring the network" in log
    assert log.endswith("\nbegun")


def test_a_node_with_a_slow_network_is_named_and_the_job_starts(platform: Platform) -> None:
    code, log = run(platform, ON_NODE_1.format(SLOW))
    assert code == 0, log
    # On a busy machine, others may be slow too.
    (warning,) = [line for line in log.splitlines() if "warning: slow network: " in line]
    (speed,) = re.findall(r"node 1 to node 2: (\d+) MB/s", warning)
    assert int(speed) < 20  # 80 Mbit/s are 10 MB/s, more with the burst, less on a busy machine
    assert " MB/s; the median is " in warning


def test_nodes_that_do_not_reach_each_other_are_both_named(platform: Platform) -> None:
    code, log = run(platform, ON_NODE_1.format(ALONE))
    assert code == 77, log
    assert "the job failed: node 1 (10.0.1." in log
    assert ") cannot send to node 2 (10.0.1." in log
    assert "security group" in log
