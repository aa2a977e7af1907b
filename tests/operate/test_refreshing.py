"""Refreshing the catalogue from recorded and made-up answers of EC2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from cdk_batch_mnp.instances import Catalogue, CatalogueError, InstanceType
from cdk_batch_mnp.instances.catalogue import default_catalogue
from cdk_batch_mnp.operate import refreshing
from cdk_batch_mnp.operate.errors import OperateError
from cdk_batch_mnp.operate.refreshing import refresh
from tests.instances.descriptions import FACTS, INFO
from tests.operate.accounts import RECORDED, answering, session

MINE = InstanceType(name="y1.huge", vcpus=6)


NAMES = tuple(each["InstanceType"] for each in RECORDED)


@contextmanager
def _ec2(*pages: list[dict[str, Any]]) -> Iterator[None]:
    """EC2 answers one request with each page."""
    account = session()
    with answering(account) as ec2, patch.object(refreshing, "open_session", return_value=account):
        for page in pages:
            ec2.add_response("describe_instance_types", {"InstanceTypes": page})
        yield


def test_a_refresh_has_the_facts_of_the_built_in_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "types.json"
    # With an old file that knows none of them, all facts are those that the Regions report.
    Catalogue({"y1.huge": MINE}).save(path)
    with _ec2(RECORDED, RECORDED):
        merged = refresh(path, regions=["us-east-1", "eu-west-1"])
    found = Catalogue.load(path)
    assert [found.find(name) for name in NAMES] == [
        default_catalogue().find(name) for name in NAMES
    ]
    assert merged.new == NAMES
    assert merged.described == len(NAMES)
    assert merged.kept == ("y1.huge",)
    assert merged.contradictions == ()
    assert found.date == datetime.now(UTC).date().isoformat()
    assert found.sources[0].startswith("EC2 DescribeInstanceTypes in us-east-1, eu-west-1")


def test_the_first_refresh_is_compared_with_the_built_in_catalogue(tmp_path: Path) -> None:
    with _ec2(RECORDED):
        merged = refresh(tmp_path / "types.json", regions=["us-east-1"])
    assert (merged.new, merged.changed) == ((), ())
    assert {*merged.kept, *NAMES} == {each.name for each in default_catalogue()}
    # Types that EC2 no longer describes are still known to exist.
    assert Catalogue.load(tmp_path / "types.json").names() == default_catalogue().names()


def test_a_file_that_cannot_be_read_is_replaced_and_reported(tmp_path: Path) -> None:
    path, notes = tmp_path / "types.json", list[str]()
    path.write_text('{"schema": 99')
    with _ec2([INFO]):
        merged = refresh(path, note=notes.append)
    assert merged.new == ("x9.huge",)
    assert Catalogue.load(path).find("x9.huge") == FACTS
    (line,) = notes
    assert line.startswith(f"the old file is ignored: {path}: is not valid JSON")


def test_a_refusal_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path, account = tmp_path / "types.json", session()
    path.write_text("mine")
    with answering(account) as ec2, patch.object(refreshing, "open_session", return_value=account):
        ec2.add_response("describe_instance_types", {"InstanceTypes": [INFO]})
        ec2.add_client_error("describe_instance_types", "UnauthorizedOperation")
        with pytest.raises(OperateError, match="do not allow"):
            refresh(path, regions=["us-east-1", "eu-west-1"])
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_ec2_is_not_asked_if_the_file_cannot_be_written(tmp_path: Path) -> None:
    unreachable = patch.object(refreshing, "open_session", side_effect=AssertionError)
    with unreachable, pytest.raises(CatalogueError, match="does not exist"):
        refresh(tmp_path / "none" / "types.json")
