"""The address and the credentials of an embedded AWS."""

from __future__ import annotations

import json
import secrets
import string
from dataclasses import asdict, dataclass
from typing import Self

_KEY_CHARACTERS = string.ascii_uppercase + "234567"


@dataclass(frozen=True, slots=True)
class Access:
    """The address and the credentials that a client needs.

    Attributes:
        url: Address of the server, such as ``http://127.0.0.1:34567``.
        access_key_id: Access key ID of the account owner, new at every start.
        secret_access_key: The secret access key for it.
    """

    url: str
    access_key_id: str
    secret_access_key: str

    @classmethod
    def drawn(cls, url: str) -> Self:
        """Return an access with random credentials."""
        letters = "".join(secrets.choice(_KEY_CHARACTERS) for _ in range(16))
        return cls(url, f"AKIA{letters}", secrets.token_urlsafe(30))

    @property
    def credentials(self) -> tuple[str, str]:
        """The access key id and the secret access key."""
        return self.access_key_id, self.secret_access_key

    def to_line(self) -> str:
        """Return the access as one line of text, for another process to read."""
        return json.dumps(asdict(self))

    @classmethod
    def from_line(cls, line: str) -> Self:
        """Return the access that :meth:`to_line` wrote."""
        return cls(**json.loads(line))
