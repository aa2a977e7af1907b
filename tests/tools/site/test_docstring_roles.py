"""Roles in docstrings become cross-references of the site."""

from __future__ import annotations

import re

import griffe
import pytest

import cdk_batch_mnp
from tests.docs.pages import ROOT
from tools.site.docstring_roles import DocstringRoles, markdown


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(":class:`Job`", "[`Job`][cdk_batch_mnp.Job]", id="a public class"),
        pytest.param(":meth:`Job.of`", "[`Job.of`][cdk_batch_mnp.Job.of]", id="its method"),
        pytest.param(":meth:`of`", "[`of`][cdk_batch_mnp.Owner.of]", id="a member of the class"),
        pytest.param(":func:`~package.module.read`", "`read`", id="a name that is not public"),
        pytest.param("``code`` and `name`", "``code`` and `name`", id="no role"),
    ],
)
def test_a_role_becomes_a_reference(text: str, expected: str) -> None:
    assert markdown(text, {"Job", "Owner"}, "Owner") == expected


@pytest.fixture(scope="module")
def package() -> griffe.Object:
    """The library as the site reads it."""
    read = griffe.load(
        "cdk_batch_mnp",
        search_paths=[ROOT / "constructs"],
        extensions=griffe.load_extensions(DocstringRoles),
    )
    assert isinstance(read, griffe.Object)
    return read


def test_no_role_is_left_in_the_docstrings_of_public_names(package: griffe.Object) -> None:
    for name in cdk_batch_mnp.__all__:
        public = package[name].final_target
        members = [*public.members.values()] if public.is_class else []
        for documented in (public, *members):
            if documented.docstring is not None:
                roles = re.findall(r":[a-z]+:`", documented.docstring.value)
                assert roles == [], documented.path


def test_every_option_is_read_with_its_docstring(package: griffe.Object) -> None:
    for name in cdk_batch_mnp.__all__:
        if name.endswith("Options"):
            keys = set(getattr(cdk_batch_mnp, name).__annotations__)
            read = package[name].final_target.all_members
            documented = {key for key in keys if key in read and read[key].docstring is not None}
            assert documented == keys
