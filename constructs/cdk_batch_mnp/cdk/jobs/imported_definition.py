"""A job definition that is created elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import jsii
from aws_cdk import Duration, Fn, Resource
from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam
from constructs import Construct

from cdk_batch_mnp.cdk.grants import reject_as_grantee, reject_pods_as_grantee
from cdk_batch_mnp.cdk.jobs.definition_grants import DefinitionGrants
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.arns import arn_of, name_in
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.jsii.unchanging import path_of

if TYPE_CHECKING:
    from aws_cdk.interfaces.aws_batch import JobDefinitionReference


@jsii.implements(batch.IJobDefinition, iam.IGrantable)
class ImportedJobDefinition(DefinitionGrants, Resource):
    """A job definition that is created elsewhere. See the ``from_`` methods that return it."""

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        arn: str,
        job_role: iam.IRole | None = None,
        is_on_eks: bool = False,
    ) -> None:
        super().__init__(scope, id, environment_from_arn=arn_of("job_definition_arn", arn))
        self._arn = arn
        self.is_on_eks = is_on_eks
        """Whether its nodes run pods of Amazon EKS; otherwise tasks of Amazon ECS."""
        self.job_role = job_role
        """The role that gives the containers their permissions; ``None`` if it is unknown."""

    @property
    def grant_principal(self) -> iam.IPrincipal:
        """The principal of the ``job_role`` that was stated.

        Raises:
            ArgumentError: None was stated.
        """
        if self.is_on_eks:
            reject_pods_as_grantee(self)
        if self.job_role is None:
            reject_as_grantee(self, "a role, or state job_role in from_job_definition_attributes")
        return self.job_role.grant_principal

    @property
    def job_definition_arn(self) -> str:
        """The ARN, with the revision if it was stated."""
        return self._arn

    @property
    def job_definition_arn_without_revision(self) -> str:
        """The ARN without the revision."""
        if is_token(self._arn):
            return Fn.join("/", [Fn.select(0, Fn.split("/", self._arn)), self.job_definition_name])
        return f"{self._arn.partition('/')[0]}/{self.job_definition_name}"

    @property
    def job_definition_name(self) -> str:
        """The name of the definition, without the revision."""
        name = name_in(self._arn)
        return Fn.select(0, Fn.split(":", name)) if is_token(name) else name.partition(":")[0]

    @property
    def job_definition_ref(self) -> JobDefinitionReference:
        """The reference to this definition."""
        from aws_cdk.interfaces.aws_batch import JobDefinitionReference

        return JobDefinitionReference(job_definition_arn=self._arn)

    @property
    def parameters(self) -> Mapping[str, str] | None:
        """``None``: they are unknown."""
        return None

    @property
    def retry_attempts(self) -> int | None:
        """``None``: it is unknown."""
        return None

    @property
    def retry_strategies(self) -> list[batch.RetryStrategy]:
        """None: they are unknown."""
        return []

    @property
    def scheduling_priority(self) -> int | None:
        """``None``: it is unknown."""
        return None

    @property
    def timeout(self) -> Duration | None:
        """``None``: it is unknown."""
        return None

    def add_retry_strategy(self, strategy: batch.RetryStrategy) -> None:
        """Raise an error: an imported definition cannot be changed.

        Raises:
            ArgumentError: Always.
        """
        raise ArgumentError(
            f"{type(strategy).__name__} cannot be added to an imported definition; set "
            "retry_strategies where it is created",
            path=path_of(self),
        )
