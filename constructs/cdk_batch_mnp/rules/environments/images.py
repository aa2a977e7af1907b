"""Rules about the images that nodes start from."""

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
"""Image types with NVIDIA's driver, less the ``ECS_`` or ``EKS_`` before them."""
PLAIN_IMAGES = ("AL1", "AL2", "AL2023")
"""Image types without it, likewise."""

_WITHOUT_2023 = {"a1": PLAIN_IMAGES[2], "p3": NVIDIA_IMAGES[1], "g3": NVIDIA_IMAGES[1]}
"""Families that an image type is documented not to support."""


def image_types(environment: ComputeEnvironment) -> Maybe[tuple[str, ...]]:
    """The image types that nodes start from, without ECS or EKS; empty where Batch chooses.

    Unknown if an image of the user's may take their place, of which nothing is known. Source: Batch
    User Guide, AMI selection order.
    """
    template, configurations = environment.launch_template, environment.ec2_configurations
    own = environment.image_id is not None or environment.has_template_overrides is not False
    if own or template is UNKNOWN or configurations is UNKNOWN:
        return UNKNOWN
    if template is not None and template.image_id is not None:
        return UNKNOWN
    found = []
    for each in configurations:
        if each is UNKNOWN or each.image_id_override is not None or not has_value(each.image_type):
            return UNKNOWN
        image = each.image_type.removeprefix("ECS_").removeprefix("EKS_")
        if image not in NVIDIA_IMAGES + PLAIN_IMAGES:
            return UNKNOWN
        found.append(image)
    return tuple(found)


_NEURON = re.compile(r"neuron", re.IGNORECASE)
_NUMBERS = re.compile(r"[0-9]+")


def _image_words(environment: ComputeEnvironment) -> Iterator[Violation]:
    """Image types of the other kind of cluster, and words that look like misspelt image types."""
    configurations = environment.ec2_configurations
    if configurations is UNKNOWN or not has_instances(environment) or environment.is_eks is UNKNOWN:
        return
    prefix, other = ("EKS_", "ECS_") if environment.is_eks else ("ECS_", "EKS_")
    documented = [prefix + each for each in (*NVIDIA_IMAGES, *PLAIN_IMAGES)]
    for each in configurations:
        if each is UNKNOWN or not has_value(each.image_type):
            continue
        word = each.image_type
        if word.removeprefix(other) in NVIDIA_IMAGES + PLAIN_IMAGES and word.startswith(other):
            limit, severity = prefix + word.removeprefix(other), ERROR
            message = f"the image type {word} is for {other.rstrip('_')}"
        elif (right := _misspelt(word, documented)) is not None:
            limit, severity = right, WARNING
            message = f"Batch documents no image type {word}; perhaps {right} is meant"
        else:
            continue
        yield Violation(
            resource=environment,
            property_path=COMPUTE_RESOURCES / "ec2Configuration",
            message=message,
            actual=word,
            expected=limit,
            fix=f"Set the image type {limit}, or name no image type.",
            severity=severity,
        )


def _misspelt(word: str, documented: list[str]) -> str | None:
    """The documented word that is meant by another, if the other looks misspelt."""
    if word.upper() in documented or len(word) > MAX_LENGTH:
        return None
    for each in documented:
        if word.upper() == each.partition("_")[2]:
            return each
    shape = _NUMBERS.sub("#", word.upper())
    if any(_NUMBERS.sub("#", each) == shape for each in documented):
        return None
    from difflib import get_close_matches  # takes milliseconds, and few ask for it

    near = get_close_matches(word.upper(), documented, n=1, cutoff=0.88)
    return near[0] if near else None


