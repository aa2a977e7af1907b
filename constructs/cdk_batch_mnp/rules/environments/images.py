"""Rules about the AMIs that nodes start from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.spelling import MAX_LENGTH
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.listed_types import (
    architecture,
    has_instances,
    listed,
    members,
)
from cdk_batch_mnp.rules.security.scripts import may_do

NVIDIA_IMAGES = ("AL2_NVIDIA", "AL2023_NVIDIA")
"""Image types with the NVIDIA driver, without their prefix ``ECS_`` or ``EKS_``."""
PLAIN_IMAGES = ("AL1", "AL2", "AL2023")
"""Image types without the NVIDIA driver, without their prefix."""

_WITHOUT_2023 = {"a1": PLAIN_IMAGES[2], "p3": NVIDIA_IMAGES[1], "g3": NVIDIA_IMAGES[1]}
"""Instance families that an image type does not support, according to the documentation."""


def image_types(environment: ComputeEnvironment) -> Maybe[tuple[str, ...]]:
    """Return the image types of the nodes, without their prefix; empty if AWS Batch chooses.

    Unknown if a custom AMI may be used instead.

    Source: AWS Batch User Guide, AMI selection order.
    """
    template, configurations = environment.launch_template, environment.ec2_configurations
    own = environment.image_id is not None or environment.has_template_overrides is not False
    if own or template is UNKNOWN or configurations is UNKNOWN:
        return UNKNOWN
    if template is not None and template.image_id is not None:
        return UNKNOWN
    found = []
    for configuration in configurations:
        if (
            configuration is UNKNOWN
            or configuration.image_id_override is not None
            or not has_value(configuration.image_type)
        ):
            return UNKNOWN
        image = configuration.image_type.removeprefix("ECS_").removeprefix("EKS_")
        if image not in NVIDIA_IMAGES + PLAIN_IMAGES:
            return UNKNOWN
        found.append(image)
    return tuple(found)


_NEURON = r"(?i)neuron"
_NUMBERS = r"[0-9]+"


def _image_words(environment: ComputeEnvironment) -> Iterator[Violation]:
    """Report image types for the other orchestration type, and those that look misspelt."""
    configurations = environment.ec2_configurations
    if configurations is UNKNOWN or not has_instances(environment) or environment.is_eks is UNKNOWN:
        return
    prefix, other = ("EKS_", "ECS_") if environment.is_eks else ("ECS_", "EKS_")
    documented = [prefix + image for image in (*NVIDIA_IMAGES, *PLAIN_IMAGES)]
    for configuration in configurations:
        if configuration is UNKNOWN or not has_value(configuration.image_type):
            continue
        word = configuration.image_type
        if word.removeprefix(other) in NVIDIA_IMAGES + PLAIN_IMAGES and word.startswith(other):
            expected, severity = prefix + word.removeprefix(other), ERROR
            message = f"image type {word} is for {other.rstrip('_')}"
        elif (right := _misspelt(word, documented)) is not None:
            expected, severity = right, WARNING
            message = f"image type {word} is not documented; did you mean {right}?"
        elif not _shape(word).startswith(tuple(_shape(each) for each in documented)):
            expected, severity = documented[-1], WARNING
            message = f"image type {word} is not documented"
        else:
            continue
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "ec2Configuration",
            message=message,
            actual=word,
            expected=expected,
            fix=f"Set image type {expected}, or leave out imageType.",
            severity=severity,
        )


def _misspelt(word: str, documented: list[str]) -> str | None:
    """Return the documented image type that a misspelt one resembles, if any."""
    if word.upper() in documented or len(word) > MAX_LENGTH:
        return None
    for name in documented:
        if word.upper() in (name.partition("_")[2], name.replace("_NVIDIA", "_GPU")):
            return name
    if _shape(word) in [_shape(each) for each in documented]:
        return None
    from difflib import get_close_matches  # Slow to import, and rarely needed.

    near = get_close_matches(word.upper(), documented, n=1, cutoff=0.88)
    return near[0] if near else None


def _shape(word: str) -> str:
    """Return an image type without its numbers, in which a newer one may differ."""
    return re.sub(_NUMBERS, "#", word.upper())


@rule(
    ComputeEnvironment,
    "MNP118",
    "Images are based on Amazon Linux 2023",
    severity=WARNING,
    why="Since 30 June 2026, AWS Batch no longer creates ECS compute environments with its Amazon "
    "Linux 2 images. Its Amazon Linux 2 images for EKS have received no updates since 26 November "
    "2025. Existing environments keep running until they must be replaced.",
    fix="Set the Amazon Linux 2023 image type, or leave out imageType. Instance types without one "
    "(A1, P3, G3) need a custom AMI in imageIdOverride.",
    source=sources.api("Ec2Configuration"),
)
def amazon_linux_2(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Reports Amazon Linux 2 image types. Silent if an AMI is set by ID.

    This is a warning, because a template does not show whether the environment already exists.
    """
    images = image_types(environment)
    if images is UNKNOWN or not has_instances(environment) or environment.is_eks is UNKNOWN:
        return
    prefix = "EKS_" if environment.is_eks else "ECS_"
    for image in images:
        if image in ("AL2", "AL2_NVIDIA"):
            right = prefix + image.replace("AL2", "AL2023")
            yield Violation(
                resource=environment,
                property_path=COMPUTE_RESOURCES / "ec2Configuration",
                message=f"image type {prefix}{image} is based on Amazon Linux 2",
                actual=prefix + image,
                expected=right,
            )


