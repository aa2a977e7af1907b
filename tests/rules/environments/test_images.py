"""Which image types fit which instance types."""

from __future__ import annotations

import re
from typing import Any

import pytest
from botocore.session import Session

from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment, Ec2Configuration
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.setup import MnpSetup
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.checking import check
from cdk_batch_mnp.rules.environments.images import NVIDIA_IMAGES, PLAIN_IMAGES
from tests.rules.setups import (
    container,
    definition,
    environment,
    findings,
    ids,
    launch_template,
    node_group,
    requirements,
)

GPU = "p4d.24xlarge"


def small_job(name: str) -> JobDefinition:
    """A job that fits on any type, and leaves half of none unused that is worth a word."""
    amounts = {"VCPU": "1", "MEMORY": "512"}
    if name == GPU:
        amounts |= {"VCPU": "96", "GPU": "8"}
    elif name == "c6g.16xlarge":
        amounts |= {"VCPU": "64"}
    elif name == "trn1.32xlarge":
        amounts |= {"VCPU": "128"}
    return definition(
        node_groups=(
            node_group(
                container_instance_type=name,
                containers=(container(requirements=requirements(**amounts)),),
            ),
        )
    )


def images(*types: object, **changes: Any) -> tuple[Ec2Configuration, ...]:
    """Image types, without images of the user's."""
    return tuple(Ec2Configuration(image_type=name, **changes) for name in types)  # type: ignore[arg-type]


def of(name: str, configurations: object, **changes: Any) -> ComputeEnvironment:
    """An environment of one instance type with these image types."""
    return environment(
        instance_types=(name,), ec2_configurations=configurations, max_vcpus=10_000, **changes
    )


@pytest.mark.parametrize(
    ("configurations", "expected"),
    [
        pytest.param(images("ECS_AL2023"), ["MNP114"], id="an image without the driver"),
        pytest.param(images("ECS_AL2"), ["MNP114", "MNP118"], id="an older one"),
        pytest.param(images("ECS_AL2023_NVIDIA"), [], id="one with it"),
        pytest.param(images("ECS_AL2_NVIDIA"), ["MNP118"], id="an older one with it"),
        pytest.param(images("ECS_AL2023", "ECS_AL2023_NVIDIA"), [], id="one for each kind of type"),
        pytest.param((), [], id="none: Batch chooses"),
        pytest.param(images(UNKNOWN), [], id="an unknown image type"),
        pytest.param(images("ECS_AL2023", UNKNOWN), [], id="one of two is unknown"),
        pytest.param((*images("ECS_AL2023"), UNKNOWN), [], id="one of two cannot be read"),
        pytest.param(UNKNOWN, [], id="unknown image types"),
        pytest.param(
            images("ECS_AL2023", image_id_override="ami-1"), [], id="an image of the user's"
        ),
        pytest.param(
            images("ECS_AL2023", image_id_override=UNKNOWN), [], id="an unknown image of the user's"
        ),
        pytest.param(images("ECS_AL2023_OWN"), [], id="an image type that is not known here"),
    ],
)
def test_mnp114_gpu_types_need_the_driver(configurations: object, expected: list[str]) -> None:
    assert ids(small_job(GPU), of(GPU, configurations)) == expected


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"image_id": "ami-1"}, id="the environment names an image"),
        pytest.param({"image_id": UNKNOWN}, id="it may name one"),
        pytest.param({"launch_template": launch_template(image_id="ami-1")}, id="the template"),
        pytest.param({"launch_template": UNKNOWN}, id="an unknown template"),
        pytest.param({"has_template_overrides": True}, id="templates for single types"),
        pytest.param({"has_template_overrides": UNKNOWN}, id="perhaps"),
    ],
)
def test_mnp114_knows_nothing_of_other_images(changes: dict[str, Any]) -> None:
    assert ids(small_job(GPU), of(GPU, images("ECS_AL2023"), **changes)) == []


@pytest.mark.parametrize(
    ("name", "configurations", "limit"),
    [
        pytest.param("p5", images("ECS_AL2023"), "ECS_AL2023_NVIDIA", id="a family of GPU types"),
        pytest.param("g6f.xlarge", images("ECS_AL2023"), "ECS_AL2023_NVIDIA", id="a share of one"),
        pytest.param("c7g.xlarge", images("ECS_AL2023_NVIDIA"), "ECS_AL2023", id="Graviton"),
        pytest.param("a1.xlarge", images("ECS_AL2023"), "ECS_AL2", id="A1"),
        pytest.param("p3.2xlarge", images("ECS_AL2023_NVIDIA"), "ECS_AL2_NVIDIA", id="P3"),
        pytest.param("c5.18xlarge", images("ECS_AL2023_NVIDIA"), None, id="x86"),
        pytest.param("g5g.xlarge", images("ECS_AL2023_NVIDIA"), None, id="Graviton with GPUs"),
        pytest.param("a1.xlarge", images("ECS_AL2023", "ECS_AL2"), None, id="A1 with another"),
        pytest.param("x99.large", images("ECS_AL2023"), None, id="a type without facts"),
    ],
)
def test_mnp114_names_the_image_type_that_fits(
    name: str, configurations: object, limit: str | None
) -> None:
    job = small_job(name)
    reported = findings(job, of(name, configurations))
    assert [each.expected for each in reported if each.rule.id == "MNP114"] == (
        [limit] if limit else []
    )


