"""One account of right resources for all tests of the Batch API in a process."""

from __future__ import annotations

import pytest

from batch.requests import Account, account_on
from embedded import EmbeddedAws


@pytest.fixture(scope="session")
def account(aws: EmbeddedAws) -> Account:
    return account_on(aws)
