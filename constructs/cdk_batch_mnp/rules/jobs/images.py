"""Rules about container images that the CDK builds."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.unknown import has_value

_ARCHITECTURES = {"linux/amd64": "x86_64", "linux/arm64": "arm64", "linux/arm64/v8": "arm64"}
_PLATFORMS = {"x86_64": "linux/amd64", "arm64": "linux/arm64"}


@rule(
    JobDefinition,
    "MNP337",
    "Images that the CDK builds have the architecture of the nodes",
    severity=ERROR,
    why="A program of another architecture does not start: «exec format error». Without a "
    "platform, Docker builds an image for the machine that deploys it, which is most often x86.",
    fix="Set the platform: ecs.ContainerImage.from_asset(..., "
    "platform=ecr_assets.Platform.LINUX_ARM64) for Graviton instances, LINUX_AMD64 for others.",
    source="https://docs.aws.amazon.com/cdk/api/v2/docs/"
    "aws-cdk-lib.aws_ecr_assets.DockerImageAssetOptions.html",
)
def built_for_nodes(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares the platform of each image of the cloud assembly with the instance type.

    A warning if no platform is set and the instance type is Arm. Silent about other images, other
    platforms, and unknown instance types.
    """
    name = definition.instance_type
    instance = catalogue.find(name) if has_value(name) else None
    if instance is None or len(instance.architectures) != 1:
        return
    (needed,) = instance.architectures
    for _, container in definition.containers:
        platform = definition.image_platforms.get(container.path)
        is_missing = platform == "" and needed == "arm64"
        built = _ARCHITECTURES.get(platform or "")
        if is_missing or (built is not None and built != needed):
            yield Violation(
                resource=definition,
                property_path=container.path / "image",
                message=f"the image is built for {platform or 'the machine that deploys it'}, and "
                f"{instance.name} has the architecture {needed}",
                actual=platform or "no platform",
                expected=_PLATFORMS[needed],
                severity=WARNING if is_missing else ERROR,
            )
