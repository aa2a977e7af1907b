"""Multi-node parallel job definitions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jsii
from aws_cdk import Duration, Fn, Resource, Stack
from aws_cdk import aws_batch as batch
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from cdk_batch_mnp.cdk.environments.job_queue import MnpJobQueue
from cdk_batch_mnp.cdk.jobs.container_properties import RenderContext, as_text, node_range_property
from cdk_batch_mnp.cdk.jobs.images import Images
from cdk_batch_mnp.cdk.jobs.log_group import make_log_group
from cdk_batch_mnp.cdk.jobs.node_group import NodeGroup
from cdk_batch_mnp.cdk.jobs.retries import (
    read_stock_strategy,
    retry_strategy_property,
    stock_strategy,
)
from cdk_batch_mnp.cdk.jobs.task_roles import tasks_of_this_account
from cdk_batch_mnp.cdk.jobs.volumes import EfsVolume
from cdk_batch_mnp.cdk.jsii.argument_types import construct_path, refuse_wrong_types
from cdk_batch_mnp.cdk.jsii.durations import seconds_of
from cdk_batch_mnp.cdk.nodes.node_hardware import NodeHardware, interfaces_with_efa
from cdk_batch_mnp.cdk.validation.registration import stage_state
from cdk_batch_mnp.model.job_definition import EvaluateOnExit

if TYPE_CHECKING:
    from aws_cdk import aws_efs as efs
    from aws_cdk import aws_kms as kms
    from aws_cdk.interfaces.aws_batch import JobDefinitionReference

    from cdk_batch_mnp.cdk.validation.stage_state import StageState


@jsii.implements(batch.IJobDefinition, iam.IGrantable)
class MnpJobDefinition(Resource):
    """A multi-node parallel job definition: one job that spans many instances.

    Each node is an instance of its own. The main node starts first; its exit ends the job, and its
    status is the job's. The definition is checked against ``job_queue``, which is the cluster's for
    those that ``MnpCluster.add_job`` makes; without one, against every queue in sight: one of them
    has to take its jobs.

    Args:
        scope: The construct around this one.
        id: Of the construct in it.
        node_groups: One to five; together they are for every node.
        num_nodes: How many nodes a job has, 1 to 1000. A submission can override it if a group's
            range is open above.
        main_node: Index of the node that leads the job.
        instance_type: The one type of all nodes; needed where a container leaves its size out.
        efa: Whether nodes have EFA, so that containers get its devices. Left out, they have if all
            environments of ``job_queue`` are of this library and have it.
        timeout: How long an attempt may run, from 60 seconds; the whole job, not a node.
        retry_attempts: How often the job is tried, 1 to 10. Only the main node's failure counts.
        evaluate_on_exit: Up to five rules that decide whether a failed job is tried again.
        parameters: Default values of the ``Ref::name`` placeholders in commands; numbers
            become text.
        scheduling_priority: 0 to 9999; among the jobs of one share in a fair-share queue.
        job_role: What the containers may do; without any permission if left out. One that is made
            can be assumed by tasks of this account and Region alone, and so can the execution role.
        execution_role: What starts the containers: reads images and secrets, writes logs.
        log_group: Where the containers log; one with a month's retention if left out.
        log_encryption_key: KMS key of the log group that is made; CloudWatch Logs uses a key of
            its own if left out. The policy of an imported key has to let
            ``logs.<region>.amazonaws.com`` use it.
        job_queue: The queue that its jobs go to, to check them against this one alone. What cannot
            be known of an imported queue is not checked.
        job_definition_name: A fixed name.
        propagate_tags: Whether the tasks get the definition's tags.
        tags: Of the definition, beside those that ``Tags.of`` adds.

    Raises:
        ValueError: Two groups have one name, a container leaves out a size that nothing tells, or
            EFA is wanted on a type that does not support it, or both ``log_group`` and
            ``log_encryption_key`` are given.

    Source: Batch API, RegisterJobDefinition; Batch User Guide, multi-node parallel jobs.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        node_groups: Sequence[NodeGroup],
        num_nodes: int,
        main_node: int = 0,
        instance_type: str | ec2.InstanceType | None = None,
        efa: bool | None = None,
        timeout: Duration | None = None,
        retry_attempts: int | None = None,
        evaluate_on_exit: Sequence[EvaluateOnExit] = (),
        parameters: Mapping[str, str | float] | None = None,
        scheduling_priority: int | None = None,
        job_role: iam.IRole | None = None,
        execution_role: iam.IRole | None = None,
        log_group: logs.ILogGroup | None = None,
        log_encryption_key: kms.IKey | None = None,
        job_queue: batch.IJobQueue | None = None,
        job_definition_name: str | None = None,
        propagate_tags: bool = True,
        tags: Mapping[str, str] | None = None,
    ) -> None:
        place = construct_path(scope, id)
        refuse_wrong_types(place, MnpJobDefinition.__init__, locals())
        _refuse_same_names(place, node_groups)
        if log_group is not None and log_encryption_key is not None:
            raise ValueError(
                f"{place}: log_encryption_key is for the log group that is made; set the key of "
                "log_group itself, or leave one of the two out"
            )
        seconds = None if timeout is None else seconds_of(place, "timeout", timeout)
        super().__init__(scope, id)
        self._timeout_seconds = seconds
        self.node_groups = list(node_groups)
        self.num_nodes = num_nodes
        self._retry_attempts = retry_attempts
        self._parameters = {name: as_text(each) for name, each in (parameters or {}).items()}
        self._scheduling_priority = scheduling_priority
        self._timeout = timeout
        if job_role is None or execution_role is None:
            tasks = tasks_of_this_account()
        self.job_role = job_role or iam.Role(
            self,
            "JobRole",
            assumed_by=tasks,
            description="What the containers of the job may do.",
        )
        self.execution_role = execution_role or iam.Role(
            self,
            "ExecutionRole",
            assumed_by=tasks,
            description="Starts the containers of the job: images, secrets, logs.",
        )
        self.log_group = log_group or make_log_group(self, encryption_key=log_encryption_key)
        self.log_group.grant_write(self.execution_role)

        setup = stage_state(self)
        name = (
            instance_type.to_string()
            if isinstance(instance_type, ec2.InstanceType)
            else instance_type
        )
        try:
            hardware = _hardware(name, setup, job_queue, efa)
            self._properties = self._render(num_nodes, main_node, name, hardware)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from None
        self._evaluate_on_exit = list(evaluate_on_exit)
        retry_strategy = retry_strategy_property(retry_attempts, evaluate_on_exit)
        if retry_strategy is not None:
            self._properties["retryStrategy"] = retry_strategy
        resource = batch.CfnJobDefinition(
            self,
            "Resource",
            type="multinode",
            job_definition_name=job_definition_name,
            node_properties=self._properties["nodeProperties"],
            parameters=self._parameters or None,
            platform_capabilities=["EC2"],
            propagate_tags=propagate_tags,
            retry_strategy=retry_strategy,
            scheduling_priority=scheduling_priority,
            tags=dict(tags) if tags else None,
            timeout=self._properties.get("timeout"),
        )
        if job_definition_name is not None:
            self._properties["jobDefinitionName"] = job_definition_name
        self._resource = resource
        self._grant_secrets_and_volumes()
        setup.add(
            self,
            place,
            resource,
            None if job_queue is None else {"jobQueue": job_queue.node.path},
        )
        if isinstance(job_queue, MnpJobQueue):
            for file_system in self._file_systems():
                job_queue.allow_nodes_to(file_system)

    def _render(
        self,
        num_nodes: int,
        main_node: int,
        instance_type: str | None,
        hardware: NodeHardware | None,
    ) -> dict[str, Any]:
        around = RenderContext(
            hardware=hardware,
            instance_type=instance_type,
            job_role_arn=self.job_role.role_arn,
            execution_role_arn=self.execution_role.role_arn,
            log_group_name=self.log_group.log_group_name,
            region=Stack.of(self).region,
            address_of=Images(self, self.execution_role).address,
        )
        written: dict[str, Any] = {
            "type": "multinode",
            "nodeProperties": {
                "numNodes": num_nodes,
                "mainNode": main_node,
                "nodeRangeProperties": [
                    node_range_property(group, around) for group in self.node_groups
                ],
            },
            "platformCapabilities": ["EC2"],
            "schedulingPriority": self._scheduling_priority,
        }
        if self._timeout_seconds is not None:
            written["timeout"] = {"attemptDurationSeconds": self._timeout_seconds}
        if self._parameters:
            written["parameters"] = self._parameters
        return written

    def _grant_secrets_and_volumes(self) -> None:
        for group in self.node_groups:
            for container in group.all_containers.values():
                for secret in container.secrets.values():
                    secret.grant_read(self.execution_role)
                for volume in container.volumes:
                    if isinstance(volume, EfsVolume):
                        actions = ["elasticfilesystem:ClientMount"]
                        if not volume.read_only:
                            actions.append("elasticfilesystem:ClientWrite")
                        volume.file_system.grant(self.job_role, *actions)

    def _file_systems(self) -> Sequence[efs.IFileSystem]:
        found = {
            id(volume.file_system): volume.file_system
            for group in self.node_groups
            for container in group.all_containers.values()
            for volume in container.volumes
            if isinstance(volume, EfsVolume)
        }
        return list(found.values())

    def grant_submit(
        self, grantee: iam.IGrantable, queue: batch.IJobQueue | None = None
    ) -> iam.Grant:
        """Allow to submit jobs of this definition, to the queue if one is given.

        All revisions are allowed, by number and without one (which stands for the latest): every
        deployment that changes the definition makes a new revision under the same name.

        Source: Service Authorization Reference, AWS Batch.
        """
        arn = Stack.of(self).format_arn(
            service="batch", resource="job-definition", resource_name=self.job_definition_name
        )
        arns = [arn, f"{arn}:*"]
        if queue is not None:
            arns.append(queue.job_queue_arn)
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["batch:SubmitJob"], resource_arns=arns
        )

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The job role's principal: grants to the definition are grants to its containers."""
        return self.job_role.grant_principal

    @property
    def job_definition_arn(self) -> str:
        """The ARN, with the revision."""
        return self._resource.ref

    @property
    def job_definition_name(self) -> str:
        """The name, without the revision."""
        name = self._properties.get("jobDefinitionName")
        if isinstance(name, str):
            return name
        return Fn.select(0, Fn.split(":", Fn.select(1, Fn.split("/", self._resource.ref))))

    @property
    def job_definition_ref(self) -> JobDefinitionReference:
        """The reference that other constructs take."""
        return self._resource.job_definition_ref

    @property
    def parameters(self) -> Mapping[str, str]:
        """Default values of the ``Ref::name`` placeholders."""
        return self._parameters

    @property
    def retry_attempts(self) -> int | None:
        """How often the job is tried."""
        return self._retry_attempts

    @property
    def retry_strategies(self) -> list[batch.RetryStrategy]:
        """The rules of ``evaluate_on_exit`` as the CDK has them.

        One whose action Batch does not have is left out; it is an error at synthesis.
        """
        found = map(stock_strategy, self._evaluate_on_exit)
        return [each for each in found if each is not None]

    @property
    def scheduling_priority(self) -> int | None:
        """The priority among the jobs of one share."""
        return self._scheduling_priority

    @property
    def timeout(self) -> Duration | None:
        """How long an attempt may run."""
        return self._timeout

    def add_retry_strategy(self, strategy: batch.RetryStrategy) -> None:
        """Add a rule of the CDK after those of ``evaluate_on_exit``.

        Like those it takes effect only with ``retry_attempts``.
        """
        self._evaluate_on_exit.append(read_stock_strategy(strategy))
        written: Any = retry_strategy_property(self._retry_attempts, self._evaluate_on_exit)
        self._properties["retryStrategy"] = written
        self._resource.retry_strategy = written


def _hardware(
    instance_type: str | None,
    setup: StageState,
    queue: batch.IJobQueue | None,
    efa: bool | None,
) -> NodeHardware | None:
    instance = setup.catalogue.find(instance_type) if instance_type is not None else None
    if instance is None:
        if efa:
            raise ValueError(
                "efa is True, but the instance type is not known here; give instance_type"
            )
        return None
    found = queue.hardware_of(instance.name) if isinstance(queue, MnpJobQueue) else None
    hardware = found or NodeHardware(instance=instance)
    if efa is None:
        return hardware
    interfaces = interfaces_with_efa(instance, efa)
    return replace(hardware, efa_devices=sum(each.is_efa for each in interfaces))


def _refuse_same_names(place: str, groups: Sequence[NodeGroup]) -> None:
    names = [group.name for group in groups]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ValueError(f"{place}: two node groups are named {', '.join(map(repr, twice))}")
