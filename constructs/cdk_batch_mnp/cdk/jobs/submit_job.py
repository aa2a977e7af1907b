"""A Step Functions task that submits multi-node parallel jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any, TypedDict, Unpack

from aws_cdk import Aws, Duration
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_batch_mnp.cdk.jobs.container_properties import text_of
from cdk_batch_mnp.cdk.jobs.job_definition import MnpJobDefinition
from cdk_batch_mnp.cdk.jobs.node_group import NodeGroup
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError, at_path
from cdk_batch_mnp.cdk.jsii.checked import checked, checked_fields
from cdk_batch_mnp.cdk.jsii.durations import seconds_of
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.jsii.unchanging import stack_of
from cdk_batch_mnp.frozen.dataclass import dataclass

_RESOURCES = {
    sfn.IntegrationPattern.RUN_JOB: "batch:submitJob.sync",
    sfn.IntegrationPattern.REQUEST_RESPONSE: "batch:submitJob",
}


@checked_fields()
@dataclass(frozen=True, kw_only=True)
class NodeGroupOverride:
    """What a submission changes for the nodes of a node group.

    Values may be paths in the input of the state, such as ``sfn.JsonPath.string_at("$.case")``.

    Attributes:
        command: Command instead of that of the container; numbers become strings. Default: that of
            the definition.
        environment: Environment variables in addition to those of the container, or instead of
            them; numbers become strings. Default: none.
        container: Name of the container. Required if the group has several. Default: the only one.

    Raises:
        ArgumentError: An argument is unknown or of the wrong type, or nothing is overridden.

    Source: Batch API, NodePropertyOverride.
    """

    command: Sequence[str | float] | None = None
    environment: Mapping[str, str | float] = field(default_factory=dict)
    container: str | None = None

    def __post_init__(self) -> None:
        """Check the arguments."""
        if not self.command and not self.environment:
            raise ArgumentError("nothing is overridden; set command or environment")


class SubmitJobOptions(TypedDict, total=False):
    """Options of :class:`MnpSubmitJob`.

    Source: Batch API, SubmitJob; Amazon States Language.
    """

    num_nodes: int | float | None
    """Number of nodes of the job, 1 to 1000, or a path such as ``sfn.JsonPath.number_at("$.n")``.

    Requires a node group with an open-ended range. Default: the number of the definition.
    """

    node_overrides: Mapping[str, NodeGroupOverride]
    """Overrides by the name of the node group. Default: none."""

    parameters: Mapping[str, str | float]
    """Values of the ``Ref::name`` placeholders in commands; numbers become strings. Default: none.
    """

    attempts: int | None
    """Number of attempts, 1 to 10. Default: that of the definition."""

    timeout: Duration | None
    """Timeout of an attempt, at least 60 seconds. Default: that of the definition."""

    tags: Mapping[str, str]
    """Tags of the job. Default: none."""

    integration_pattern: sfn.IntegrationPattern
    """``RUN_JOB`` waits until the job has ended, and fails if the job does.

    ``REQUEST_RESPONSE`` does not wait. Default: ``RUN_JOB``.
    """

    comment: str | None
    """Comment of the state. Default: none."""

    input_path: str | None
    """The part of the input that the state reads. Default: the whole input."""

    result_selector: Mapping[str, Any] | None
    """What of the result the state keeps. Default: the whole result."""

    result_path: str | None
    """Where in the input the result is placed. Default: instead of the input."""

    output_path: str | None
    """The part of the state's data that is its output. Default: all."""