def _mismatch(name: str, images: tuple[str, ...], catalogue: Catalogue) -> tuple[str, str] | None:
    """Return why no image type supports a listed type, and an image type that does."""
    facts = members(name, catalogue)
    has_nvidia = bool(facts) and all(fact.gpu_manufacturer == "NVIDIA" for fact in facts)
    with_driver = any(image in NVIDIA_IMAGES for image in images)
    if has_nvidia and not with_driver:
        return f"{name} has NVIDIA GPUs, but the image has no NVIDIA driver", "AL2023_NVIDIA"
    without_driver = any(image in PLAIN_IMAGES for image in images)
    has_gpus = not facts or any(fact.gpus != 0 or fact.gpu_name for fact in facts)
    if not without_driver and not has_gpus and architecture(name, catalogue) == "arm64":
        return f"{name} has Arm processors, but the NVIDIA image is for x86", "AL2023"
    lacking = _WITHOUT_2023.get(name.partition(".")[0])
    if lacking is not None and set(images) == {lacking}:
        return f"the image does not support {name}", lacking.replace("2023", "2")
    return None


@rule(
    ComputeEnvironment,
    "MNP114",
    "The image type matches the instance types",
    severity=ERROR,
    why="Without the NVIDIA driver, the ECS agent finds no GPUs, and a job that requests them "
    "stays in RUNNABLE. An image for the other architecture does not boot.",
    fix="Set the image type for the instance types, or set none and let AWS Batch choose.",
    source=sources.api("Ec2Configuration"),
)
def image_type_fits(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares image types with the listed types and families. Silent if an AMI is set by ID.

    An EKS image type in an ECS environment is an error, as is the reverse, even if an AMI is
    set by ID. An undocumented image type is a warning. One that starts like a documented
    one, but for its numbers, may be newer and is not reported (ECS_AL2023_NEURON).

    NVIDIA image types also support x86 instance types without GPUs. According to the
    documentation, they do not support Graviton types without GPUs; A1 has no Amazon Linux 2023
    image type, and P3 and G3 have no NVIDIA one. No image type includes the Neuron driver: this
    is a warning, unless user data may install it.
    """
    yield from _image_words(environment)
    images = image_types(environment)
    if images is UNKNOWN:
        return
    prefix = "EKS_" if environment.is_eks is True else "ECS_"
    seen = ", ".join(prefix + image for image in images)
    path = COMPUTE_RESOURCES / "ec2Configuration"
    for name in listed(environment):
        if images and (mismatch := _mismatch(name, images, catalogue)) is not None:
            message, right = mismatch
            yield Violation(
                resource=environment,
                property_path=path,
                message=f"{message} ({seen})",
                actual=seen,
                expected=prefix + right,
                fix=f"Set image type {prefix}{right}, or leave out imageType.",
            )
        template = environment.launch_template
        facts = members(name, catalogue)
        if (
            facts
            and all(fact.neuron_devices for fact in facts)
            and not (has_value(template) and may_do(template.user_data, _NEURON))
        ):
            yield Violation(
                resource=environment,
                property_path=path,
                message=f"{name} has Neuron devices, but no AWS Batch image includes the Neuron "
                "driver",
                actual=seen or "not set (AWS Batch chooses)",
                expected="an AMI with the Neuron driver",
                fix="Set an AMI with the driver in imageIdOverride, such as the ECS-optimized "
                "Neuron "
                "AMI.",
                severity=WARNING,
            )
