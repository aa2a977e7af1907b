"""Instance types, images and reservations, and whether containers fit in them."""

from __future__ import annotations

from tests.corpus.changes import CONTAINER, LEFT_OUT, RESOURCES, SECOND, TASK, TEMPLATE, Table, ref

INSTANCES: Table = {
    "MNP107": (
        (
            "another type",
            "cluster",
            {f"{RESOURCES}.InstanceTypes": ["c5.24xlarge"]},
        ),
        ("another family", "isolated", {f"{RESOURCES}.InstanceTypes": ["hpc6a"]}),
        ("optimal does not stand for it", "isolated", {f"{RESOURCES}.InstanceTypes": ["optimal"]}),
    ),
    "MNP109": (
        (
            "optimal",
            "cluster",
            {f"{RESOURCES}.InstanceTypes": [ref("InstanceType"), "optimal"]},
        ),
        ("the family", "isolated", {f"{RESOURCES}.InstanceTypes": ["hpc7a.96xlarge", "hpc7a"]}),
    ),
    "MNP110": (
        (
            "Graviton beside x86",
            "cluster",
            {
                f"{RESOURCES}.InstanceTypes": [ref("InstanceType"), "c7gn.16xlarge"],
                f"{RESOURCES}.Ec2Configuration": LEFT_OUT,
            },
        ),
    ),
    "MNP114": (
        (
            "no NVIDIA driver",
            "efa",
            {f"{RESOURCES}.Ec2Configuration": [{"ImageType": "ECS_AL2023"}]},
        ),
        (
            "an image type of EKS",
            "cluster",
            {f"{RESOURCES}.Ec2Configuration": [{"ImageType": "EKS_AL2023"}]},
        ),
        (
            "a misspelt one",
            "cluster",
            {f"{RESOURCES}.Ec2Configuration": [{"ImageType": "ECS_AL2O23"}]},
        ),
    ),
    "MNP115": (
        (
            "a family that is not",
            "cluster",
            {f"{RESOURCES}.InstanceTypes": [ref("InstanceType"), "c99.large"]},
        ),
    ),
    "MNP117": (
        (
            "too small a type",
            "cluster",
            {
                f"{RESOURCES}.InstanceTypes": ["c5.9xlarge"],
                f"{CONTAINER}.InstanceType": LEFT_OUT,
                f"{SECOND}.Container.InstanceType": LEFT_OUT,
            },
        ),
        (
            "one thread on each core",
            "cluster",
            {f"{TEMPLATE}.CpuOptions": {"CoreCount": 36, "ThreadsPerCore": 1}},
        ),
    ),
    "MNP118": (
        (
            "the older Linux",
            "cluster",
            {f"{RESOURCES}.Ec2Configuration": [{"ImageType": "ECS_AL2"}]},
        ),
        (
            "the older Linux with NVIDIA's driver",
            "efa",
            {f"{RESOURCES}.Ec2Configuration": [{"ImageType": "ECS_AL2_NVIDIA"}]},
        ),
    ),
    "MNP119": (
        (
            "a reservation in another zone",
            "isolated",
            {
                "Reservation": {
                    "Type": "AWS::EC2::CapacityReservation",
                    "Properties": {
                        "AvailabilityZone": "us-east-2a",
                        "InstanceCount": 8,
                        "InstancePlatform": "Linux/UNIX",
                        "InstanceType": "hpc7a.96xlarge",
                    },
                },
                "Template.LaunchTemplateData.CapacityReservationSpecification": {
                    "CapacityReservationTarget": {"CapacityReservationId": ref("Reservation")}
                },
            },
        ),
    ),
    "MNP120": (
        (
            "a Capacity Block that is not named",
            "efa",
            {"Template.LaunchTemplateData.InstanceMarketOptions": {"MarketType": "capacity-block"}},
        ),
    ),
    "MNP312": (
        ("vCPUs", "cluster", {f"{CONTAINER}.ResourceRequirements.0.Value": "73"}),
        ("memory", "cluster", {f"{CONTAINER}.ResourceRequirements.1.Value": "147456"}),
        ("GPUs", "efa", {f"{CONTAINER}.ResourceRequirements.2.Value": "9"}),
        ("in sum", "isolated", {f"{TASK}.Containers.1.ResourceRequirements.0.Value": "5"}),
    ),
    "MNP313": (
        (
            "a corner of each",
            "isolated",
            {
                f"{TASK}.Containers.0.ResourceRequirements.0.Value": "4",
                f"{TASK}.Containers.0.ResourceRequirements.1.Value": "8000",
            },
        ),
    ),
    "MNP327": (
        (
            "a size that is not",
            "cluster",
            {
                f"{RESOURCES}.InstanceTypes": ["c5"],
                f"{CONTAINER}.InstanceType": "c5.99xlarge",
                f"{SECOND}.Container.InstanceType": "c5.99xlarge",
            },
        ),
    ),
}