class MnpSubmitJob(sfn.CustomState):
    """A state that submits a multi-node parallel job, for state machines with JSONPath.

    In contrast to ``tasks.BatchSubmitJob``, it can set the number of nodes, and override the
    command and the environment of each node group. The role of the state machine gets the
    permissions that the state needs. The job runs the latest active revision of the definition, so
    an update of the definition affects neither running executions nor other stacks::

        MnpSubmitJob(
            stack, "Solve", job_name="solve", job_definition=solve, job_queue=cluster.job_queue,
            num_nodes=sfn.JsonPath.number_at("$.nodes"),
        )

    Args:
        scope: Parent construct.
        id: Construct id within ``scope``, and name of the state.
        job_name: Name of the job: up to 128 letters, digits, hyphens and underscores.
        job_definition: What the job runs.
        job_queue: The queue that the job is submitted to.
        **options: See :class:`SubmitJobOptions`, which documents each option and its default.

    Raises:
        ArgumentError: An argument is unknown or of the wrong type; a node group or a container of
            an override does not exist; the command of a job with a ``launcher`` is overridden; or
            Step Functions cannot submit jobs with the integration pattern.

    Source: Step Functions Developer Guide, «Run AWS Batch workloads with Step Functions».
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        job_name: str,
        job_definition: MnpJobDefinition,
        job_queue: batch.IJobQueue,
        **options: Unpack[SubmitJobOptions],
    ) -> None:
        pattern = options.get("integration_pattern", sfn.IntegrationPattern.RUN_JOB)
        if pattern not in _RESOURCES:
            raise ArgumentError(
                f"integration_pattern is {pattern.name}, but Step Functions submits jobs with "
                "RUN_JOB or REQUEST_RESPONSE only"
            )
        request = {
            "JobName": job_name,
            "JobDefinition": job_definition.job_definition_arn_without_revision,
            "JobQueue": job_queue.job_queue_arn,
            **_members(job_definition, options),
        }
        self._definition = job_definition
        self._queue = job_queue
        self._waits = pattern is sfn.IntegrationPattern.RUN_JOB
        self._has_tags = bool(options.get("tags"))
        state = {
            "Type": "Task",
            "Resource": f"arn:{Aws.PARTITION}:states:::{_RESOURCES[pattern]}",
            "Parameters": sfn.FieldUtils.render_object(request),
            **_paths(options),
        }
        super().__init__(scope, id, state_json=state)

    def _when_bound_to_graph(self, graph: sfn.StateGraph) -> None:
        """Add the permissions to the role of the state machine."""
        super()._when_bound_to_graph(graph)
        for statement in self._statements():
            graph.register_policy_statement(statement)

    def _statements(self) -> Iterator[iam.PolicyStatement]:
        arn = self._definition.job_definition_arn_without_revision
        queue = self._queue.job_queue_arn
        yield _allow(["batch:SubmitJob"], arn, f"{arn}:*", queue)
        stack = stack_of(self)
        jobs = stack.format_arn(service="batch", resource="job", resource_name="*")
        if self._has_tags:
            yield _allow(["batch:TagResource"], jobs)
        if self._waits:
            # Source: Step Functions Developer Guide, IAM policies for AWS Batch.
            rule = stack.format_arn(service="events", resource="rule", resource_name=_RULE)
            yield _allow(["events:PutTargets", "events:PutRule", "events:DescribeRule"], rule)
            yield _allow(["batch:DescribeJobs"], "*")
            yield _allow(["batch:TerminateJob"], jobs)


_RULE = "StepFunctionsGetEventsForBatchJobsRule"


def _allow(actions: list[str], *resources: str) -> iam.PolicyStatement:
    return iam.PolicyStatement(actions=actions, resources=list(resources))


def _members(definition: MnpJobDefinition, options: SubmitJobOptions) -> dict[str, Any]:
    """Return the optional members of the request."""
    found: dict[str, Any] = {}
    nodes: dict[str, Any] = {}
    if (number := options.get("num_nodes")) is not None:
        nodes["NumNodes"] = number
    if overrides := options.get("node_overrides"):
        nodes["NodePropertyOverrides"] = [
            _override(definition, name, override) for name, override in overrides.items()
        ]
    if nodes:
        found["NodeOverrides"] = nodes
    if parameters := options.get("parameters"):
        found["Parameters"] = {name: text_of(value) for name, value in parameters.items()}
    if (attempts := options.get("attempts")) is not None:
        found["RetryStrategy"] = {"Attempts": attempts}
    if (timeout := options.get("timeout")) is not None:
        found["Timeout"] = {"AttemptDurationSeconds": seconds_of("timeout", timeout)}
    if tags := options.get("tags"):
        found["Tags"] = dict(tags)
    return found


def _paths(options: SubmitJobOptions) -> dict[str, Any]:
    members = {
        "Comment": options.get("comment"),
        "InputPath": options.get("input_path"),
        "ResultPath": options.get("result_path"),
        "OutputPath": options.get("output_path"),
    }
    found: dict[str, Any] = {name: value for name, value in members.items() if value is not None}
    if selector := options.get("result_selector"):
        found["ResultSelector"] = sfn.FieldUtils.render_object(selector)
    return found


def _override(
    definition: MnpJobDefinition, name: str, override: NodeGroupOverride
) -> dict[str, Any]:
    """Return a NodePropertyOverride."""
    with at_path(f"node_overrides[{name!r}]"):
        groups = {group.name: group for group in definition.node_groups}
        if name not in groups:
            raise ArgumentError(
                f"the job definition has no such node group; it has {', '.join(map(repr, groups))}"
            )
        if override.command and definition.launcher is not None:
            raise ArgumentError(
                "the command of a job with a launcher cannot be overridden; write Ref::name in the "
                "command of the definition and set parameters, or override environment"
            )
        container = _container_of(groups[name], override)
        changed = _changed(override)
        rendered = definition.node_range_properties[list(groups).index(name)]
        if "container" in rendered:
            return {"TargetNodes": rendered["targetNodes"], "ContainerOverrides": changed}
        task = {"Containers": [{"Name": container, **changed}]}
        return {
            "TargetNodes": rendered["targetNodes"],
            "EcsPropertiesOverride": {"TaskProperties": [task]},
        }


def _container_of(group: NodeGroup, override: NodeGroupOverride) -> str:
    names = list(group.all_containers)
    if override.container is None and len(names) == 1:
        return names[0]
    if override.container not in names:
        actual = "not set" if override.container is None else repr(override.container)
        raise ArgumentError(
            f"container is {actual}, but must be one of {', '.join(map(repr, names))}"
        )
    return override.container


def _changed(override: NodeGroupOverride) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if override.command:
        words = [text_of(word) for word in override.command]
        is_computed = any(
            is_token(word) and sfn.JsonPath.is_encoded_json_path(word) for word in words
        )
        found["Command"] = sfn.JsonPath.array(*words) if is_computed else words
    if override.environment:
        found["Environment"] = [
            {"Name": name, "Value": text_of(value)} for name, value in override.environment.items()
        ]
    return found
