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
        command: Of the containers of all nodes, if each has one essential container; empty if it
            is not overridden.
        environment: Variables of all containers of all nodes.
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
    if described["type"] == "multinode":
        if nodes := _nodes(definition, described, overrides):
            asked["nodeOverrides"] = nodes
        return asked
    if overrides.nodes is not None:
        raise SubmissionError(
            f"--nodes {overrides.nodes}: {definition.label} is not a multi-node parallel job"
        )
    if overrides.command or overrides.environment:
        asked |= _containers(definition, described, "containerProperties", overrides)
    return asked


def _nodes(
    definition: Deployed, described: Mapping[str, Any], overrides: Overrides
) -> dict[str, Any]:
    asked: dict[str, Any] = {} if overrides.nodes is None else {"numNodes": overrides.nodes}
    if overrides.command or overrides.environment:
        asked["nodePropertyOverrides"] = [
            {
                "targetNodes": node_range["targetNodes"],
                **_containers(definition, node_range, "container", overrides),
            }
            for node_range in described["nodeProperties"]["nodeRangeProperties"]
        ]
    return asked


def _containers(
    definition: Deployed, described: Mapping[str, Any], key: str, overrides: Overrides
) -> dict[str, Any]:
    """Return the overrides of one container, or of the containers of a task."""
    variables = [{"name": name, "value": text} for name, text in overrides.environment.items()]
    environment = {"environment": variables} if variables else {}
    command = {"command": list(overrides.command)} if overrides.command else {}
    if key in described:
        return {"containerOverrides": {**command, **environment}}
    if "ecsProperties" not in described:
        raise SubmissionError(
            f"{definition.label} has eksProperties, whose containers cannot be overridden here"
        )
    (task,) = described["ecsProperties"]["taskProperties"]
    if not all(each.get("name") for each in task["containers"]):
        raise SubmissionError(
            f"{definition.label} has a container without a name, which cannot be overridden"
        )
    essential = [each["name"] for each in task["containers"] if each.get("essential", True)]
    if command and len(essential) > 1:
        raise SubmissionError(
            f"{definition.label} has the essential containers {', '.join(essential)}: it is not "
            "clear which of them the command is for"
        )
    containers = [
        {
            "name": container["name"],
            **(command if container["name"] in essential else {}),
            **environment,
        }
        for container in task["containers"]
    ]
    return {"ecsPropertiesOverride": {"taskProperties": [{"containers": containers}]}}
