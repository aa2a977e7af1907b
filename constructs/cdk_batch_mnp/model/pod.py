"""Pods of node ranges on Amazon EKS: their containers, amounts, volumes and mounts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.api_struct import ApiStruct, Value, as_text
from cdk_batch_mnp.model.presence import same_length
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe

DEFAULT_NAME = "Default"
"""The name of a container that sets none. Source: AWS Batch API, EksContainer."""

VOLUME_KINDS = ("emptyDir", "hostPath", "persistentVolumeClaim", "secret")


@dataclass(frozen=True, slots=True, kw_only=True)
class PodContainer:
    """A container or init container of a pod.

    Attributes:
        path: The property path from the job definition.
        limits: Amounts of ``cpu``, ``memory`` and ``nvidia.com/gpu``, as written; empty if not set.
        requests: Amounts that are reserved, as written; empty if not set.
        mounts: Names of the volumes that it mounts.
        variables: Names of its environment variables.

    Source: AWS Batch API, EksContainer.
    """

    path: PropertyPath
    name: Maybe[str] | None = None
    image: Maybe[str] | None = None
    limits: Maybe[Mapping[str, Value]] = field(default=UNKNOWN, hash=False)
    requests: Maybe[Mapping[str, Value]] = field(default=UNKNOWN, hash=False)
    mounts: Maybe[tuple[Maybe[str | None], ...]] = ()
    variables: Maybe[tuple[Maybe[str | None], ...]] = ()

    @classmethod
    def read(cls, shape: ApiStruct, path: PropertyPath) -> PodContainer:
        """Read an EksContainer."""
        resources = shape.shape("resources")
        return cls(
            path=path,
            name=shape.text("name"),
            image=shape.text("image"),
            limits=_amounts(resources, "limits"),
            requests=_amounts(resources, "requests"),
            mounts=shape.each("volumeMounts", lambda mount: mount.text("name")),
            variables=shape.each("env", lambda variable: variable.text("name")),
        )

    @property
    def written_name(self) -> Maybe[str]:
        """The name, or the default one."""
        return DEFAULT_NAME if self.name is None else self.name

    def amount(self, name: str) -> Maybe[str] | None:
        """Return the amount that the container gets: of the limits, or else of the requests."""
        for amounts in (self.limits, self.requests):
            if amounts is UNKNOWN:
                return UNKNOWN
            if name in amounts:
                return as_text(amounts[name])
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class PodVolume:
    """A volume of a pod.

    Attributes:
        kinds: Which kinds of volume are certainly set; a volume has one.

    Source: AWS Batch API, EksVolume.
    """

    name: Maybe[str] | None = None
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pod:
    """The pod that runs on each node of a node range.

    Source: AWS Batch API, EksPodProperties.
    """

    path: PropertyPath
    containers: Maybe[tuple[Maybe[PodContainer], ...]] = ()
    init_containers: Maybe[tuple[Maybe[PodContainer], ...]] = ()
    volumes: Maybe[tuple[Maybe[PodVolume], ...]] = ()

    @property
    def known_containers(self) -> tuple[PodContainer, ...]:
        """The containers and init containers that are known."""
        return tuple(
            container
            for containers in (self.containers, self.init_containers)
            if containers is not UNKNOWN
            for container in containers
            if container is not UNKNOWN
        )

    @classmethod
    def read(cls, shape: ApiStruct, path: PropertyPath) -> Pod:
        """Read an EksPodProperties."""
        return cls(
            path=path,
            containers=_containers(shape, "containers", path),
            init_containers=_containers(shape, "initContainers", path),
            volumes=shape.each(
                "volumes",
                lambda volume: PodVolume(
                    name=volume.text("name"),
                    kinds=tuple(kind for kind in VOLUME_KINDS if volume.sets(kind)),
                ),
            ),
        )


def read_pod(eks: Maybe[ApiStruct] | None, path: PropertyPath) -> Maybe[Pod] | None:
    """Read the pod of a node range's EksProperties; ``None`` if it has none."""
    pod = eks.shape("podProperties") if isinstance(eks, ApiStruct) else eks
    inside = path / "eksProperties" / "podProperties"
    return Pod.read(pod, inside) if isinstance(pod, ApiStruct) else pod


def _containers(
    shape: ApiStruct, member: str, path: PropertyPath
) -> Maybe[tuple[Maybe[PodContainer], ...]]:
    shapes = shape.shapes(member)
    if shapes is UNKNOWN:
        return UNKNOWN
    return same_length(
        shapes or (),
        (
            UNKNOWN
            if container is UNKNOWN
            else PodContainer.read(container, path / member / position)
            for position, container in enumerate(shapes or ())
        ),
    )


def _amounts(resources: Maybe[ApiStruct] | None, member: str) -> Maybe[Mapping[str, Value]]:
    found = resources.mapping(member) if isinstance(resources, ApiStruct) else resources
    return {} if found is None else found