def test_mnp114_speaks_of_eks_images_on_eks() -> None:
    other = of(GPU, images("EKS_AL2023"), is_eks=True, is_dedicated=True)
    reported = [
        finding for finding in findings(small_job(GPU), other) if finding.rule.id == "MNP114"
    ]
    assert [each.expected for each in reported] == ["EKS_AL2023_NVIDIA"]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, ["MNP114"], id="no image brings the driver"),
        pytest.param(
            {"launch_template": launch_template(user_data=UNKNOWN)}, [], id="user data may"
        ),
        pytest.param({"image_id": "ami-1"}, [], id="an image of the user's may"),
    ],
)
def test_mnp114_neuron_devices_need_an_image_of_the_users(
    changes: dict[str, Any], expected: list[str]
) -> None:
    name = "trn1.32xlarge"
    parts = small_job(name), of(name, images("ECS_AL2023"), **changes)
    assert ids(*parts) == expected
    assert {finding.severity for finding in findings(*parts)} <= {Severity.WARNING}


@pytest.mark.parametrize(
    ("word", "is_eks", "limit", "severity"),
    [
        pytest.param("EKS_AL2023", False, "ECS_AL2023", Severity.ERROR, id="EKS on ECS"),
        pytest.param(
            "ECS_AL2023_NVIDIA", True, "EKS_AL2023_NVIDIA", Severity.ERROR, id="ECS on EKS"
        ),
        pytest.param("ECS_AL2O23", False, "ECS_AL2023", Severity.WARNING, id="the letter O"),
        pytest.param("AL2023", False, "ECS_AL2023", Severity.WARNING, id="without its beginning"),
        pytest.param("ECS_AL2023_NVIDA", False, "ECS_AL2023_NVIDIA", Severity.WARNING, id="a slip"),
        pytest.param(
            "ECS_AMAZON_LINUX_2023", False, "ECS_AL2023", Severity.WARNING, id="not documented"
        ),
        pytest.param("ecs_al2023", False, None, None, id="small letters"),
        pytest.param("ECS_AL2027", False, None, None, id="a newer one"),
        pytest.param("ECS_AL2023_NEURON", False, None, None, id="for other accelerators"),
        pytest.param("EKS_AL2023", UNKNOWN, None, None, id="perhaps on EKS"),
        pytest.param(UNKNOWN, False, None, None, id="unknown"),
    ],
)
def test_mnp114_image_types_are_spelt_as_documented(
    word: object, is_eks: Any, limit: str | None, severity: Severity | None
) -> None:
    other = of("c5.18xlarge", images(word), is_eks=is_eks, is_dedicated=True)
    reported = check(MnpSetup(compute_environments=(other,))).findings
    found = [(each.expected, each.severity) for each in reported if each.rule.id == "MNP114"]
    assert found == ([(limit, severity)] if limit else [])


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param({}, ["MNP118"], id="Batch's own image"),
        pytest.param(
            {"ec2_configurations": images("ECS_AL2", image_id_override="ami-1")},
            [],
            id="an image of the user's",
        ),
        pytest.param({"launch_template": launch_template(image_id=UNKNOWN)}, [], id="perhaps one"),
        pytest.param({"ec2_configurations": images("ECS_AL2023")}, [], id="the newer one"),
        pytest.param({"ec2_configurations": images(UNKNOWN)}, [], id="unknown"),
        pytest.param({"is_eks": UNKNOWN}, [], id="perhaps on EKS"),
    ],
)
def test_mnp118_new_environments_get_no_amazon_linux_2(
    changes: dict[str, Any], expected: list[str]
) -> None:
    parts = {"ec2_configurations": images("ECS_AL2"), **changes}
    assert ids(environment(**parts)) == expected


def test_mnp118_names_the_successor() -> None:
    (finding,) = findings(small_job(GPU), of(GPU, images("ECS_AL2_NVIDIA")))
    assert (finding.expected, finding.severity) == ("ECS_AL2023_NVIDIA", Severity.WARNING)
    model = Session().get_component("data_loader").load_service_model("batch", "service-2")
    said = model["shapes"]["Ec2Configuration"]["members"]["imageType"]["documentation"]
    assert "Effective June 30, 2026, Batch will block creation of new Amazon ECS" in said
    assert "on November 26, 2025" in said


def test_the_image_types_are_those_that_the_api_documents() -> None:
    """A newer model with further image types makes this fail: then the rule has to learn them."""
    model = Session().get_component("data_loader").load_service_model("batch", "service-2")
    said = model["shapes"]["Ec2Configuration"]["members"]["imageType"]["documentation"]
    documented = {found.removesuffix(".") for found in re.findall(r"(?:ECS|EKS)_(AL\w+)", said)}
    assert documented == {*NVIDIA_IMAGES, *PLAIN_IMAGES} - {"AL1"}
    for sentence in ("does not support <code>A1</code>", "doesn't support <code>p3</code>"):
        assert sentence in said
