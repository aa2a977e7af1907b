"""The environment of the user's command: what frameworks expect, never over what the user set."""

from __future__ import annotations

import json
import os
import socket
from typing import Mapping, NamedTuple

from cdk_batch_mnp_launch.folder import AGENT
from cdk_batch_mnp_launch.protocol.handshake import Job
from cdk_batch_mnp_launch.protocol.messages import Host
from cdk_batch_mnp_launch.settings import SECRET

TORCH_PORT = 29500
TENSORFLOW_PORT = 2222
JAX_PORT = 8476
_SIOCGIFADDR = 0x8915
_SIOCGIFNETMASK = 0x891B
_EFA = {
    "FI_PROVIDER": "efa",
    "FI_EFA_USE_DEVICE_RDMA": "1",
    "FI_EFA_FORK_SAFE": "1",
    "OMPI_MCA_pml": "cm",
    "OMPI_MCA_mtl": "ofi",
}
"""Variables of a node with EFA devices."""


class Interface(NamedTuple):
    """A network interface.

    Attributes:
        name: Its name, such as `ens5`.
        network: Its IPv4 network, such as `10.0.0.0/20`.
    """

    name: str
    network: str


def interface_of(address: str) -> Interface | None:
    """Return the network interface with an IPv4 address, or None."""
    import fcntl
    import struct

    def ask(question: int, name: str) -> int:
        answer = fcntl.ioctl(probe, question, struct.pack("256s", name.encode()[:15]))
        return int.from_bytes(answer[20:24], "big")

    wanted = _as_number(address)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        for _index, name in socket.if_nameindex():
            try:
                if ask(_SIOCGIFADDR, name) == wanted:
                    mask = ask(_SIOCGIFNETMASK, name)
                    network = socket.inet_ntoa((wanted & mask).to_bytes(4, "big"))
                    return Interface(name, f"{network}/{bin(mask).count('1')}")
            except OSError:
                continue  # it has no IPv4 address
    return None


def _as_number(address: str) -> int:
    return int.from_bytes(socket.inet_aton(address), "big")


def _holds(network: str, address: str) -> bool:
    base, _slash, bits = network.partition("/")
    shift = 32 - int(bits)
    return _as_number(base) >> shift == _as_number(address) >> shift


def for_command(
    environ: Mapping[str, str],
    hosts: list[Host],
    index: int,
    main_index: int,
    job: Job,
    folder: str,
    interface: Interface | None = None,
    programs: str | None = None,
    ray_token: str = "",
) -> dict[str, str]:
    """Return the environment of commands on a node.

    Args:
        environ: The launcher's own environment; its values win.
        hosts: All nodes, in index order.
        index: Index of this node.
        main_index: Index of the main node.
        job: The attempt of the job.
        folder: Folder with the host lists.
        interface: Network interface that reaches the other nodes; None if unknown.
        programs: Folder with the program that runs commands on other nodes, in mode main. It comes
            first in the `PATH`.
        ray_token: Token that Ray's processes show each other; empty for none.
    """
    main = hosts[main_index].address
    own = hosts[index]
    rank = _rank(index, main_index)
    made = {
        "MNP_MAIN_ADDR": main,
        "MNP_LOCAL_ADDR": own.address,
        "MNP_NODE_INDEX": str(index),
        "MNP_NODE_RANK": str(rank),
        "MNP_NUM_NODES": str(job.nodes),
        "MNP_PROCS_PER_NODE": str(own.slots),
        "MNP_HOSTS": f"{folder}/hosts",
        "MNP_HOSTFILE_OPENMPI": f"{folder}/hosts.openmpi",
        "MNP_HOSTFILE_HYDRA": f"{folder}/hosts.hydra",
        **_torch_and_jax(main, str(job.nodes), str(rank)),
    }
    if own.slots != own.cpus:
        # Without accelerators, torchrun's own default of one process is the better one.
        made["PET_NPROC_PER_NODE"] = str(own.slots)
    if job.nodes > 1:
        made["TF_CONFIG"] = _tensorflow(hosts, main_index, rank)
    if ray_token:
        made["RAY_AUTH_MODE"] = "token"
        made["RAY_AUTH_TOKEN"] = ray_token
    if interface is not None:
        made.update(_on_interface(interface, hosts))
    if own.efa:
        made.update(_EFA)
    if programs is not None:
        made.update(_mpi(folder))
        if all(host.slots == own.slots for host in hosts):
            # Otherwise `mpirun -n N` of Intel MPI fills each node up to its number of cores.
            made["I_MPI_PERHOST"] = str(own.slots)
    made.update((name, value) for name, value in environ.items() if name != SECRET)
    if programs is not None:
        made["PATH"] = os.pathsep.join((programs, environ.get("PATH") or os.defpath))
    return made


