"""What a job definition can be granted for, created here or imported."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_batch as batch
from aws_cdk import aws_iam as iam

from cdk_batch_mnp.cdk.grants import READ_DEFINITIONS, grant_ending, grant_reading
from cdk_batch_mnp.cdk.jsii.arns import jobs_beside
from cdk_batch_mnp.cdk.jsii.checked import checked_call


class DefinitionGrants:
    """The grants of a job definition."""

    @property
    def job_definition_arn_without_revision(self) -> str:
        """The ARN of the definition, without the revision."""
        raise NotImplementedError

    @checked_call
    def grant_submit(
        self, grantee: iam.IGrantable, queue: batch.IJobQueue | None = None
    ) -> iam.Grant:
        """Allow submissions with this definition and, if a queue is passed, to that queue.

        The grant covers all revisions, because every deployment that changes the definition creates
        a new revision under the same name.

        Args:
            grantee: Who may submit jobs.
            queue: The queue to submit them to. Default: no queue; ``MnpJobQueue.grant_submit``
                allows submissions to a queue.

        Source: Service Authorization Reference, AWS Batch.
        """
        arn = self.job_definition_arn_without_revision
        arns = [arn, f"{arn}:*"]
        if queue is not None:
            arns.append(queue.job_queue_arn)
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["batch:SubmitJob"], resource_arns=arns
        )

    @checked_call
    def grant_terminate(
        self, grantee: iam.IGrantable, *, job_tags: Mapping[str, str] | None = None
    ) -> iam.Grant:
        """Allow to cancel and terminate jobs.

        IAM does not know the definition of a job, so this allows to end every job of the account in
        the Region, unless ``job_tags`` limits it.

        Args:
            grantee: Who may end jobs.
            job_tags: Only jobs that were submitted with these tags. Default: all jobs.

        Source: Service Authorization Reference, AWS Batch.
        """
        jobs = jobs_beside(self.job_definition_arn_without_revision)
        return grant_ending(grantee, jobs, job_tags)

    @checked_call
    def grant_describe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow to list and describe jobs, and to describe job definitions.

        IAM cannot limit these actions to a definition.

        Source: Service Authorization Reference, AWS Batch.
        """
        return grant_reading(grantee, *READ_DEFINITIONS)
