"""Secrets of containers, read when their task starts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from cdk_batch_mnp_emulator.endpoint import Endpoint

_PARTS_OF_A_SECRET_ARN = 7


class SecretError(Exception):
    """A secret of a container cannot be read."""


def read_secrets(container: Mapping[str, Any], endpoint: Endpoint, region: str) -> dict[str, str]:
    """Return the values of a container's secrets, by the names of their variables.

    Args:
        container: As its definition has it.
        endpoint: Where Secrets Manager and Systems Manager are asked.
        region: Where the job runs.

    Raises:
        SecretError: One does not exist, or lacks the key that is asked for.

    Source: https://docs.aws.amazon.com/batch/latest/userguide/specifying-sensitive-data.html.
    """
    values: dict[str, str] = {}
    for secret in container.get("secrets", []):
        source = secret["valueFrom"]
        try:
            values[secret["name"]] = _read(source, endpoint, region)
        except (ClientError, BotoCoreError, KeyError, ValueError) as error:
            raise SecretError(
                "ResourceInitializationError: unable to pull secrets or registry auth: "
                f"secret {secret['name']} from {source}: {_reason(error)}"
            ) from None
    return values


def _read(source: str, endpoint: Endpoint, region: str) -> str:
    if ":secretsmanager:" not in source:
        parameter = endpoint.client("ssm", _region_of(source, region)).get_parameter(
            Name=source.partition(":parameter")[2] or source, WithDecryption=True
        )
        return str(parameter["Parameter"]["Value"])
    # arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME:KEY:STAGE:VERSION
    parts = source.split(":")
    key, stage, version = (*parts[_PARTS_OF_A_SECRET_ARN:], "", "", "")[:3]
    answer = endpoint.client("secretsmanager", _region_of(source, region)).get_secret_value(
        SecretId=":".join(parts[:_PARTS_OF_A_SECRET_ARN]),
        **({"VersionStage": stage} if stage else {}),
        **({"VersionId": version} if version else {}),
    )
    value = str(answer["SecretString"])
    return str(json.loads(value)[key]) if key else value


def _region_of(source: str, region: str) -> str:
    return source.split(":")[3] if source.startswith("arn:") else region


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return f"it has no key {error}"
    return str(error)
