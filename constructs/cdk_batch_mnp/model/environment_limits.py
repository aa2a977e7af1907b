"""Limits of compute environments that constructs and rules compare."""

from __future__ import annotations

MIN_SCALE_DOWN_DELAY_MINUTES, MAX_SCALE_DOWN_DELAY_MINUTES = 20, 10080
"""Source: Batch API, ComputeScalingPolicy."""
MIN_UPDATE_TIMEOUT_MINUTES, MAX_UPDATE_TIMEOUT_MINUTES = 1, 7200
"""The longest is five days. Source: Batch API, UpdatePolicy."""
