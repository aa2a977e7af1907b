"""The valid credentials of the embedded AWS: the owner's, and those that it issued."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.account import ACCOUNT, PARTITION
from cdk_batch_mnp_emulator.protocol import ApiService, Call

_DEFAULT_SECONDS = 43200


@dataclass(frozen=True, slots=True)
class Key:
    """Valid credentials.

    Attributes:
        id: The access key id.
        secret: The secret access key.
        token: The required session token; empty for a long-term key.
        expires: When it expires; ``None`` if it does not.
    """

    id: str
    secret: str
    token: str = ""
    expires: datetime | None = None

    @property
    def has_expired(self) -> bool:
        """Whether it has expired."""
        return self.expires is not None and datetime.now(UTC) >= self.expires


class Keys:
    """All keys of an embedded AWS.

    moto has the keys of IAM users and assumed roles. For GetSessionToken and GetFederationToken,
    moto returns the example of the AWS documentation, which is not valid here; :meth:`service`
    handles these two.

    Args:
        owner: The credentials of the account owner.
    """

    def __init__(self, owner: Access) -> None:
        self._owner = Key(owner.access_key_id, owner.secret_access_key)
        self._sessions: dict[str, Key] = {}
        self._lock = threading.Lock()

    def find(self, id: str) -> Key | None:
        """Return the key with this ID, if it exists, even if it has expired."""
        if id == self._owner.id:
            return self._owner
        with self._lock:
            session = self._sessions.get(id)
        return session or _assumed_role(id) or _user(id)

    @property
    def sessions(self) -> dict[str, Key]:
        """The keys that :meth:`service` has issued, by id."""
        with self._lock:
            return dict(self._sessions)

    def restore(self, sessions: Mapping[str, Key]) -> None:
        """Accept keys that an earlier server has issued."""
        with self._lock:
            self._sessions.update(sessions)

    def service(self) -> ApiService:
        """Return the STS operations that issue keys; moto handles all others."""
        return ApiService(
            "sts",
            {
                "GetFederationToken": self._federation_token,
                "GetSessionToken": lambda call: {"Credentials": self._session(call)},
            },
            refusal="ValidationError",
            is_whole=False,
        )

    def _session(self, call: Call) -> Mapping[str, Any]:
        seconds = int(call.get("DurationSeconds", _DEFAULT_SECONDS))
        drawn = Access.drawn("")
        expires = datetime.now(UTC) + timedelta(seconds=seconds)
        id = "ASIA" + drawn.access_key_id[4:]
        key = Key(id, drawn.secret_access_key, Access.drawn("").secret_access_key, expires)
        with self._lock:
            self._sessions[id] = key
        return {
            "AccessKeyId": key.id,
            "SecretAccessKey": key.secret,
            "SessionToken": key.token,
            "Expiration": expires,
        }

    def _federation_token(self, call: Call) -> Mapping[str, Any]:
        name = call.parameters["Name"]
        return {
            "Credentials": self._session(call),
            "FederatedUser": {
                "FederatedUserId": f"{ACCOUNT}:{name}",
                "Arn": f"arn:{PARTITION}:sts::{ACCOUNT}:federated-user/{name}",
            },
            "PackedPolicySize": 6,
        }


def _assumed_role(id: str) -> Key | None:
    for account in list(sts_backends.values()):
        for backend in list(account.values()):
            for role in list(backend.assumed_roles):
                if role.access_key_id == id:
                    expires = role.expiration.replace(tzinfo=UTC)
                    return Key(id, role.secret_access_key, role.session_token, expires)
    return None


def _user(id: str) -> Key | None:
    for account in list(iam_backends.values()):
        for backend in list(account.values()):
            for user in list(backend.users.values()):
                for key in list(user.access_keys):
                    if key.access_key_id == id and key.status == "Active":
                        return Key(id, key.secret_access_key)
    return None
