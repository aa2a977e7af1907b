"""Start the nodes of an AWS Batch multi-node parallel job together, and end them together."""

from __future__ import annotations

VERSION = "0.1.0"
"""Version of the distribution. All nodes of a job need the same."""
