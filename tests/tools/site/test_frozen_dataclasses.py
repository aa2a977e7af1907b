"""The site shows the arguments of frozen dataclasses."""

from __future__ import annotations

import inspect

import griffe
import pytest

from cdk_batch_mnp import CapacityReservation, NodeContainer
from tests.docs.pages import ROOT
from tools.site.frozen_dataclasses import FrozenDataclasses


@pytest.fixture(scope="module")
def package() -> griffe.Object:
    """The library as the site reads it."""
    read = griffe.load(
        "cdk_batch_mnp",
        search_paths=[ROOT / "constructs"],
        extensions=griffe.load_extensions(FrozenDataclasses),
    )
    assert isinstance(read, griffe.Object)
    return read


@pytest.mark.parametrize("shown", [NodeContainer, CapacityReservation])
def test_arguments_are_shown_as_those_of_any_dataclass(package: griffe.Object, shown: type) -> None:
    found = package[shown.__module__.removeprefix("cdk_batch_mnp.")][shown.__name__]
    assert isinstance(found, griffe.Class)
    names = [each.name for each in found.parameters]
    assert names == ["self", *inspect.signature(shown).parameters]
