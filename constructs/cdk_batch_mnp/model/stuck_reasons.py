"""Why a job is stuck at the head of a queue."""

from __future__ import annotations

STUCK_REASONS = (
    "CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY",
    "MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE",
    "MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT",
    "MISCONFIGURATION:EC2_INSTANCE_CONFIGURATION_UNSUPPORTED",
)
"""Reasons for which an action can cancel a stuck job.

Source: AWS Batch User Guide, jobs stuck in RUNNABLE.
"""