def host_files(hosts: list[Host], main_index: int) -> dict[str, str]:
    """Return the content of each host list by its name. The main node comes first."""
    ordered = sorted(hosts, key=lambda host: _rank(host.node, main_index))
    return {
        "hosts": "".join(f"{host.address} {host.node} {host.name}\n" for host in ordered),
        # Open MPI and DeepSpeed
        "hosts.openmpi": "".join(f"{host.address} slots={host.slots}\n" for host in ordered),
        # MPICH and Intel MPI
        "hosts.hydra": "".join(f"{host.address}:{host.slots}\n" for host in ordered),
    }


def _rank(index: int, main_index: int) -> int:
    # Rank 0 is the main node, the only one whose address all others know.
    return 0 if index == main_index else index + 1 if index < main_index else index


def _torch_and_jax(main: str, nodes: str, rank: str) -> dict[str, str]:
    return {
        # torch.distributed and everything on top of it
        "MASTER_ADDR": main,
        "MASTER_PORT": str(TORCH_PORT),
        "NNODES": nodes,
        "NODE_RANK": rank,
        "PET_NNODES": nodes,
        "PET_NODE_RANK": rank,
        "PET_MASTER_ADDR": main,
        "PET_MASTER_PORT": str(TORCH_PORT),
        "JAX_COORDINATOR_ADDRESS": f"{main}:{JAX_PORT}",
        "JAX_NUM_PROCESSES": nodes,
        "JAX_PROCESS_ID": rank,
    }


def _tensorflow(hosts: list[Host], main_index: int, rank: int) -> str:
    ordered = sorted(hosts, key=lambda host: _rank(host.node, main_index))
    workers = [f"{host.address}:{TENSORFLOW_PORT}" for host in ordered]
    return json.dumps({"cluster": {"worker": workers}, "task": {"type": "worker", "index": rank}})


def _on_interface(interface: Interface, hosts: list[Host]) -> dict[str, str]:
    name = interface.name
    made = {
        # `=` is an exact match; without, eth1 matches eth10 too.
        "NCCL_SOCKET_IFNAME": f"={name}",
        "GLOO_SOCKET_IFNAME": name,
        "HYDRA_IFACE": name,
        "I_MPI_HYDRA_IFACE": name,
        "FI_TCP_IFACE": name,
    }
    # mpirun passes these on to all nodes, so they must fit all.
    if all(_holds(interface.network, host.address) for host in hosts):
        made["OMPI_MCA_btl_tcp_if_include"] = interface.network
        made["OMPI_MCA_oob_tcp_if_include"] = interface.network
        made["PRTE_MCA_prte_if_include"] = interface.network
    return made


def _mpi(folder: str) -> dict[str, str]:
    openmpi = f"{folder}/hosts.openmpi"
    hydra = f"{folder}/hosts.hydra"
    return {
        # Open MPI 5
        "PRTE_MCA_plm_ssh_agent": AGENT,
        "PRTE_MCA_prte_default_hostfile": openmpi,
        "PRTE_ALLOW_RUN_AS_ROOT": "1",
        "PRTE_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        # Open MPI 4
        "OMPI_MCA_plm_rsh_agent": AGENT,
        "OMPI_MCA_orte_default_hostfile": openmpi,
        "OMPI_ALLOW_RUN_AS_ROOT": "1",
        "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1",
        # MPICH
        "HYDRA_LAUNCHER": "rsh",
        "HYDRA_LAUNCHER_EXEC": AGENT,
        "HYDRA_HOST_FILE": hydra,
        # Intel MPI
        "I_MPI_HYDRA_BOOTSTRAP": "rsh",
        "I_MPI_HYDRA_BOOTSTRAP_EXEC": AGENT,
        "I_MPI_HYDRA_HOST_FILE": hydra,
    }
