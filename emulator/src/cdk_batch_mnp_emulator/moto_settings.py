"""The configuration of moto."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from moto import backends
from moto.core import responses
from moto.iam import models as iam
from moto.iam.access_control import PermissionResult
from moto.moto_server.werkzeug_app import create_backend_app
from moto.s3.models import FakeBucket, S3Backend

from cdk_batch_mnp_emulator.account import ACCOUNT

_LONGEST_WAIT_SECONDS = 10.0
_lock = threading.RLock()


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Use moto from one thread at a time, because its lists are not thread-safe.

    After ten seconds a request continues without the lock, because moto itself may be waiting for a
    client, such as an SNS subscriber that calls the server before it responds.
    """
    is_held = _lock.acquire(timeout=_LONGEST_WAIT_SECONDS)
    try:
        yield
    finally:
        if is_held:
            _lock.release()


def apply() -> None:
    """Configure moto before its first request."""
    # Roles use AWS managed policies, such as the one for ECS instances.
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    # moto enforces bucket policies but ignores their conditions, so the CDK bootstrap bucket, which
    # denies requests without TLS, would deny all. No other policy is enforced here either.
    FakeBucket.get_permission = _neutral  # type: ignore[assignment, method-assign]
    # AWS does not check at this call whether the target lets logs in; its policy may come later.
    FakeBucket._log_permissions_enabled_policy = staticmethod(_granted)  # type: ignore[assignment, method-assign]
    # Logs of access come hours later on AWS. A bucket that always gets new ones is never empty.
    S3Backend.log_incoming_request = _nothing  # type: ignore[assignment, method-assign]
    # moto's own function creates IAM, with a thousand managed policies, in each of six partitions.
    iam.get_account_id_from = _account_of
    # moto lists its own folders, and the methods of a service, for every request.
    folders = tuple(backends.list_of_moto_modules())
    backends.list_of_moto_modules = lambda: folders
    requests: Any = responses  # which only imports the function
    requests.method_names_from_class = cache(requests.method_names_from_class)


def create_app(service: Any) -> Any:
    """Return moto's application for a service."""
    if service == "ec2":
        _configure_ec2()
    return create_backend_app(service)


@cache
def _configure_ec2() -> None:
    # To load it takes a quarter of the start of a server, and what is run beside may not need it.
    from moto.ec2.models import EC2Backend

    EC2Backend.delete_vpc = _with_network_acls(EC2Backend.delete_vpc)  # type: ignore[assignment, method-assign]


def _neutral(bucket: FakeBucket, action: str, resource: str) -> Any:
    return PermissionResult.NEUTRAL


def _nothing(*_: Any) -> None:
    pass


def _granted(**_: Any) -> bool:
    return True


def _with_network_acls(
    delete: Callable[[Any, str], Any],
) -> Callable[[Any, str], Any]:
    def delete_vpc(backend: Any, vpc_id: str) -> Any:
        """Delete a VPC with its default network ACL, which moto would leave."""
        deleted = delete(backend, vpc_id)
        for acl in list(backend.network_acls.values()):
            if acl.vpc_id == vpc_id:
                del backend.network_acls[acl.id]
        return deleted

    return delete_vpc


def _account_of(access_key: str) -> str:
    for account, partitions in list(iam.iam_backends.items()):
        if any(access_key in each.access_keys for each in list(partitions.values())):
            return account
    return ACCOUNT
