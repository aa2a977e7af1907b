"""Settings of the reference platform, read from a TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

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
NodeCount = Annotated[int, Field(ge=1, le=1000)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9]{0,63}$")]


class SettingsError(Exception):
    """The settings cannot be used; each line of the message names a key and the file."""


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NetworkSettings(_Settings):
    """The network of the nodes.

    Attributes:
        way_out: ``nat`` for private subnets behind a NAT gateway; ``endpoints`` for isolated
            subnets with the VPC endpoints that nodes need and no other way out.
        cidr: IPv4 range of the VPC.
        availability_zone: The zone of the nodes; the Region's first if left out.
    """

    way_out: Literal["nat", "endpoints"] = "nat"
    cidr: str = "10.0.0.0/16"
    availability_zone: str | None = None


class ClusterSettings(_Settings):
    """The cluster.

    Attributes:
        instance_type: The one type of the nodes.
        max_nodes: How many nodes run at once.
        root_volume_size_gib: Of each node, in GiB.
        efa: Whether nodes have Elastic Fabric Adapters; where the type has, if left out.
        threads_per_core: 1 switches hyper-threading off.
        capacity_reservation_id: Of reserved capacity that the nodes start in, in the network's
            zone.
        capacity_block: Whether that is a Capacity Block for ML.
        stuck_job_timeout_seconds: After which a job that cannot start is cancelled.
    """

    instance_type: str
    max_nodes: NodeCount
    root_volume_size_gib: int = Field(default=100, ge=30, le=16384)
    efa: bool | None = None
    threads_per_core: Literal[1] | None = None
    capacity_reservation_id: str | None = Field(default=None, pattern=r"^cr-[0-9a-f]{8,17}$")
    capacity_block: bool = False
    stuck_job_timeout_seconds: int = Field(default=3600, ge=600, le=86400)


class LustreSettings(_Settings):
    """A file system of FSx for Lustre, made in the nodes' zone, that every node mounts.

    Attributes:
        size_gib: 1200, 2400 or a multiple of 2400.
        throughput: MB/s for each TiB: 125, 250, 500 or 1000.
        path: Where nodes and containers see it.
    """

    size_gib: int = Field(ge=1200)
    throughput: Literal[125, 250, 500, 1000] = 250
    path: str = "/fsx"


class StorageSettings(_Settings):
    """File systems of every node.

    Attributes:
        scratch_path: Where nodes and containers see the instance's own disks as one.
        lustre: A file system that the nodes share.
    """

    scratch_path: str | None = None
    lustre: LustreSettings | None = None


class UlimitSettings(_Settings):
    """A process limit; -1 means unlimited."""

    name: UlimitName
    soft_limit: int = -1
    hard_limit: int = -1


class NodeGroupSettings(_Settings):
    """A node group with one container; amounts that are left out are the whole instance's."""

    name: Name
    nodes: str
    image: str
    command: list[str] | None = None
    environment: dict[str, str] = {}
    vcpus: int | None = Field(default=None, ge=1)
    memory_mib: int | None = Field(default=None, ge=4)
    gpus: int | None = Field(default=None, ge=1)
    shared_memory_mib: int | None = Field(default=None, ge=1)
    ulimits: list[UlimitSettings] = []


class JobSettings(_Settings):
    """A job definition.

    Attributes:
        num_nodes: Of a job; all of the cluster's if left out.
        timeout_seconds: Of an attempt, from 60.
    """

    name: Name
    node_groups: list[NodeGroupSettings] = Field(min_length=1, max_length=5)
    num_nodes: NodeCount | None = None
    main_node: int = Field(default=0, ge=0)
    timeout_seconds: int = Field(ge=60)
    retry_attempts: int | None = Field(default=None, ge=1, le=10)
    parameters: dict[str, str] = {}


class PlatformSettings(_Settings):
    """The whole platform.

    Attributes:
        name: Prefix of the stacks' names.
        account: AWS account; the one that is deployed to if left out.
        region: AWS Region, likewise.
    """

    name: Name
    account: str | None = Field(default=None, pattern=r"^[0-9]{12}$")
    region: str | None = None
    network: NetworkSettings = NetworkSettings()
    cluster: ClusterSettings
    storage: StorageSettings = StorageSettings()
    jobs: list[JobSettings] = Field(min_length=1)


def load(path: Path) -> PlatformSettings:
    """Read and check a settings file.

    Raises:
        SettingsError: The file is missing, is no TOML, or a key is unknown, missing or wrong.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: no TOML: {error}") from None
    try:
        return PlatformSettings.model_validate(data)
    except ValidationError as error:
        raise SettingsError(
            "\n".join(
                f"{path}: {_key(each['loc'])}: {_told(each['type'], each['msg'])}"
                for each in error.errors()
            )
        ) from None


def _key(location: tuple[int | str, ...]) -> str:
    written = ""
    for each in location:
        written += f"[{each}]" if isinstance(each, int) else f".{each}"
    return written.removeprefix(".")


def _told(kind: str, message: str) -> str:
    return {"extra_forbidden": "unknown key", "missing": "missing"}.get(
        kind, message[:1].lower() + message[1:]
    )
