"""Many clients at the same time: nothing is iterated while another request changes it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from embedded import EmbeddedAws

WRITERS = 4
EACH = 10


def together(write: Callable[[int, int], object], read: Callable[[], object]) -> None:
    """Write from several threads while others read; raises what any of them raises."""

    def many(writer: int) -> None:
        for number in range(EACH):
            write(writer, number)

    def reading(_: int) -> None:
        for _ in range(2 * EACH):
            read()

    with ThreadPoolExecutor(WRITERS + 2) as pool:
        done = [pool.submit(many, each) for each in range(WRITERS)]
        done += [pool.submit(reading, each) for each in range(2)]
        for each in done:
            each.result()


def test_placement_groups(aws: EmbeddedAws) -> None:
    ec2, prefix = aws.client("ec2"), uuid.uuid4().hex

    def write(writer: int, number: int) -> None:
        name = f"{prefix}-{writer}-{number}"
        ec2.create_placement_group(GroupName=name, Strategy="cluster")
        if number % 2:
            ec2.delete_placement_group(GroupName=name)

    together(write, lambda: ec2.describe_placement_groups())
    named = [{"Name": "group-name", "Values": [f"{prefix}-*"]}]
    found = ec2.describe_placement_groups(Filters=named)["PlacementGroups"]
    assert len(found) == WRITERS * (EACH // 2 + EACH % 2)


def test_stacks(aws: EmbeddedAws) -> None:
    # In a Region of its own: to describe the stacks of all tests takes long.
    cloudformation, prefix = aws.client("cloudformation", "eu-south-2"), uuid.uuid4().hex
    resources = {f"R{each}": {"Type": "AWS::CDK::Metadata"} for each in range(20)}
    body = json.dumps({"Resources": resources})

    def write(writer: int, number: int) -> None:
        name = f"s{prefix}-{writer}"
        cloudformation.create_stack(StackName=name, TemplateBody=body)
        cloudformation.delete_stack(StackName=name)

    def read() -> None:
        cloudformation.describe_stacks()
        cloudformation.list_stacks()
        cloudformation.list_exports()
        cloudformation.describe_stack_resources(PhysicalResourceId="none")

    together(write, read)


def test_services_of_moto(aws: EmbeddedAws) -> None:
    ssm, iam = aws.client("ssm"), aws.client("iam")
    prefix = uuid.uuid4().hex

    def write(writer: int, number: int) -> None:
        name = f"{prefix}-{writer}-{number}"
        ssm.put_parameter(Name=name, Value="x", Type="String")
        iam.create_user(UserName=name)
        if number % 2:
            ssm.delete_parameter(Name=name)
            iam.delete_user(UserName=name)

    def read() -> None:
        ssm.describe_parameters()
        iam.list_users()

    together(write, read)
    left: list[dict[str, Any]] = (
        iam.get_paginator("list_users").paginate().build_full_result()["Users"]
    )
    kept = [each for each in left if each["UserName"].startswith(prefix)]
    assert len(kept) == WRITERS * (EACH // 2 + EACH % 2)
