"""Refreshing the catalogue, against an EC2 in this process."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import pytest
from moto import mock_aws

from cdk_batch_mnp.instances import Catalogue, CatalogueError, InstanceType
from cdk_batch_mnp.instances.catalogue import package_catalogue
from cdk_batch_mnp.operate import refreshing
from cdk_batch_mnp.operate.errors import OperateError
from cdk_batch_mnp.operate.refreshing import refresh
from tests.instances.descriptions import FACTS, INFO
from tests.operate.accounts import answering, session

MINE = InstanceType(name="y1.huge", vcpus=6)


@pytest.fixture
def _account() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.mark.usefixtures("_account")
def test_refreshing_from_the_packages_source_gives_the_packages_facts(tmp_path: Path) -> None:
    path = tmp_path / "types.json"
    # With an old file that knows none of them, all facts are those that were told.
    Catalogue({"y1.huge": MINE}).save(path)
    merged = refresh(path, regions=["us-east-1", "eu-west-1"])
    found = Catalogue.load(path)
    assert [each for each in found if each != MINE] == list(package_catalogue())
    assert len(merged.new) == merged.described == len(list(package_catalogue()))
    assert merged.kept == ("y1.huge",)
    assert merged.contradictions == ()
    assert found.date == datetime.now(UTC).date().isoformat()
    assert found.sources[0].startswith("EC2 DescribeInstanceTypes in us-east-1, eu-west-1")


@pytest.mark.usefixtures("_account")
def test_the_first_refresh_is_compared_with_the_package(tmp_path: Path) -> None:
    merged = refresh(tmp_path / "types.json", regions=["us-east-1"])
    assert (merged.new, merged.changed, merged.kept) == ((), (), ())
    # Types that exist and of which EC2 tells nothing any more are still known to exist.
    assert Catalogue.load(tmp_path / "types.json").names() == package_catalogue().names()


@pytest.fixture
def _little_account() -> Iterator[None]:
    """EC2 knows one type, and is asked once."""
    account = session()
    with answering(account) as ec2, patch.object(refreshing, "open_session", return_value=account):
        ec2.add_response("describe_instance_types", {"InstanceTypes": [INFO]})
        yield


@pytest.mark.usefixtures("_little_account")
def test_a_file_that_cannot_be_read_is_written_anew_and_told(tmp_path: Path) -> None:
    path, told = tmp_path / "types.json", list[str]()
    path.write_text('{"schema": 99')
    merged = refresh(path, tell=told.append)
    assert merged.new == ("x9.huge",)
    assert Catalogue.load(path).find("x9.huge") == FACTS
    (line,) = told
    assert line.startswith(f"nothing is kept of the old file: {path}: is not valid JSON")


def test_a_refusal_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path, account = tmp_path / "types.json", session()
    path.write_text("mine")
    with answering(account) as ec2, patch.object(refreshing, "open_session", return_value=account):
        ec2.add_response("describe_instance_types", {"InstanceTypes": [INFO]})
        ec2.add_client_error("describe_instance_types", "UnauthorizedOperation")
        with pytest.raises(OperateError, match="may not call"):
            refresh(path, regions=["us-east-1", "eu-west-1"])
    assert path.read_text() == "mine"
    assert list(tmp_path.iterdir()) == [path]


def test_nobody_is_asked_if_the_file_could_not_be_written(tmp_path: Path) -> None:
    nobody = patch.object(refreshing, "open_session", side_effect=AssertionError)
    with nobody, pytest.raises(CatalogueError, match="does not exist"):
        refresh(tmp_path / "none" / "types.json")
