"""The retries of the stock platforms."""

from __future__ import annotations

from aws_cdk import aws_batch as batch


def retry_strategies() -> list[batch.RetryStrategy]:
    """Return when a job is started again: its nodes do not find each other, or its host fails."""
    retry, reason = batch.Action.RETRY, batch.Reason
    return [
        batch.RetryStrategy.of(retry, reason.custom(on_exit_code="75")),
        batch.RetryStrategy.of(retry, reason.custom(on_exit_code="76")),
        batch.RetryStrategy.of(retry, reason.custom(on_status_reason="Host EC2*")),
        batch.RetryStrategy.of(batch.Action.EXIT, reason.custom(on_reason="*")),
    ]
