"""Functions, as moto keeps them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from moto.awslambda.models import LambdaFunction
from moto.awslambda.utils import get_backend

from cdk_batch_mnp_emulator import moto_settings
from cdk_batch_mnp_emulator.account import ACCOUNT
from cdk_batch_mnp_emulator.errors import ServiceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """What is needed to run a function.

    Attributes:
        arn: Without a version.
        name: Of the function.
        version: Such as ``$LATEST``.
        region: Where it is.
        runtime: Such as ``python3.13``; empty for one of an image.
        handler: Such as ``index.handler``.
        timeout: In seconds.
        memory_mib: What the function reads about itself; not enforced.
        environment: Its own variables.
        code: A zip file.
        layers: Zip files of its layers, in order.
    """

    arn: str
    name: str
    version: str
    region: str
    runtime: str
    handler: str
    timeout: float
    memory_mib: int
    environment: Mapping[str, str]
    code: bytes
    layers: Sequence[bytes]


def find_function(region: str, name_or_arn: str, qualifier: str | None) -> Function:
    """Return a function by its name or ARN.

    Raises:
        ServiceError: It does not exist.
    """
    with moto_settings.alone():
        backend = get_backend(ACCOUNT, region)
        try:
            found = backend.get_function(name_or_arn, qualifier)
        except Exception as error:  # moto has several for this
            message = getattr(error, "message", None) or f"Function not found: {name_or_arn}"
            raise ServiceError("ResourceNotFoundException", str(message)) from None
        return function_of_moto(found)


def function_of_moto(found: LambdaFunction) -> Function:
    """Return a function of moto's."""
    backend = get_backend(found.account_id, found.region)
    layers = [backend.layers_versions_by_arn(layer["Arn"]) for layer in found.layers]
    arn, version = _without_version(found.function_arn)
    return Function(
        arn=arn,
        name=found.function_name,
        version=version,
        region=found.region,
        runtime=found.run_time or "",
        handler=found.handler or "",
        timeout=float(found.timeout),
        memory_mib=int(found.memory_size),
        environment={name: str(value) for name, value in found.environment_vars.items()},
        code=getattr(found, "code_bytes", b""),
        layers=[layer.code_bytes for layer in layers if layer is not None],
    )


def _without_version(arn: str) -> tuple[str, str]:
    # arn:aws:lambda:us-east-1:123456789012:function:name:version
    parts = arn.split(":")
    return ":".join(parts[:7]), parts[7] if parts[7:] else "$LATEST"
