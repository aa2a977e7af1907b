"""Sessions of an account that exists only in this process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

import boto3
from botocore.session import get_session
from botocore.stub import Stubber

RECORDED: list[dict[str, Any]] = json.loads(
    Path(__file__).with_name("described_types.json").read_text()
)
"""Three types as EC2 describes them; the built-in catalogue has the same facts."""


_MODELS = get_session().get_component("data_loader")
"""The models of the services, which are large, read once for all sessions."""


def session(region: str | None = "us-east-1") -> boto3.Session:
    """A session with credentials of no account."""
    core = get_session()
    core.register_component("data_loader", _MODELS)
    return boto3.Session(
        aws_access_key_id="missing",
        aws_secret_access_key="nothing",
        region_name=region,
        botocore_session=core,
    )


@contextmanager
def answering(of: boto3.Session) -> Iterator[Stubber]:
    """Answer a session's requests to EC2 with what the test adds; all of it must be requested."""
    client = of.client("ec2")
    with Stubber(client) as stub, patch.object(of, "client", return_value=client):
        yield stub
        stub.assert_no_pending_responses()
