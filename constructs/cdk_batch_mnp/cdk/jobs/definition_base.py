"""What job definitions of all kinds have: names, grants and retries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from aws_cdk import Duration, Resource
from aws_cdk import aws_batch as batch
from constructs import Construct

from cdk_batch_mnp.cdk.environments.imported_queue import ImportedJobQueue
from cdk_batch_mnp.cdk.jobs.consumable_resources import (
    consumable_resource_properties,
    require_quantities,
)
from cdk_batch_mnp.cdk.jobs.container_properties import text_of
from cdk_batch_mnp.cdk.jobs.definition_grants import DefinitionGrants
from cdk_batch_mnp.cdk.jobs.definition_names import DefinitionNames
from cdk_batch_mnp.cdk.jobs.imported_definition import ImportedJobDefinition
from cdk_batch_mnp.cdk.jobs.retries import retry_strategy_property
from cdk_batch_mnp.cdk.jsii.checked import checked, checked_call
from cdk_batch_mnp.cdk.jsii.durations import seconds_of
from cdk_batch_mnp.cdk.jsii.unchanging import path_of

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_batch import IConsumableResourceRef, JobDefinitionReference

    from cdk_batch_mnp.cdk.eks.options import EksJobDefinitionOptions
    from cdk_batch_mnp.cdk.jobs.options import JobDefinitionOptions


def facts_of_queue(queue: batch.IJobQueue | None) -> dict[str, object] | None:
    """Return what a definition's metadata says about the queue that jobs are submitted to."""
    if queue is None:
        return None
    facts: dict[str, object] = {"jobQueue": path_of(queue)}
    return {**facts, **queue.facts} if isinstance(queue, ImportedJobQueue) else facts


class JobDefinitionBase(DefinitionGrants, Resource):
    """The base of :class:`MnpJobDefinition` and :class:`MnpEksJobDefinition`."""

    _is_on_eks: ClassVar[bool]
    _names: DefinitionNames
    _resource: batch.CfnJobDefinition
    _properties: dict[str, Any]
    _parameters: Mapping[str, str]
    _retry_attempts: int | None
    _retry_strategies: list[batch.RetryStrategy]
    _scheduling_priority: int | None
    _timeout: Duration | None
    _timeout_seconds: int | None
    _name: str | None
    _has_launcher: bool
    _consumable_resources: Mapping[IConsumableResourceRef, int]

    @classmethod
    @checked
    def from_job_definition_arn(
        cls, scope: Construct, id: str, job_definition_arn: str
    ) -> ImportedJobDefinition:
        """Return a job definition that is created elsewhere.

        Args:
            scope: Parent construct.
            id: Construct id within ``scope``.
            job_definition_arn: The ARN, with or without a revision.

        Raises:
            ArgumentError: It is not the ARN of a job definition.
        """
        return ImportedJobDefinition(scope, id, arn=job_definition_arn, is_on_eks=cls._is_on_eks)

    def _take(self, options: JobDefinitionOptions | EksJobDefinitionOptions) -> None:
        """Keep the options that definitions of all kinds have.

        Raises:
            ArgumentError: The timeout is not a whole number of seconds, or a quantity of a
                consumable resource is less than 1.
        """
        self._timeout = timeout = options.get("timeout")
        self._timeout_seconds = None if timeout is None else seconds_of("timeout", timeout)
        self._retry_attempts = options.get("retry_attempts")
        self._retry_strategies = list(options.get("retry_strategies", ()))
        self._parameters = {
            name: text_of(value) for name, value in (options.get("parameters") or {}).items()
        }
        self._scheduling_priority = options.get("scheduling_priority")
        self._name = options.get("job_definition_name")
        self._consumable_resources = options.get("consumable_resources") or {}
        require_quantities(self._consumable_resources)

    def _render_with(self, node_properties: dict[str, Any]) -> dict[str, Any]:
        """Return the properties that definitions of all kinds have, in the API's spelling."""
        retries, seconds = self._render_retries(), self._timeout_seconds
        return {
            "type": "multinode",
            "nodeProperties": node_properties,
            "schedulingPriority": self._scheduling_priority,
            "consumableResourceProperties": consumable_resource_properties(
                self._consumable_resources
            ),
            **({} if seconds is None else {"timeout": {"attemptDurationSeconds": seconds}}),
            **({"parameters": self._parameters} if self._parameters else {}),
            **({} if retries is None else {"retryStrategy": retries}),
            **({} if self._name is None else {"jobDefinitionName": self._name}),
        }

    def _render_retries(self) -> dict[str, Any] | None:
        return retry_strategy_property(
            self,
            self._retry_attempts,
            self._retry_strategies,
            has_launcher=self._has_launcher,
        )

    @property
    def job_definition_arn(self) -> str:
        """The ARN of the definition, with the revision.

        In another stack, the ARN is without the revision, because CloudFormation does not update an
        ARN that another stack imports.
        """
        return self._names.arn

    @property
    def job_definition_arn_without_revision(self) -> str:
        """The ARN of the definition, which an update of the definition does not change.

        A job that is submitted with it runs the latest active revision. Stacks in another account
        or Region can use it if ``job_definition_name`` is set.

        Source: Batch API, SubmitJob.
        """
        return self._names.arn_without_revision

    @property
    def job_definition_name(self) -> str:
        """The name of the definition, without the revision."""
        return self._names.name

    @property
    def job_definition_ref(self) -> JobDefinitionReference:
        """The reference to this definition."""
        return self._resource.job_definition_ref

    @property
    def node_range_properties(self) -> Sequence[Mapping[str, Any]]:
        """The node groups as the template has them, in the API's spelling."""
        found: Sequence[Mapping[str, Any]] = self._properties["nodeProperties"][
            "nodeRangeProperties"
        ]
        return found

    @property
    def parameters(self) -> Mapping[str, str]:
        """Default values of the ``Ref::name`` placeholders."""
        return self._parameters

    @property
    def retry_attempts(self) -> int | None:
        """The number of attempts."""
        return self._retry_attempts

    @property
    def retry_strategies(self) -> list[batch.RetryStrategy]:
        """The retry strategies, which decide whether a failed job is retried."""
        return self._retry_strategies

    @property
    def scheduling_priority(self) -> int | None:
        """The scheduling priority among jobs with the same share identifier."""
        return self._scheduling_priority

    @property
    def timeout(self) -> Duration | None:
        """The timeout of an attempt."""
        return self._timeout

    @checked_call
    def add_retry_strategy(self, strategy: batch.RetryStrategy) -> None:
        """Add a retry strategy, which only takes effect with ``retry_attempts``."""
        self._retry_strategies.append(strategy)
        retries: Any = self._render_retries()
        self._properties["retryStrategy"] = retries
        self._resource.retry_strategy = retries
