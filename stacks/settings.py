"""Settings of the reference platform, read from a TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from attrs import field, frozen

from stacks.strict_reading import Length, Pattern, Range, SettingsError, read

UlimitName = Literal[
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
]
"""Process limits that containers can have. Source: Batch API, Ulimit."""
NodeCount = Annotated[int, Range(1, 1000)]
Name = Annotated[str, Pattern(r"^[A-Za-z][A-Za-z0-9]{0,63}$")]


@frozen(kw_only=True)
class NetworkSettings:
    """The network of the nodes.

    Attributes:
        way_out: ``nat`` for private subnets with a NAT gateway; ``endpoints`` for isolated
            subnets with the VPC endpoints that nodes need, and no internet access.
        cidr: IPv4 CIDR block of the VPC.
        availability_zone: The zone of the nodes. Defaults to the first zone of the Region.
    """

    way_out: Literal["nat", "endpoints"] = "nat"
    cidr: str = "10.0.0.0/16"
    availability_zone: str | None = None


@frozen(kw_only=True)
class ClusterSettings:
    """The cluster.

    Attributes:
        instance_type: The instance type of all nodes.
        max_nodes: Maximum number of running nodes.
        root_volume_size_gib: Size of the root volume of each node, in GiB.
        efa: Whether nodes have Elastic Fabric Adapters. Defaults to whether the type supports EFA.
        threads_per_core: 1 disables hyper-threading.
        capacity_reservation_id: A Capacity Reservation that the nodes launch into, in the zone of
            the network.
        capacity_block: Whether the reservation is a Capacity Block for ML.
        stuck_job_timeout_seconds: Time after which a job that cannot start is cancelled.
    """

    instance_type: str
    max_nodes: NodeCount
    root_volume_size_gib: Annotated[int, Range(30, 16384)] = 100
    efa: bool | None = None
    threads_per_core: Literal[1] | None = None
    capacity_reservation_id: Annotated[str, Pattern(r"^cr-[0-9a-f]{8,17}$")] | None = None
    capacity_block: bool = False
    stuck_job_timeout_seconds: Annotated[int, Range(600, 86400)] = 3600


@frozen(kw_only=True)
class LustreSettings:
    """An FSx for Lustre file system in the zone of the nodes, mounted on every node.

    Attributes:
        size_gib: 1200, 2400 or a multiple of 2400.
        throughput: MB/s per TiB: 125, 250, 500 or 1000.
        path: Mount point on nodes and in containers.
    """

    size_gib: Annotated[int, Range(1200)]
    throughput: Literal[125, 250, 500, 1000] = 250
    path: str = "/fsx"


@frozen(kw_only=True)
class StorageSettings:
    """File systems of every node.

    Attributes:
        scratch_path: Mount point of the instance store, on nodes and in containers.
        lustre: A file system shared by the nodes.
    """

    scratch_path: str | None = None
    lustre: LustreSettings | None = None


@frozen(kw_only=True)
class UlimitSettings:
    """A process limit; -1 means unlimited."""

    name: UlimitName
    soft_limit: int = -1
    hard_limit: int = -1


@frozen(kw_only=True)
class NodeGroupSettings:
    """A node group with one container. Sizes default to the whole instance."""

    name: Name
    nodes: str
    image: str
    command: list[str] | None = None
    environment: dict[str, str] = field(factory=dict)
    vcpus: Annotated[int, Range(1)] | None = None
    memory_mib: Annotated[int, Range(4)] | None = None
    gpus: Annotated[int, Range(1)] | None = None
    shared_memory_mib: Annotated[int, Range(1)] | None = None
    ulimits: list[UlimitSettings] = field(factory=list)


@frozen(kw_only=True)
class JobSettings:
    """A job definition.

    Attributes:
        num_nodes: Number of nodes of a job. Defaults to all nodes of the cluster.
        timeout_seconds: Timeout of an attempt, at least 60.
    """

    name: Name
    node_groups: Annotated[list[NodeGroupSettings], Length(1, 5)]
    num_nodes: NodeCount | None = None
    main_node: Annotated[int, Range(0)] = 0
    timeout_seconds: Annotated[int, Range(60)]
    retry_attempts: Annotated[int, Range(1, 10)] | None = None
    parameters: dict[str, str] = field(factory=dict)


@frozen(kw_only=True)
class PlatformSettings:
    """The whole platform.

    Attributes:
        name: Prefix of the stack names.
        account: AWS account ID. Defaults to that of the credentials.
        region: AWS Region. Defaults to that of the credentials.
    """

    name: Name
    account: Annotated[str, Pattern(r"^[0-9]{12}$")] | None = None
    region: str | None = None
    network: NetworkSettings = NetworkSettings()
    cluster: ClusterSettings
    storage: StorageSettings = StorageSettings()
    jobs: Annotated[list[JobSettings], Length(1)]


def load(path: Path) -> PlatformSettings:
    """Read and check a settings file.

    Raises:
        SettingsError: The file is missing or not valid TOML, or a key is unknown, missing or wrong.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    return read(PlatformSettings, data, path)
