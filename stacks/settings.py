"""Settings of the reference platform, read from a TOML file."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
)

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


_FOLDER = "folder"


class SettingsError(Exception):
    """The settings are not valid. Each line of the message names the file and a key."""


class _Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class NetworkSettings(_Settings):
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


class ClusterSettings(_Settings):
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
    root_volume_size_gib: int = Field(default=100, ge=30, le=16384)
    efa: bool | None = None
    threads_per_core: Literal[1] | None = None
    capacity_reservation_id: str | None = Field(default=None, pattern=r"^cr-[0-9a-f]{8,17}$")
    capacity_block: bool = False
    stuck_job_timeout_seconds: int = Field(default=3600, ge=600, le=86400)


class LustreSettings(_Settings):
    """An FSx for Lustre file system in the zone of the nodes, mounted on every node.

    Attributes:
        size_gib: 1200, 2400 or a multiple of 2400.
        throughput: MB/s per TiB: 125, 250, 500 or 1000.
        path: Mount point on nodes and in containers.
    """

    size_gib: int = Field(ge=1200)
    throughput: Literal[125, 250, 500, 1000] = 250
    path: str = "/fsx"


class StorageSettings(_Settings):
    """File systems of every node.

    Attributes:
        scratch_path: Mount point of the instance store, on nodes and in containers.
        lustre: A file system shared by the nodes.
    """

    scratch_path: str | None = None
    lustre: LustreSettings | None = None


class UlimitSettings(_Settings):
    """A process limit; -1 means unlimited."""

    name: UlimitName
    soft_limit: int = -1
    hard_limit: int = -1


class NodeGroupSettings(_Settings):
    """A node group with one container. Sizes default to the whole instance.

    Attributes:
        command: Program and arguments. Defaults to the image's own.
        program: Instead of a command, a Python program for the ``python3`` of the image. The
            settings name its file, relative to their own; this is its text.
    """

    name: Name
    nodes: str
    image: str
    command: list[str] | None = None
    program: str | None = None
    environment: dict[str, str] = {}
    vcpus: int | None = Field(default=None, ge=1)
    memory_mib: int | None = Field(default=None, ge=4)
    gpus: int | None = Field(default=None, ge=1)
    shared_memory_mib: int | None = Field(default=None, ge=1)
    ulimits: list[UlimitSettings] = []

    @field_validator("program")
    @classmethod
    def _read_program(cls, file: str | None, info: ValidationInfo) -> str | None:
        if file is None:
            return None
        if info.data.get("command") is not None:
            raise ValueError("a node group has either a command or a program")
        path = Path((info.context or {}).get(_FOLDER, "."), file)
        try:
            return path.read_text(encoding="utf-8")
        except OSError as error:
            raise ValueError(f"{path}: {error.strerror}") from None


class LauncherSettings(_Settings):
    """How ``mnp-launch`` starts the nodes of a job together.

    Attributes:
        mode: ``every`` if all nodes run the command, ``main`` if only the main node runs it and
            starts processes on the others (mpirun).
        procs_per_node: Processes per node in host lists. Defaults to one for each GPU, Neuron
            device or CPU.
        deadline_seconds: Time after the start of a node within which all nodes must have joined.
            Defaults to 20 minutes.
        preflight: What nodes check before the start: ``cheap`` for their hardware and limits,
            ``net`` to measure the network between them too.
        delivery: How ``mnp-launch`` gets into the containers: it is in the ``image``, the ``nodes``
            download it, or an ``init_container`` copies it.
    """

    mode: Literal["every", "main"] = "every"
    procs_per_node: int | None = Field(default=None, ge=1)
    deadline_seconds: int | None = Field(default=None, ge=1)
    preflight: Literal["cheap", "net"] = "cheap"
    delivery: Literal["image", "nodes", "init_container"] = "image"


class JobSettings(_Settings):
    """A job definition.

    Attributes:
        num_nodes: Number of nodes of a job. Defaults to all nodes of the cluster.
        launcher: Starts the commands of all nodes together. Defaults to the commands finding each
            other by themselves.
        timeout_seconds: Timeout of an attempt, at least 60.
    """

    name: Name
    node_groups: list[NodeGroupSettings] = Field(min_length=1, max_length=5)
    num_nodes: NodeCount | None = None
    main_node: int = Field(default=0, ge=0)
    launcher: LauncherSettings | None = None
    timeout_seconds: int = Field(ge=60)
    retry_attempts: int | None = Field(default=None, ge=1, le=10)
    parameters: dict[str, str] = {}


class PlatformSettings(_Settings):
    """The whole platform.

    Attributes:
        name: Prefix of the stack names.
        account: AWS account ID. Defaults to that of the credentials.
        region: AWS Region. Defaults to that of the credentials.
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
        SettingsError: The file is missing or not valid TOML, or a key is unknown, missing or wrong.
    """
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{path}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: not valid TOML: {error}") from None
    try:
        return PlatformSettings.model_validate(data, context={_FOLDER: path.parent})
    except ValidationError as error:
        raise SettingsError(
            "\n".join(
                f"{path}: {_key(problem['loc'])}: {_problem(problem['type'], problem['msg'])}"
                for problem in error.errors()
            )
        ) from None


def _key(location: tuple[int | str, ...]) -> str:
    written = ""
    for step in location:
        written += f"[{step}]" if isinstance(step, int) else f".{step}"
    return written.removeprefix(".")


def _problem(kind: str, message: str) -> str:
    return {"extra_forbidden": "unknown key", "missing": "missing"}.get(
        kind, message[:1].lower() + message[1:]
    )