@rule(
    ComputeEnvironment,
    "MNP118",
    "The image is of Amazon Linux 2023",
    severity=WARNING,
    why="Since 30 June 2026 Batch makes no new environment on ECS with its own images of Amazon "
    "Linux 2; those on EKS get no updates since 26 November 2025. Environments that exist already "
    "keep running, until they have to be replaced.",
    fix="Set the image type to its successor for Amazon Linux 2023, or leave it out. Types that "
    "have none (A1, P3, G3) need an image of yours in imageIdOverride.",
    source=sources.api("Ec2Configuration"),
)
def amazon_linux_2(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks for image types of Amazon Linux 2 where no image is named by its id.

    A warning, for nothing shows whether the environment exists already.
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
                message=f"the image type {prefix}{image} stands for Amazon Linux 2",
                actual=prefix + image,
                expected=right,
            )


def _misfit(name: str, images: tuple[str, ...], catalogue: Catalogue) -> tuple[str, str] | None:
    """Why none of the image types fits a listed type, and what would."""
    facts = members(name, catalogue)
    has_nvidia = bool(facts) and all(each.gpu_manufacturer == "NVIDIA" for each in facts)
    with_driver = any(each in NVIDIA_IMAGES for each in images)
    if has_nvidia and not with_driver:
        return f"{name} has NVIDIA GPUs, and the image no driver for them", "AL2023_NVIDIA"
    without_driver = any(each in PLAIN_IMAGES for each in images)
    has_gpus = not facts or any(each.gpus != 0 or each.gpu_name for each in facts)
    if not without_driver and not has_gpus and architecture(name, catalogue) == "arm64":
        return f"{name} has Arm processors, and the NVIDIA image is for x86", "AL2023"
    lacking = _WITHOUT_2023.get(name.partition(".")[0])
    if lacking is not None and set(images) == {lacking}:
        return f"the image does not support {name}", lacking.replace("2023", "2")
    return None


@rule(
    ComputeEnvironment,
    "MNP114",
    "The image type fits the instance types",
    severity=ERROR,
    why="Without NVIDIA's driver the ECS agent finds no GPUs, and a job that asks for them stays "
    "in RUNNABLE; an image of the other architecture does not start at all.",
    fix="Give the environment the image type for its instance types, or none: then Batch chooses.",
    source=sources.api("Ec2Configuration"),
)
def image_type_fits(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Compares image types with listed types and families, where no image is named by its id.

    Image types of EKS on ECS and the reverse are an error whatever the image. A word that is not
    documented is a warning if it looks misspelt; one that differs in its numbers, or has the right
    beginning and is like no other, may be newer.

    An NVIDIA image type serves x86 types without GPUs too; that it does not start on Graviton ones
    is taken from the documents, as is that A1 has no Amazon Linux 2023, nor P3 and G3 an NVIDIA
    image of it. None of the image types brings the driver of Neuron devices: a warning, unless user
    data may install it.
    """
    yield from _image_words(environment)
    images = image_types(environment)
    if images is UNKNOWN:
        return
    prefix = "EKS_" if environment.is_eks is True else "ECS_"
    seen = ", ".join(prefix + each for each in images)
    path = COMPUTE_RESOURCES / "ec2Configuration"
    for name in listed(environment):
        if images and (misfit := _misfit(name, images, catalogue)) is not None:
            message, right = misfit
            yield Violation(
                resource=environment,
                property_path=path,
                message=f"{message} ({seen})",
                actual=seen,
                expected=prefix + right,
                fix=f"Set the image type {prefix}{right}, or name no image type.",
            )
        template = environment.launch_template
        facts = members(name, catalogue)
        if (
            facts
            and all(each.neuron_devices for each in facts)
            and not (has_value(template) and may_do(template.user_data, _NEURON))
        ):
            yield Violation(
                resource=environment,
                property_path=path,
                message=f"{name} has Neuron devices, and no image of Batch's brings their driver",
                actual=seen or "Batch's own choice",
                expected="an image with the Neuron driver",
                fix="Name an image with the driver (such as the ECS-optimized Neuron one) in "
                "imageIdOverride.",
                severity=WARNING,
            )
