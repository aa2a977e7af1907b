"""Facts that constructs write to the Metadata of resources."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from tests.template.stacks import setup


def zones_and_kinds(subnets: str, facts: str) -> list[tuple[Maybe[str], Maybe[str]] | None]:
    """Zone and kind of each subnet of an environment, ``None`` for one that is not known."""
    (environment,) = setup(f"""
        Resources:
          Environment:
            Type: AWS::Batch::ComputeEnvironment
            Metadata: {{cdk-batch-mnp: {{subnets: {facts}}}}}
            Properties: {{Type: MANAGED, ComputeResources: {{Subnets: {subnets}}}}}
    """).compute_environments
    assert environment.subnets is not UNKNOWN
    return [
        None if subnet is UNKNOWN else (subnet.zone, subnet.kind) for subnet in environment.subnets
    ]


FACT = "{id: subnet-1, zone: eu-west-1a, kind: private}"


@pytest.mark.parametrize(
    ("subnets", "facts", "expected"),
    [
        pytest.param("[subnet-1]", f"[{FACT}]", [("eu-west-1a", "private")], id="an id"),
        pytest.param(
            "[subnet-2, subnet-1]",
            f"[{FACT}]",
            [(UNKNOWN, UNKNOWN), ("eu-west-1a", "private")],
            id="another id",
        ),
        pytest.param(
            "[!ImportValue one]",
            "[{id: !ImportValue one, kind: public}]",
            [(UNKNOWN, "public")],
            id="an import",
        ),
        pytest.param("[!ImportValue two]", "[{id: !ImportValue one}]", [None], id="another import"),
        pytest.param("[subnet-1]", "[{id: subnet-1, kind: odd}]", [(UNKNOWN, UNKNOWN)], id="kind"),
        pytest.param(
            "[subnet-1]",
            "[{id: subnet-1, zone: !Select [0, !GetAZs '']}]",
            [("zone 0 of the Region", UNKNOWN)],
            id="the first zone",
        ),
        pytest.param(
            "[subnet-1, subnet-2]",
            f"[{FACT}, {{id: subnet-2, zone: !Select [0, !GetAZs '']}}]",
            [(UNKNOWN, "private"), (UNKNOWN, UNKNOWN)],
            id="zones that are named in different ways",
        ),
        pytest.param("[subnet-1]", "subnet-1", [(UNKNOWN, UNKNOWN)], id="not a list"),
        pytest.param("[subnet-1]", "[subnet-1]", [(UNKNOWN, UNKNOWN)], id="not an object"),
        pytest.param(
            "[!Ref 'AWS::NoValue', subnet-1]", f"[{FACT}]", [(UNKNOWN, UNKNOWN)], id="no value"
        ),
    ],
)
def test_zone_and_kind_of_a_subnet_are_found_by_its_id(
    subnets: str, facts: str, expected: list[tuple[Maybe[str], Maybe[str]] | None]
) -> None:
    assert zones_and_kinds(subnets, facts) == expected


def template(metadata: str, *, path: str = "", reservation: str = "cr-0123456789abcdef0") -> str:
    return f"""
        Resources:
          Template:
            Type: AWS::EC2::LaunchTemplate
            Metadata: {{cdk-batch-mnp: {metadata}}}
            Properties:
              LaunchTemplateData:
                CapacityReservationSpecification:
                  CapacityReservationTarget: {{CapacityReservationId: {reservation}}}
          Environment:
            Type: AWS::Batch::ComputeEnvironment
            Properties:
              Type: MANAGED
              ComputeResources: {{LaunchTemplate: {{LaunchTemplateId: !Ref Template}}}}
    """


@pytest.mark.parametrize(
    ("metadata", "zone"),
    [
        ("{capacityReservation: {id: cr-0123456789abcdef0, zone: us-east-2a}}", "us-east-2a"),
        ("{capacityReservation: {id: cr-9, zone: us-east-2a}}", UNKNOWN),
        ("{capacityReservation: {id: cr-0123456789abcdef0, zone: 1}}", UNKNOWN),
        ("{capacityReservation: us-east-2a}", UNKNOWN),
        ("{}", UNKNOWN),
    ],
)
def test_the_zone_of_a_reservation_is_found_by_its_id(metadata: str, zone: Maybe[str]) -> None:
    (environment,) = setup(template(metadata)).compute_environments
    launch_template = environment.launch_template
    assert launch_template is not None
    assert launch_template is not UNKNOWN
    reservation = launch_template.capacity_reservation
    assert reservation is not None
    assert reservation is not UNKNOWN
    assert reservation.zone == zone


def definition(path: str, queue: str) -> str:
    return f"""
        Resources:
          Job:
            Type: AWS::Batch::JobDefinition
            Metadata: {{{path}cdk-batch-mnp: {{jobQueue: {queue}}}}}
            Properties: {{Type: multinode}}
    """


PATH = "aws:cdk:path: Stack/Solve/Resource, "


@pytest.mark.parametrize(
    ("path", "queue", "expected"),
    [
        pytest.param(PATH, "Stack/Queue", "Stack/Queue", id="path"),
        pytest.param(PATH, "1", None, id="not a path"),
        pytest.param("", "Stack/Queue", None, id="a template without paths"),
    ],
)
def test_the_queue_of_a_definition_is_found_by_its_path(
    path: str, queue: str, expected: str | None
) -> None:
    (found,) = setup(definition(path, queue)).job_definitions
    assert found.job_queue == expected


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("{x9.huge: {vcpus: 512}}", {"x9.huge": 512}),
        ("{x9.huge: {vcpus: 0}, x9.large: 4}", {}),
        ("x9.huge", {}),
    ],
)
def test_vcpus_of_unlisted_types_are_read(given: str, expected: dict[str, int]) -> None:
    found = setup(f"""
        Resources:
          Environment:
            Type: AWS::Batch::ComputeEnvironment
            Metadata: {{cdk-batch-mnp: {{instanceTypes: {given}}}}}
            Properties: {{Type: MANAGED, ComputeResources: {{Type: EC2}}}}
    """)
    assert found.vcpus_of_types == expected
