"""A node with several network interfaces names the one that reaches the others."""

from __future__ import annotations

import shutil

import pytest

from tests.faults.jobs import Jobs

# What a node of Amazon ECS has beside its own: the agent's, Docker's, and more network cards.
# The addresses are far from the first ones, which nodes of an earlier job may still have.
OTHERS = """
ip link add ecs-eth0 type veth peer name eth1
ip link add docker0 type veth peer name eth2
ip address add 169.254.172.2/22 dev ecs-eth0
ip address add 172.17.0.1/16 dev docker0
ip address add 10.0.1.20$AWS_BATCH_JOB_NODE_INDEX/24 dev eth1 noprefixroute
ip address add 10.0.9.1$AWS_BATCH_JOB_NODE_INDEX/24 dev eth2
for each in ecs-eth0 docker0 eth1 eth2; do ip link set $each up; done
"""


def test_the_interface_is_that_of_the_connection_to_the_main_node(separate_jobs: Jobs) -> None:
    if not shutil.which("ip"):
        pytest.skip("this machine has no command `ip`, which adds the interfaces")
    script = (
        "ip -o link | wc -l;"
        " echo $NCCL_SOCKET_IFNAME $GLOO_SOCKET_IFNAME $I_MPI_HYDRA_IFACE $FI_TCP_IFACE"
        " $OMPI_MCA_btl_tcp_if_include $MNP_MAIN_ADDR; cat $MNP_HOSTS"
    )
    job = separate_jobs.submit(3, script, before=OTHERS)
    assert job.ended().code == 0
    logs = [job.log(node).splitlines() for node in range(3)]
    main = logs[0][-3].split()[0]
    for lines in logs:
        assert lines[-5] == "6"
        assert lines[-4] == f"=eth0 eth0 eth0 eth0 10.0.1.0/24 {main}"
        assert [line.split()[1] for line in lines[-3:]] == ["0", "1", "2"]
