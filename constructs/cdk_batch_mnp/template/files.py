"""Finding templates: a file, a folder, a cloud assembly, standard input."""

from __future__ import annotations

import os
import re
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from cdk_batch_mnp.template.crashed import CheckCrashedError
from cdk_batch_mnp.template.document import (
    MAX_BYTES,
    Document,
    TemplateError,
    read_document,
    read_file,
)
from cdk_batch_mnp.template.nesting import add_stack, nested_file
from cdk_batch_mnp.template.stack import Options, Stacks

STANDARD_INPUT = "-"
MANIFEST = "manifest.json"

_SUFFIXES = (".json", ".yaml", ".yml", ".template")
_NAMED_TEMPLATES = (".template.json", ".template.yaml", ".template.yml", ".template")
_PASSED_OVER = frozenset(("node_modules", "__pycache__", "site-packages"))

_VERSION = "AWSTemplateFormatVersion"
# In YAML at the beginning of a line: templates are also quoted in files of other kinds.
_YAML_VERSION = re.compile(rb"""^["']?AWSTemplateFormatVersion["']?[ ]*:""", re.MULTILINE)
_YAML_RESOURCES = re.compile(rb"""^["']?Resources["']?[ ]*:""", re.MULTILINE)
_YAML_TYPE = re.compile(rb"""Type["']?[ ]*:[ ]*["']?AWS::""")
_JSON_VERSION = re.compile(rb'"AWSTemplateFormatVersion"\s*:')
_JSON_RESOURCES = re.compile(rb'"Resources"\s*:')
_JSON_TYPE = re.compile(rb'"Type"\s*:\s*"AWS::')
_JSON_MANIFEST = re.compile(rb'"aws:cloudformation:stack"')

Group = Callable[[], Stacks]
"""Reads stacks that belong together; raises :class:`TemplateError`."""


@dataclass(slots=True)
class Found:
    """What there is to check.

    Attributes:
        groups: Stacks that belong together, each group to be read when its turn comes.
        unusable: What was named and is no template.
    """

    groups: list[Group] = field(default_factory=list)
    unusable: list[TemplateError] = field(default_factory=list)


def find(
    paths: Sequence[str], options: Options | None = None, *, exclude: Sequence[str] = ()
) -> Found:
    """Find the templates at paths that a user named.

    Args:
        paths: Files, folders, cloud assemblies or ``-``.
        options: How parameters are taken.
        exclude: Patterns of file names or paths that are passed over in folders (``*`` matches
            slashes too).
    """
    options = options or Options()
    found = Found()
    for name in paths:
        path = Path(name)
        try:
            if name == STANDARD_INPUT:
                found.groups.append(_alone(_read_input(), options))
            elif path.is_dir():
                _find_some_in(path, options, exclude, found)
            elif path.name == MANIFEST and _is_manifest(path):
                _find_some_in(path.parent, options, exclude, found)
            else:
                found.groups.append(_alone(read_file(path), options))
        except TemplateError as error:
            found.unusable.append(error)
        except Exception as error:
            found.unusable.append(CheckCrashedError(name, "looking for templates", error))
    return found


def _read_input() -> Document:
    return read_document(sys.stdin.buffer.read(MAX_BYTES + 1), STANDARD_INPUT)


def _alone(document: Document, options: Options) -> Group:
    def read() -> Stacks:
        stacks = Stacks(options)
        with stacks.reading(document.file):
            add_stack(document, stacks, folder=Path(document.file).parent)
        return stacks

    return read


def _find_some_in(folder: Path, options: Options, exclude: Sequence[str], found: Found) -> None:
    inside = Found()
    _find_in(folder, options, exclude, inside)
    if not inside.groups and not inside.unusable:
        # To pass because nothing was looked at would keep a wrong path green for ever.
        raise TemplateError(str(folder), "no template was found in this folder")
    found.groups += inside.groups
    found.unusable += inside.unusable


def _find_in(folder: Path, options: Options, exclude: Sequence[str], found: Found) -> None:
    if (folder / MANIFEST).is_file() and _is_manifest(folder / MANIFEST):
        # Only those who have an assembly need its reader.
        from cdk_batch_mnp.template.assembly import groups_of

        stacks, unusable = groups_of(folder, options)
        found.groups += stacks
        found.unusable += unusable
        return
    documents: dict[Path, Document] = {}
    for path in _candidates(folder, exclude):
        if path.name == MANIFEST and _is_manifest(path):
            _find_in(path.parent, options, exclude, found)
            continue
        try:
            document = read_file(path)
        except TemplateError as error:
            # A file of another kind is nobody's error.
            if (
                path.name.endswith(_NAMED_TEMPLATES)
                or isinstance(error, CheckCrashedError)
                or _is_meant_as_template(path)
            ):
                found.unusable.append(error)
            continue
        if path.name.endswith(_NAMED_TEMPLATES) or _looks_like_template(document):
            documents[path] = document
    groups = {path: _alone(each, options) for path, each in documents.items()}
    nested = _nested_files(documents)
    found.groups += [group for path, group in groups.items() if path.resolve() not in nested]


def _candidates(folder: Path, exclude: Sequence[str]) -> Iterator[Path]:
    for current, folders, files in os.walk(folder):
        folders[:] = sorted(
            each
            for each in folders
            if not each.startswith((".", "asset.")) and each not in _PASSED_OVER
        )
        if MANIFEST in files and _is_manifest(Path(current) / MANIFEST):
            folders.clear()
            files = [MANIFEST]
        for name in sorted(files):
            path = Path(current) / name
            if name.startswith(".") or not name.endswith(_SUFFIXES):
                continue
            if not any(fnmatch(name, each) or fnmatch(str(path), each) for each in exclude):
                yield path


def _is_manifest(path: Path) -> bool:
    try:
        manifest = read_file(path).data
    except TemplateError:
        return False
    return "version" in manifest and isinstance(manifest.get("artifacts", {}), Mapping)


def _is_meant_as_template(path: Path) -> bool:
    """Whether the text of a file that cannot be read seems to be a template's."""
    try:
        with path.open("rb") as opened:
            content = opened.read(MAX_BYTES).removeprefix(BOM_UTF8)
    except OSError:
        return False
    is_json = content.lstrip().startswith(b"{")
    whole = (_JSON_VERSION, _JSON_MANIFEST) if is_json else (_YAML_VERSION,)
    parts = (_JSON_RESOURCES, _JSON_TYPE) if is_json else (_YAML_RESOURCES, _YAML_TYPE)
    return any(each.search(content) for each in whole) or all(
        each.search(content) for each in parts
    )


def _looks_like_template(document: Document) -> bool:
    if _VERSION in document.data:
        return True
    resources = document.data.get("Resources")
    return isinstance(resources, Mapping) and any(
        isinstance(each, Mapping) and isinstance(each.get("Type"), str) and "::" in each["Type"]
        for each in resources.values()
    )


def _nested_files(documents: Mapping[Path, Document]) -> set[Path]:
    """Templates that others of the folder nest: they are checked with what they are given."""
    found = set()
    for path, document in documents.items():
        resources: Any = document.data.get("Resources")
        for body in resources.values() if isinstance(resources, Mapping) else ():
            file = nested_file(body, path.parent)
            if file is not None and file.resolve() != path.resolve():
                found.add(file.resolve())
    return found
