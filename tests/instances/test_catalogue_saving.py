"""A catalogue's file is written as a whole, or what was there stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cdk_batch_mnp import instances
from cdk_batch_mnp.instances import Catalogue, CatalogueError, InstanceType
from cdk_batch_mnp.instances.catalogue import check_place, default_catalogue
from tests.instances.descriptions import FACTS

CATALOGUE = Catalogue(
    {
        "x9.huge": FACTS,
        "b.large": InstanceType(name="b.large", vcpus=4),
        "a.large": InstanceType(name="a.large", vcpus=2, network_cards=(1, 2, 2)),
    },
    without_facts=frozenset({"old.large", "a.large"}),
    date="2026-11-24",
    sources=("hand",),
)


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "types.json"
    CATALOGUE.save(path)
    found = Catalogue.load(path)
    assert list(found) == list(CATALOGUE)
    assert found.names() == ("a.large", "b.large", "old.large", "x9.huge")
    assert (found.date, found.sources) == ("2026-11-24", ("hand",))
    assert found.text() == CATALOGUE.text()
    assert list(tmp_path.iterdir()) == [path]


def test_the_packages_own_file_is_what_saving_writes() -> None:
    own = Path(instances.__file__).parent / "data" / "instance_types.json"
    assert default_catalogue().text() == own.read_text()


def test_a_file_keeps_its_permissions_and_a_link_leads_to_the_new_file(tmp_path: Path) -> None:
    path, link = tmp_path / "types.json", tmp_path / "link.json"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    CATALOGUE.save(str(link))
    assert link.is_symlink()
    assert path.read_text() == CATALOGUE.text()
    assert path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_nothing_half_written_stays_when_writing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failure: BaseException
) -> None:
    def fail(_: int) -> None:
        raise failure

    path = tmp_path / "types.json"
    path.write_text("old")
    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises((CatalogueError, KeyboardInterrupt)) as raised:
        CATALOGUE.save(path)
    if isinstance(failure, OSError):
        assert str(raised.value) == f"{path}: No space left on device"
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_cannot_be_written_to_is_reported_before_the_refresh(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check_place(tmp_path / "types.json")
    with pytest.raises(CatalogueError, match="is not a file"):
        check_place(tmp_path)
    with pytest.raises(CatalogueError, match="is not a file"):
        CATALOGUE.save(Path("/dev/null"))
    with pytest.raises(CatalogueError, match=f"the directory {tmp_path / 'none'} does not exist$"):
        check_place(tmp_path / "none" / "types.json")
    # The superuser may write everywhere, and tests may run as it.
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(CatalogueError, match=f"the directory {tmp_path} is not writable$"):
        check_place(tmp_path / "types.json")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        pytest.param("p5.49xlarge", "p5.48xlarge", id="a wrong size"),
        pytest.param("C5N.18XLARGE", "c5n.18xlarge", id="capital letters"),
        pytest.param("p3.16xlarg", "p3.16xlarge", id="a type without facts"),
    ],
)
def test_a_misspelt_name_has_near_ones(name: str, nearest: str) -> None:
    assert nearest in default_catalogue().near(name)
    assert default_catalogue().near("nothing like it") == ()
