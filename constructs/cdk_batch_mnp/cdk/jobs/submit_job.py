"""A Step Functions task that submits multi-node parallel jobs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Required, TypeAlias, Unpack

from aws_cdk import Aws
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from cdk_batch_mnp.cdk.eks.job_definition import MnpEksJobDefinition
from cdk_batch_mnp.cdk.jobs.imported_definition import ImportedJobDefinition
from cdk_batch_mnp.cdk.jobs.job_definition import MnpJobDefinition
from cdk_batch_mnp.cdk.jobs.submission_options import SubmitJobOptions
from cdk_batch_mnp.cdk.jobs.submission_request import optional_members
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked
from cdk_batch_mnp.cdk.jsii.unchanging import path_of, stack_of

_RESOURCES = {
    sfn.IntegrationPattern.RUN_JOB: "batch:submitJob.sync",
    sfn.IntegrationPattern.REQUEST_RESPONSE: "batch:submitJob",
}
_JSON_PATH, _JSONATA = sfn.QueryLanguage.JSON_PATH, sfn.QueryLanguage.JSONATA
_OF_JSON_PATH = ("input_path", "result_selector", "result_path", "output_path")

_Definition: TypeAlias = MnpJobDefinition | MnpEksJobDefinition | ImportedJobDefinition


class SubmitJobArguments(SubmitJobOptions, total=False):
    """Arguments of :class:`MnpSubmitJob` besides ``scope`` and ``id``, which documents them."""

    job_name: Required[str]
    job_definition: Required[_Definition]
    job_queue: Required[batch.IJobQueue]


class MnpSubmitJob(sfn.CustomState):
    """A state that submits a multi-node parallel job.

    In contrast to ``tasks.BatchSubmitJob``, it can set the number of nodes and the share
    identifier, and override the command and the environment of each node group. The role of the
    state machine gets the permissions that the state needs. The job runs the latest active revision
    of the definition, so an update of the definition affects neither running executions nor other
    stacks::

        MnpSubmitJob(
            stack, "Solve", job_name="solve", job_definition=solve, job_queue=cluster.job_queue,
            num_nodes=sfn.JsonPath.number_at("$.nodes"),
        )

    ``MnpSubmitJob.jsonata`` and ``MnpSubmitJob.json_path`` fix the query language, as those of
    ``BatchSubmitJob`` do; otherwise it is that of the state machine.

    Args:
        scope: Parent construct.
        id: Construct id within ``scope``, and name of the state.
        job_name: Name of the job: up to 128 letters, digits, hyphens and underscores.
        job_definition: What the job runs, on Amazon ECS or Amazon EKS.
        job_queue: The queue that the job is submitted to.
        **options: See :class:`SubmitJobOptions`, which documents each option and its default.

    Raises:
        ArgumentError: An argument is unknown or of the wrong type; a node group or a container of
            an override does not exist; the command of a job with a ``launcher`` is overridden;
            Step Functions cannot submit jobs with the integration pattern; or an option or a value
            is for the other query language.

    Source: Step Functions Developer Guide, «Run AWS Batch workloads with Step Functions» and
    «Transforming data with JSONata».
    """

    @checked
    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        job_name: str,
        job_definition: MnpJobDefinition | MnpEksJobDefinition | ImportedJobDefinition,
        job_queue: batch.IJobQueue,
        **options: Unpack[SubmitJobOptions],
    ) -> None:
        pattern = options.get("integration_pattern", sfn.IntegrationPattern.RUN_JOB)
        if pattern not in _RESOURCES:
            raise ArgumentError(
                f"integration_pattern is {pattern.name}, but Step Functions submits jobs with "
                "RUN_JOB or REQUEST_RESPONSE only"
            )
        self._request = {
            "JobName": job_name,
            "JobDefinition": job_definition.job_definition_arn_without_revision,
            "JobQueue": job_queue.job_queue_arn,
            **optional_members(job_definition, options),
        }
        self._options = options
        self._language = options.get("query_language")
        if self._language is not None:
            self._require(self._language)
        self._definition = job_definition
        self._queue = job_queue
        self._waits = pattern is sfn.IntegrationPattern.RUN_JOB
        self._has_tags = bool(options.get("tags"))
        state = {
            "Type": "Task",
            "Resource": f"arn:{Aws.PARTITION}:states:::{_RESOURCES[pattern]}",
        }
        super().__init__(scope, id, state_json=state)

    @classmethod
    def json_path(
        cls, scope: Construct, id: str, **arguments: Unpack[SubmitJobArguments]
    ) -> MnpSubmitJob:
        """Return a state that uses JSONPath, which a state machine with JSONata does not take.

        Args:
            scope: Parent construct.
            id: Construct id within ``scope``, and name of the state.
            **arguments: As for the constructor, without ``query_language`` and ``outputs``.

        Raises:
            ArgumentError: As for the constructor.
        """
        arguments["query_language"] = _JSON_PATH
        return cls(scope, id, **arguments)

    @classmethod
    def jsonata(
        cls, scope: Construct, id: str, **arguments: Unpack[SubmitJobArguments]
    ) -> MnpSubmitJob:
        """Return a state that uses JSONata, in a state machine of either language.

        Args:
            scope: Parent construct.
            id: Construct id within ``scope``, and name of the state.
            **arguments: As for the constructor, without ``query_language``, ``input_path``,
                ``result_selector``, ``result_path`` and ``output_path``.

        Raises:
            ArgumentError: As for the constructor.
        """
        arguments["query_language"] = _JSONATA
        return cls(scope, id, **arguments)

    def to_state_json(self, query_language: sfn.QueryLanguage | None = None) -> Mapping[Any, Any]:
        """Return the state in the Amazon States Language.

        Args:
            query_language: That of the state machine. Default: JSONPath.

        Raises:
            ArgumentError: The state uses JSONPath in a state machine with JSONata, or has an option
                or a value for the other language.
        """
        of_machine = query_language or _JSON_PATH
        language = self._language or of_machine
        if (language, of_machine) == (_JSON_PATH, _JSONATA):
            raise ArgumentError(
                "the state uses JSONPath, but its state machine uses JSONata; use "
                "MnpSubmitJob.jsonata",
                path=path_of(self),
            )
        if self._language is None:
            self._require(language)
        written = super().to_state_json(query_language)
        return {
            **written,
            **({} if language == of_machine else {"QueryLanguage": "JSONata"}),
            **(self._with_json_path() if language == _JSON_PATH else self._with_jsonata()),
        }

    def _require(self, language: sfn.QueryLanguage) -> None:
        """Raise ArgumentError if an option or a value is for the other query language."""
        others = ("outputs",) if language == _JSON_PATH else _OF_JSON_PATH
        name = "JSONPath" if language == _JSON_PATH else "JSONata"
        for option in others:
            if self._options.get(option) is not None:
                raise ArgumentError(f"the state uses {name}, which has no {option}")
        paths = sfn.FieldUtils.find_referenced_paths(
            {"request": self._request, "assign": self._options.get("assign") or {}}
        )
        if paths and language == _JSONATA:
            raise ArgumentError(
                f"the state uses JSONata, but has the JSONPath {paths[0]}; write "
                "'{% $states.input... %}'"
            )

    def _with_json_path(self) -> dict[str, Any]:
        members = {
            "Comment": self._options.get("comment"),
            "InputPath": self._options.get("input_path"),
            "ResultPath": self._options.get("result_path"),
            "OutputPath": self._options.get("output_path"),
        }
        found: dict[str, Any] = {
            "Parameters": sfn.FieldUtils.render_object(self._request),
            **{name: value for name, value in members.items() if value is not None},
        }
        for name, values in (
            ("ResultSelector", self._options.get("result_selector")),
            ("Assign", self._options.get("assign")),
        ):
            if values:
                found[name] = sfn.FieldUtils.render_object(values)
        return found

    def _with_jsonata(self) -> dict[str, Any]:
        members = {
            "Arguments": self._request,
            "Comment": self._options.get("comment"),
            "Output": self._options.get("outputs"),
            "Assign": self._options.get("assign") or None,
        }
        return {name: value for name, value in members.items() if value is not None}

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
