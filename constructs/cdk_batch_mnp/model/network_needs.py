"""What the nodes of a job have to reach over the network."""

from __future__ import annotations

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.model.file_system import FileSystem
from cdk_batch_mnp.model.property_path import PropertyPath

FROM_ECR = ("ecr.api", "ecr.dkr", "s3")
"""Services that an instance needs to pull an image from Amazon ECR, whose layers are in S3."""


PUBLIC_REGISTRIES = frozenset(
    {
        "docker.io",
        "gcr.io",
        "ghcr.io",
        "index.docker.io",
        "mcr.microsoft.com",
        "nvcr.io",
        "public.ecr.aws",
        "quay.io",
        "registry-1.docker.io",
        "registry.gitlab.com",
    }
)
"""Registries that are on the internet alone: they have no VPC endpoints."""


@dataclass(frozen=True, slots=True)
class NetworkNeeds:
    """What the nodes of a job need: of services, the short names of their endpoints.

    Attributes:
        images: Services that images certainly come from.
        secrets: Services that secrets come from.
        perhaps: Services that nodes may need, or whose absence may not end the job.
        registries: Registries outside of Amazon ECR that images come from.
        pulls_from_internet: Whether the image of an essential container is certainly in one of
            ``PUBLIC_REGISTRIES``.
        file_systems: File systems of volumes, with the property of the definition.
    """

    images: frozenset[str] = frozenset()
    secrets: frozenset[str] = frozenset()
    perhaps: frozenset[str] = frozenset()
    registries: frozenset[str] = frozenset()
    pulls_from_internet: bool = False
    file_systems: tuple[tuple[PropertyPath, FileSystem], ...] = ()


NO_NEEDS = NetworkNeeds()
"""Nothing, as far as it is known."""
