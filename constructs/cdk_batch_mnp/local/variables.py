"""The environment of a command that is to talk to the embedded AWS, and to no other."""

from __future__ import annotations

import os
from collections.abc import Mapping

from cdk_batch_mnp.local.account import ACCOUNT

ACCESS_KEY = "embedded"
SECRET_KEY = "embedded"  # noqa: S105 - it opens nothing

_THEIRS = ("AWS_", "CDK_DEFAULT_")


def variables(url: str, region: str) -> dict[str, str]:
    """Give the variables that send the AWS SDKs, the AWS CLI and the CDK to the embedded AWS.

    Args:
        url: Where it listens.
        region: The Region to work in.
    """
    return {
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_ENDPOINT_URL": url,
        # For tools that know no other.
        "AWS_ENDPOINT_URL_S3": url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCOUNT_ID": ACCOUNT,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Else the SDKs would send requests on to a proxy that knows nothing of this machine.
        "NO_PROXY": "127.0.0.1,localhost",
        "no_proxy": "127.0.0.1,localhost",
    }


def command_environment(own: Mapping[str, str], url: str, region: str) -> dict[str, str]:
    """Give the environment for a command: our own without anything that names a real account.

    Args:
        own: The environment of this process.
        url: Where the embedded AWS listens.
        region: The Region to work in.
    """
    kept = {name: value for name, value in own.items() if not name.startswith(_THEIRS)}
    given = variables(url, region)
    for name in ("NO_PROXY", "no_proxy"):
        given[name] = ",".join(filter(None, (own.get(name), given[name])))
    return kept | given
