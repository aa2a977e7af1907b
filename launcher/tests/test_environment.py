"""What commands find in their environment and in the host lists."""

from __future__ import annotations

import json

import pytest

from cdk_batch_mnp_launch.environment import Interface, for_command, host_files, interface_of
from cdk_batch_mnp_launch.protocol.handshake import Job
from cdk_batch_mnp_launch.protocol.messages import Host

JOB = Job("job-1", 1, 3)
HOSTS = [
    Host(node, f"10.0.0.{node + 10}", f"ip-{node}", 8, 96, 8, 0, 0, "every", "", 0)
    for node in range(3)
]


def environment(
    node: int = 1,
    main: int = 0,
    hosts: list[Host] = HOSTS,
    interface: Interface | None = None,
    programs: str | None = None,
    **environ: str,
) -> dict[str, str]:
    return for_command(environ, hosts, node, main, JOB, "/run/mnp", interface, programs, "token")


def test_torch_starts_with_the_main_node_as_rank_0() -> None:
    made = environment(node=1, main=0)
    assert made["MASTER_ADDR"] == "10.0.0.10"
    assert (made["NNODES"], made["NODE_RANK"]) == ("3", "1")
    assert (made["PET_NNODES"], made["PET_NODE_RANK"], made["PET_NPROC_PER_NODE"]) == (
        "3",
        "1",
        "8",
    )


@pytest.mark.parametrize(("node", "rank"), [(0, "1"), (1, "2"), (2, "0")])
def test_a_main_node_with_another_index_is_rank_0_all_the_same(node: int, rank: str) -> None:
    made = environment(node=node, main=2)
    assert made["MASTER_ADDR"] == "10.0.0.12"
    assert made["NODE_RANK"] == made["JAX_PROCESS_ID"] == rank
    config = json.loads(made["TF_CONFIG"])
    assert config["task"] == {"type": "worker", "index": int(rank)}
    assert config["cluster"]["worker"][0] == "10.0.0.12:2222"


def test_jax_and_ray() -> None:
    made = environment()
    assert made["JAX_COORDINATOR_ADDRESS"] == "10.0.0.10:8476"
    assert made["JAX_NUM_PROCESSES"] == "3"
    assert (made["RAY_AUTH_MODE"], made["RAY_AUTH_TOKEN"]) == ("token", "token")


def test_what_the_user_set_is_kept_and_the_secret_is_not() -> None:
    made = environment(MASTER_PORT="1234", MNP_SECRET="secret", HOME="/root")
    assert (made["MASTER_PORT"], made["HOME"]) == ("1234", "/root")
    assert "MNP_SECRET" not in made


def test_the_agent_is_named_to_every_mpi_in_mode_main_alone() -> None:
    names = {
        "PRTE_MCA_plm_ssh_agent",
        "OMPI_MCA_plm_rsh_agent",
        "HYDRA_LAUNCHER_EXEC",
        "I_MPI_HYDRA_BOOTSTRAP_EXEC",
    }
    made = environment(programs="/run/mnp/bin", PATH="/usr/bin")
    # A name and not a path: daemons of mpirun on other nodes call it too, in a folder of theirs.
    assert {made[name] for name in names} == {"mnp-agent"}
    assert made["PATH"] == "/run/mnp/bin:/usr/bin"
    assert made["HYDRA_HOST_FILE"] == "/run/mnp/hosts.hydra"
    assert not names & set(environment())


def test_the_path_of_programs_is_unchanged_in_mode_every() -> None:
    assert environment(PATH="/usr/bin")["PATH"] == "/usr/bin"


def test_intel_mpi_places_as_many_ranks_on_a_node_as_it_has_slots() -> None:
    assert environment(programs="/bin")["I_MPI_PERHOST"] == "8"
    differing = [HOSTS[0]._replace(slots=4), *HOSTS[1:]]
    assert "I_MPI_PERHOST" not in environment(programs="/bin", hosts=differing)


def test_a_node_knows_its_own_address() -> None:
    made = environment(node=1)
    assert (made["MNP_MAIN_ADDR"], made["MNP_LOCAL_ADDR"]) == ("10.0.0.10", "10.0.0.11")


def test_efa_is_used_where_it_is_visible() -> None:
    with_efa = [host._replace(efa=4) for host in HOSTS]
    assert environment(hosts=with_efa)["FI_PROVIDER"] == "efa"
    assert "FI_PROVIDER" not in environment()


def test_the_interface_is_named_to_nccl_and_gloo() -> None:
    made = environment(interface=Interface("ens5", "10.0.0.0/24"))
    assert (made["NCCL_SOCKET_IFNAME"], made["GLOO_SOCKET_IFNAME"]) == ("=ens5", "ens5")
    assert made["OMPI_MCA_btl_tcp_if_include"] == "10.0.0.0/24"


def test_a_network_that_does_not_hold_all_nodes_is_not_named() -> None:
    made = environment(interface=Interface("ens5", "10.0.0.8/30"))
    assert "OMPI_MCA_btl_tcp_if_include" not in made
    assert made["GLOO_SOCKET_IFNAME"] == "ens5"


def test_the_interface_of_an_address() -> None:
    assert interface_of("127.0.0.1") == Interface("lo", "127.0.0.0/8")
    assert interface_of("192.0.2.1") is None


def test_host_lists_begin_with_the_main_node() -> None:
    files = host_files(HOSTS, 1)
    assert files["hosts"].splitlines()[0] == "10.0.0.11 1 ip-1"
    assert files["hosts.openmpi"].splitlines() == [
        "10.0.0.11 slots=8",
        "10.0.0.10 slots=8",
        "10.0.0.12 slots=8",
    ]
    assert files["hosts.hydra"].splitlines()[0] == "10.0.0.11:8"
