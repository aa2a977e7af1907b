"""The endpoint of the embedded AWS, whose parts call each other like other clients."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import boto3
from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest, AWSResponse
from botocore.config import Config
from botocore.credentials import Credentials

from cdk_batch_mnp_emulator.access import Access

_LONGEST_CALL_SECONDS = 960  # a function may run for 15 minutes
_PRESIGNED_SECONDS = 7200


Answer = Callable[[AWSPreparedRequest], AWSResponse | None]


class Endpoint:
    """The endpoint of the embedded AWS.

    Args:
        access: Its address and credentials.
    """

    def __init__(self, access: Access) -> None:
        self._access = access
        self._answer: Answer | None = None

    def answer_with(self, answer: Answer) -> None:
        """Have the requests of all clients answered here, as far as this can.

        Args:
            answer: Returns the response to a request, or ``None`` to send it.
        """
        self._answer = answer

    @lru_cache(maxsize=64)  # noqa: B019 - one endpoint lives as long as its process
    def client(self, service: str, region: str) -> Any:
        """Return a boto3 client of a service."""
        create: Any = boto3.client  # its stubs know services by literal names only
        client = create(
            service,
            region_name=region,
            endpoint_url=self._access.url,
            aws_access_key_id=self._access.access_key_id,
            aws_secret_access_key=self._access.secret_access_key,
            config=Config(
                retries={"total_max_attempts": 1},
                s3={"addressing_style": "path"},
                read_timeout=_LONGEST_CALL_SECONDS,
                # botocore would write a longer one for every request, anew.
                user_agent="cdk-batch-mnp-emulator",
            ),
        )
        client.meta.events.register("before-send", self._before_send)
        return client

    def _before_send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        return self._answer(request) if self._answer else None

    def presigned(self, method: str, path: str, region: str) -> str:
        """Return the URL of a path as S3 would have it, which needs no credentials."""
        request = AWSRequest(method, f"{self._access.url}{path}")
        credentials = Credentials(*self._access.credentials)
        S3SigV4QueryAuth(credentials, "s3", region, _PRESIGNED_SECONDS).add_auth(request)
        return str(request.url)
