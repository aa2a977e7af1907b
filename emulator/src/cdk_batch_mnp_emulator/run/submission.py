"""The submission of a job: how a command line overrides its definition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cdk_batch_mnp_emulator.run.naming import Deployed

_SHARE = "local"


class SubmissionError(Exception):
    """The definition cannot be overridden as the command line says."""


@dataclass(frozen=True, slots=True)
class Overrides:
    """What the command line overrides.

    Attributes:
        nodes: Number of nodes, if it is overridden.
        command: Of the containers of all nodes; empty if it is not overridden.
        environment: Variables of the containers of all nodes.
        parameters: Of the job.
    """

    nodes: int | None = None
    command: Sequence[str] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the command line asks for.

    Attributes:
        job: A name of the job definition; ``None`` for the only one.
        queue: A name of the job queue; ``None`` for the only one.
        overrides: Of the job definition.
        template_parameters: Values of template parameters.
    """

    job: str | None = None
    queue: str | None = None
    overrides: Overrides = field(default_factory=Overrides)
    template_parameters: Mapping[str, str] = field(default_factory=dict)


def request(
    definition: Deployed,
    described: Mapping[str, Any],
    queue: Mapping[str, Any],
    overrides: Overrides,
) -> dict[str, Any]:
    """Return the parameters of SubmitJob.

    Args:
        definition: Of the job.
        described: The same, as DescribeJobDefinitions returns it.
        queue: As DescribeJobQueues returns it.
        overrides: Of the command line.

    Raises:
        SubmissionError: An override does not fit the definition.
    """
    asked: dict[str, Any] = {
        "jobName": definition.label,
        "jobDefinition": definition.arn,
        "jobQueue": queue["jobQueueArn"],
    }
    if overrides.parameters:
        asked["parameters"] = dict(overrides.parameters)
    if "schedulingPolicyArn" in queue:
        asked["shareIdentifier"] = _SHARE  # required there, and there is no other job
    container: dict[str, Any] = {}
    if overrides.command:
        container["command"] = list(overrides.command)
    if overrides.environment:
        container["environment"] = [
            {"name": name, "value": value} for name, value in overrides.environment.items()
        ]
    if described["type"] == "multinode":
        if nodes := _nodes(definition, described, overrides.nodes, container):
            asked["nodeOverrides"] = nodes
        return asked
    if overrides.nodes is not None:
        raise SubmissionError(
            f"--nodes {overrides.nodes}: {definition.label} is not a multi-node parallel job"
        )
    if container:
        if "containerProperties" not in described:
            raise _several(definition.label)
        asked["containerOverrides"] = container
    return asked


def _nodes(
    definition: Deployed,
    described: Mapping[str, Any],
    number: int | None,
    container: Mapping[str, Any],
) -> dict[str, Any]:
    overrides: dict[str, Any] = {} if number is None else {"numNodes": number}
    if container:
        ranges = described["nodeProperties"]["nodeRangeProperties"]
        if any("container" not in each for each in ranges):
            raise _several(definition.label)
        overrides["nodePropertyOverrides"] = [
            {"targetNodes": each["targetNodes"], "containerOverrides": dict(container)}
            for each in ranges
        ]
    return overrides


def _several(name: str) -> SubmissionError:
    return SubmissionError(
        f"{name} has ecsProperties or eksProperties, whose containers cannot be overridden here"
    )
