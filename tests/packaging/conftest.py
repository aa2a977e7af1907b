"""Each wheel is built once, and installed once in an environment that has nothing else of ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.packaging.wheels import ROOT, build, python_with


@pytest.fixture(scope="package")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the library, built without the network."""
    return build(ROOT, tmp_path_factory.mktemp("library"))


@pytest.fixture(scope="package")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the emulator, built without the network."""
    return build(ROOT / "emulator", tmp_path_factory.mktemp("emulator"))


@pytest.fixture(scope="package")
def launcher(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the launcher, built without the network."""
    return build(ROOT / "launcher", tmp_path_factory.mktemp("launcher"))


@pytest.fixture(scope="package")
def python_with_library(
    library: Path, launcher: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Python with the library, the launcher and, read from our environment, its dependencies."""
    return python_with(tmp_path_factory.mktemp("with-library"), library, launcher)


@pytest.fixture(scope="package")
def python_with_emulator(emulator: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Python with the emulator and, read from our environment, its dependencies."""
    return python_with(tmp_path_factory.mktemp("with-emulator"), emulator)
