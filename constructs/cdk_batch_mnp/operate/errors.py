"""Errors of AWS requests, each explained in one line."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.exceptions import BotoCoreError, ClientError

_NOT_ALLOWED = frozenset({"UnauthorizedOperation", "AccessDenied", "AccessDeniedException"})
_WRONG_CREDENTIALS = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "InvalidClientTokenId",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_HOW_TO_LOG_IN = "log in (aws sso login, aws configure), or choose a profile with --profile"


class OperateError(Exception):
    """A request to AWS failed. The message says why and what to do, in one line."""


class MissingExtraError(OperateError):
    """The packages of the extra ``operate`` are not installed."""


def check_extra() -> None:
    """Make sure that boto3 is installed.

    Raises:
        MissingExtraError: It is not installed; the message says how to install it.
    """
    if find_spec("boto3") is None:
        raise MissingExtraError("boto3 is not installed: pip install 'cdk-batch-mnp[operate]'")


def explained(error: BotoCoreError | ClientError, *, action: str, region: str) -> OperateError:
    """Return an error that explains to people why a request failed.

    Args:
        error: The error of botocore.
        action: The IAM action that is needed, such as ``ec2:DescribeInstanceTypes``.
        region: The Region of the request.
    """
    from botocore.exceptions import (
        ClientError,
        CredentialRetrievalError,
        EndpointConnectionError,
        HTTPClientError,
        InvalidRegionError,
        NoCredentialsError,
        PartialCredentialsError,
        ProfileNotFound,
        SSOError,
        TokenRetrievalError,
    )

    if isinstance(error, ClientError):
        code = str(error.response.get("Error", {}).get("Code", ""))
        if code in _NOT_ALLOWED:
            return OperateError(
                f"these credentials do not allow {action} in {region}: add the permission"
            )
        if code in _WRONG_CREDENTIALS:
            return OperateError(
                f"AWS rejected these credentials in {region} ({code}): {_HOW_TO_LOG_IN}; "
                "or opt the account in to the Region"
            )
        return OperateError(f"{region}: {_one_line(error)}")
    if isinstance(error, NoCredentialsError):
        return OperateError(f"no AWS credentials found: {_HOW_TO_LOG_IN}")
    if isinstance(
        error, PartialCredentialsError | CredentialRetrievalError | SSOError | TokenRetrievalError
    ):
        return OperateError(f"{_one_line(error)}: {_HOW_TO_LOG_IN}")
    if isinstance(error, ProfileNotFound | InvalidRegionError):
        return OperateError(_one_line(error))
    if isinstance(error, EndpointConnectionError | HTTPClientError):
        return OperateError(
            f"cannot reach AWS in {region}: check the Region's name and the network "
            f"({_one_line(error)})"
        )
    return OperateError(f"{region}: {_one_line(error)}")


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()).rstrip(".")
