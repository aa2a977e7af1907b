"""What a queue can be granted for, created here or imported."""

from __future__ import annotations

from collections.abc import Mapping

from aws_cdk import aws_iam as iam

from cdk_batch_mnp.cdk.grants import READ_QUEUES, grant_ending, grant_reading
from cdk_batch_mnp.cdk.jsii.arns import jobs_beside
from cdk_batch_mnp.cdk.jsii.checked import checked_call


class QueueGrants:
    """The grants of a job queue."""

    @checked_call
    def grant_submit(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow submissions to this queue; grant them on the job definition too."""
        return iam.Grant.add_to_principal(
            grantee=grantee, actions=["batch:SubmitJob"], resource_arns=[self._queue_arn]
        )

    @checked_call
    def grant_terminate(
        self, grantee: iam.IGrantable, *, job_tags: Mapping[str, str] | None = None
    ) -> iam.Grant:
        """Allow to cancel and terminate jobs.

        IAM does not know the queue of a job, so this allows to end every job of the account in the
        Region, unless ``job_tags`` limits it.

        Args:
            grantee: Who may end jobs.
            job_tags: Only jobs that were submitted with these tags. Default: all jobs.

        Source: Service Authorization Reference, AWS Batch.
        """
        return grant_ending(grantee, jobs_beside(self._queue_arn), job_tags)

    @checked_call
    def grant_describe(self, grantee: iam.IGrantable) -> iam.Grant:
        """Allow to list and describe jobs, to describe queues, and to read the head of this queue.

        Except for the last one (GetJobQueueSnapshot), IAM cannot limit these actions to a queue.

        Source: Service Authorization Reference, AWS Batch.
        """
        return grant_reading(grantee, *READ_QUEUES, queue_arn=self._queue_arn)

    @property
    def _queue_arn(self) -> str:
        raise NotImplementedError
