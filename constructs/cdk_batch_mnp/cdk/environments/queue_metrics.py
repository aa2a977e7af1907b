"""The metrics that AWS Batch publishes for a queue, created here or imported."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict, Unpack

from aws_cdk import Duration

from cdk_batch_mnp.cdk.jsii.checked import checked_call
from cdk_batch_mnp.cdk.jsii.tokens import is_token

if TYPE_CHECKING:
    from aws_cdk import aws_cloudwatch as cloudwatch
    from aws_cdk.interfaces import ResourceEnvironment


class JobQueueMetricOptions(TypedDict, total=False):
    """Options of the metrics of a :class:`MnpJobQueue`.

    Source: CloudWatch API, MetricStat.
    """

    period: Duration
    """Period of the data points, at least one minute. Default: 5 minutes."""

    statistic: str
    """Such as ``Sum``, ``Maximum`` or ``p90``. Default: ``Sum`` for counts, else ``Average``."""

    label: str
    """Label in graphs. Default: the name of the metric."""

    color: str
    """Color in graphs, such as ``#d62728``. Default: chosen by CloudWatch."""


class QueueMetrics:
    """The metrics of a job queue, in the namespace ``AWS/Batch``.

    A multi-node parallel job counts once, whatever its number of nodes. Batch publishes a data
    point when a job changes its state, so a queue without changes has no data, and a data point can
    be missed: let alarms treat missing data as not breaching, and do not rely on exact counts.

    Source: AWS Batch User Guide, Using CloudWatch metrics with AWS Batch.
    """

    if TYPE_CHECKING:

        @property
        def env(self) -> ResourceEnvironment:
            """The Region and the account of the queue."""

        @property
        def job_queue_name(self) -> str:
            """The name of the queue."""

    @checked_call
    def metric(
        self, metric_name: str, **options: Unpack[JobQueueMetricOptions]
    ) -> cloudwatch.Metric:
        """Return a metric of this queue by its name.

        Args:
            metric_name: Name in the namespace ``AWS/Batch``, such as ``JobsMovedToFailed``.
            **options: See :class:`JobQueueMetricOptions`.

        Raises:
            ArgumentError: An argument is unknown or of the wrong type.
        """
        return self._metric(metric_name, options)

    @checked_call
    def metric_jobs_submitted(self, **options: Unpack[JobQueueMetricOptions]) -> cloudwatch.Metric:
        """Return the number of jobs that were submitted."""
        return self._metric("JobsSubmitted", options)

    @checked_call
    def metric_jobs_moved_to_pending(
        self, **options: Unpack[JobQueueMetricOptions]
    ) -> cloudwatch.Metric:
        """Return the number of jobs that moved to ``PENDING``, to wait for other jobs."""
        return self._metric("JobsMovedToPending", options)

    @checked_call
    def metric_jobs_moved_to_runnable(
        self, **options: Unpack[JobQueueMetricOptions]
    ) -> cloudwatch.Metric:
        """Return the number of jobs that moved to ``RUNNABLE``, for any attempt."""
        return self._metric("JobsMovedToRunnable", options)

    @checked_call
    def metric_jobs_moved_to_starting(
        self, **options: Unpack[JobQueueMetricOptions]
    ) -> cloudwatch.Metric:
        """Return the number of jobs that moved to ``STARTING``."""
        return self._metric("JobsMovedToStarting", options)

    @checked_call
    def metric_jobs_moved_to_running(
        self, **options: Unpack[JobQueueMetricOptions]
    ) -> cloudwatch.Metric:
        """Return the number of jobs that moved to ``RUNNING``."""
        return self._metric("JobsMovedToRunning", options)

    @checked_call
    def metric_jobs_moved_to_succeeded(
        self, **options: Unpack[JobQueueMetricOptions]
    ) -> cloudwatch.Metric:
        """Return the number of jobs that succeeded."""
        return self._metric("JobsMovedToSucceeded", options)

    @checked_call
    def metric_jobs_moved_to_failed(
        self, **options: Unpack[JobQueueMetricOptions]
    ) -> cloudwatch.Metric:
        """Return the number of jobs that failed, with those that were cancelled or terminated."""
        return self._metric("JobsMovedToFailed", options)

    @checked_call
    def metric_jobs_cancelled(self, **options: Unpack[JobQueueMetricOptions]) -> cloudwatch.Metric:
        """Return the number of jobs that were cancelled before they ran."""
        return self._metric("JobsCancelled", options)

    @checked_call
    def metric_jobs_terminated(self, **options: Unpack[JobQueueMetricOptions]) -> cloudwatch.Metric:
        """Return the number of jobs that were terminated by a request."""
        return self._metric("JobsTerminated", options)

    @checked_call
    def metric_jobs_retried(self, **options: Unpack[JobQueueMetricOptions]) -> cloudwatch.Metric:
        """Return the number of attempts that failed and were retried."""
        return self._metric("JobsRetried", options)

    @checked_call
    def metric_job_submitted_to_runnable_duration(
        self, **options: Unpack[JobQueueMetricOptions]
    ) -> cloudwatch.Metric:
        """Return the time from submission to ``RUNNABLE``, in milliseconds."""
        return self._metric("JobSubmittedToRunnableDuration", options)

    @checked_call
    def metric_job_submitted_to_first_starting_duration(
        self, **options: Unpack[JobQueueMetricOptions]
    ) -> cloudwatch.Metric:
        """Return the time from submission to the first ``STARTING``, in milliseconds.

        A job that is stuck in ``RUNNABLE`` has no data point.
        """
        return self._metric("JobSubmittedToFirstStartingDuration", options)

    @checked_call
    def metric_job_attempt_runnable_to_starting_duration(
        self, **options: Unpack[JobQueueMetricOptions]
    ) -> cloudwatch.Metric:
        """Return the time an attempt waited in ``RUNNABLE``, in milliseconds.

        A job that is stuck in ``RUNNABLE`` has no data point.
        """
        return self._metric("JobAttemptRunnableToStartingDuration", options)

    @checked_call
    def metric_job_attempt_starting_to_running_duration(
        self, **options: Unpack[JobQueueMetricOptions]
    ) -> cloudwatch.Metric:
        """Return the time an attempt was in ``STARTING``, in milliseconds.

        Images are pulled in this time.
        """
        return self._metric("JobAttemptStartingToRunningDuration", options)

    @checked_call
    def metric_job_attempt_execution_duration(
        self, **options: Unpack[JobQueueMetricOptions]
    ) -> cloudwatch.Metric:
        """Return the time an attempt ran, in milliseconds."""
        return self._metric("JobAttemptExecutionDuration", options)

    @checked_call
    def metric_job_attempt_duration(
        self, **options: Unpack[JobQueueMetricOptions]
    ) -> cloudwatch.Metric:
        """Return the time from ``STARTING`` to the end of an attempt, in milliseconds."""
        return self._metric("JobAttemptDuration", options)

    def _metric(self, metric_name: str, options: JobQueueMetricOptions) -> cloudwatch.Metric:
        # Imported here, because it takes long and few apps need it.
        from aws_cdk.aws_cloudwatch import Metric

        is_duration = metric_name.endswith("Duration")
        environment = self.env
        region, account = environment.region, environment.account
        return Metric(
            namespace="AWS/Batch",
            metric_name=metric_name,
            dimensions_map={"JobQueueName": self.job_queue_name},
            region=None if is_token(region) else region,
            account=None if is_token(account) else account,
            statistic=options.get("statistic", "Average" if is_duration else "Sum"),
            period=options.get("period"),
            label=options.get("label"),
            color=options.get("color"),
        )
