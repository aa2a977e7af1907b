"""Sessions with an account that exists in this process alone."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

import boto3
from botocore.stub import Stubber


def session(region: str | None = "us-east-1") -> boto3.Session:
    """A session with credentials that are nobody's."""
    return boto3.Session(
        aws_access_key_id="nobody", aws_secret_access_key="nothing", region_name=region
    )


@contextmanager
def answering(of: boto3.Session) -> Iterator[Stubber]:
    """Let EC2 answer a session with what the test adds, all of which must be asked for."""
    client = of.client("ec2")
    with Stubber(client) as stub, patch.object(of, "client", return_value=client):
        yield stub
        stub.assert_no_pending_responses()
