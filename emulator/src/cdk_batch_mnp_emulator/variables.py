"""The environment variables that point a command to the embedded AWS only."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Mapping

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.account import ACCOUNT

_THEIRS = re.compile(r"(?:AWS|AMAZON|EC2|BOTO)_\w*|CDK_DEFAULT_\w*", re.IGNORECASE)
"""Variables that may refer to a real account, including those of old clients."""

_HERE = "127.0.0.1,localhost"


def variables(access: Access, region: str) -> dict[str, str]:
    """Return the variables that point the AWS SDKs, the AWS CLI and the CDK to the embedded AWS.

    Args:
        access: Address and credentials of the embedded AWS.
        region: AWS Region of the command.
    """
    return {
        "AWS_ACCESS_KEY_ID": access.access_key_id,
        "AWS_SECRET_ACCESS_KEY": access.secret_access_key,
        "AWS_ENDPOINT_URL": access.url,
        # For tools that read no other variable.
        "AWS_ENDPOINT_URL_S3": access.url,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCOUNT_ID": ACCOUNT,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        # Otherwise botocore uses hosts such as data-127.0.0.1, which do not resolve.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
    }


def command_environment(own: Mapping[str, str], access: Access, region: str) -> dict[str, str]:
    """Return the environment for a command: that of this process, pointed to the embedded AWS.

    Args:
        own: The environment of this process.
        access: Address and credentials of the embedded AWS.
        region: AWS Region of the command.
    """
    given = without_theirs(own) | variables(access, region)
    # Otherwise the SDKs would send requests to a proxy.
    for name in ("NO_PROXY", "no_proxy"):
        given[name] = ",".join(filter(None, (own.get(name), _HERE)))
    return given


def without_theirs(own: Mapping[str, str]) -> dict[str, str]:
    """Return an environment without variables that may refer to a real account."""
    return {name: value for name, value in own.items() if not _THEIRS.fullmatch(name)}


def shell_lines(access: Access, region: str) -> list[str]:
    """Return the commands that set up a POSIX shell as :func:`command_environment` does a command.

    Args:
        access: Address and credentials of the embedded AWS.
        region: AWS Region of the command.
    """
    names = "|".join(
        "".join(
            f"[{letter.upper()}{letter.lower()}]" if letter.isalpha() else letter
            for letter in prefix
        )
        for prefix in ("AWS_", "AMAZON_", "EC2_", "BOTO_", "CDK_DEFAULT_")
    )
    return [
        f"eval \"$(env | sed -n -E 's/^(({names})[A-Za-z0-9_]*)=.*/unset \\1/p')\"",
        *(
            f"export {name}={shlex.quote(value)}"
            for name, value in variables(access, region).items()
        ),
        *(f'export {name}="${{{name}:+${name},}}{_HERE}"' for name in ("NO_PROXY", "no_proxy")),
    ]
