"""Find templates: in a file, a folder, a cloud assembly, or on standard input."""

from __future__ import annotations

import os
import re
import sys
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from cdk_batch_mnp.files.reading import is_folder, is_regular
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.template.crashed import CheckCrashedError
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.evaluation.stacks import Stacks
from cdk_batch_mnp.template.source.assembly import MANIFEST, Group, groups_of
from cdk_batch_mnp.template.source.budget import BudgetSpentError
from cdk_batch_mnp.template.source.document import Document
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.limits import MAX_BYTES
from cdk_batch_mnp.template.source.nesting import add_stack, nested_file, root_of
from cdk_batch_mnp.template.source.opening import real

STANDARD_INPUT = "-"

_SUFFIXES = (".json", ".yaml", ".yml", ".template")
_NAMED_TEMPLATES = (".template.json", ".template.yaml", ".template.yml", ".template")
_SKIPPED_FOLDERS = frozenset(("node_modules", "__pycache__", "site-packages"))

_VERSION = "AWSTemplateFormatVersion"
# At the start of a line: files of other kinds quote templates, indented.
_YAML_VERSION = pattern(rb"""^["']?AWSTemplateFormatVersion["']?[ ]*:""", re.MULTILINE)
_YAML_RESOURCES = pattern(rb"""^["']?Resources["']?[ ]*:""", re.MULTILINE)
_YAML_TYPE = pattern(rb"""Type["']?[ ]*:[ ]*["']?AWS::""")
_JSON_VERSION = pattern(rb'"AWSTemplateFormatVersion"\s*:')
_JSON_RESOURCES = pattern(rb'"Resources"\s*:')
_JSON_TYPE = pattern(rb'"Type"\s*:\s*"AWS::')
_JSON_MANIFEST = pattern(rb'"aws:cloudformation:stack"')


@dataclass(slots=True)
class DiscoveredTemplates:
    """The templates at the paths that a user named.

    Attributes:
        groups: Stacks that are checked together, each group read when it is checked.
        unusable: Errors of paths that are not templates.
        skipped: Number of JSON and YAML files in folders that do not look like templates.
    """

    groups: list[Group] = field(default_factory=list)
    unusable: list[TemplateError] = field(default_factory=list)
    skipped: int = 0


def find(
    paths: Sequence[str], options: Options | None = None, *, exclude: Sequence[str] = ()
) -> DiscoveredTemplates:
    """Find the templates at the paths that a user named.

    Args:
        paths: Files, folders, cloud assemblies or ``-``.
        options: How templates are evaluated.
        exclude: Patterns of file names or paths to skip in folders (``*`` also matches slashes).
    """
    options = options or Options()
    found = DiscoveredTemplates()
    for name in paths:
        path = Path(name)
        try:
            if name == STANDARD_INPUT:
                found.groups.append(_alone(_read_input(options), options))
            elif not name:
                raise TemplateError("''", "is an empty path")
            elif is_folder(path):
                _find_some_in(path, options, exclude, found)
            elif path.name == MANIFEST and _manifest(path, options) is not None:
                _find_some_in(path.parent, options, exclude, found)
            else:
                document = options.reader.read(path, named=True)
                found.groups.append(_alone(document, options))
        except BudgetSpentError as error:
            rest = paths[paths.index(name) + 1 :]
            found.unusable.append(error.leaving(rest) if rest else error)
            break
        except TemplateError as error:
            found.unusable.append(error)
        except Exception as error:
            found.unusable.append(CheckCrashedError(name, "finding templates", error))
    return found


def _read_input(options: Options) -> Document:
    if sys.stdin is None:
        raise TemplateError(STANDARD_INPUT, "cannot be read: standard input is closed")
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1)
    except OSError as error:
        raise TemplateError(STANDARD_INPUT, f"cannot be read: {error.strerror}") from None
    options.reader.budget.add(STANDARD_INPUT, len(content))
    return options.reader.parse(content, STANDARD_INPUT)


def _alone(document: Document, options: Options) -> Group:
    def read() -> Stacks:
        stacks = Stacks(options)
        with stacks.reading(document.file):
            add_stack(document, stacks, folder=Path(document.file).parent)
        return stacks

    return Group((document.file,), read)


def _find_some_in(
    folder: Path, options: Options, exclude: Sequence[str], found: DiscoveredTemplates
) -> None:
    inside = DiscoveredTemplates()
    try:
        _find_in(folder, options, exclude, inside)
        if not inside.groups and not inside.unusable:
            # If nothing was checked, passing would hide a wrong path forever.
            raise TemplateError(str(folder), "has no template")
    finally:
        found.groups += inside.groups
        found.unusable += inside.unusable
        found.skipped += inside.skipped


def _find_in(
    folder: Path, options: Options, exclude: Sequence[str], found: DiscoveredTemplates
) -> None:
    if _manifest(folder / MANIFEST, options) is not None:
        stacks, unusable = groups_of(folder, options)
        found.groups += stacks
        found.unusable += unusable
        return
    documents: dict[Path, Document] = {}
    try:
        for path in _candidates(folder, exclude, options):
            if path.name == MANIFEST and _manifest(path, options) is not None:
                _find_in(path.parent, options, exclude, found)
            elif (document := _read_candidate(path, options, found)) is not None:
                documents[path] = document
    finally:
        # Templates that were found before the budget was exhausted are still checked.
        groups = {path: _alone(each, options) for path, each in documents.items()}
        nested = _nested_files(documents)
        found.groups += [group for path, group in groups.items() if real(path) not in nested]


def _read_candidate(path: Path, options: Options, found: DiscoveredTemplates) -> Document | None:
    """Read a file of a folder, if it is a template. A file of another kind is not an error."""
    is_named = path.name.endswith(_NAMED_TEMPLATES)
    try:
        content = options.reader.content(path)
    except TemplateError as error:
        if is_named:
            found.unusable.append(error)
        else:
            found.skipped += 1
        return None
    try:
        document = options.reader.parse(content, str(path))
    except BudgetSpentError:
        raise
    except TemplateError as error:
        if is_named or isinstance(error, CheckCrashedError) or _is_meant_as_template(content):
            found.unusable.append(error)
        else:
            found.skipped += 1
        return None
    if is_named or _looks_like_template(document):
        return document
    found.skipped += 1
    return None


def _candidates(folder: Path, exclude: Sequence[str], options: Options) -> Iterator[Path]:
    for current, folders, files in os.walk(folder):
        folders[:] = sorted(
            child
            for child in folders
            if not child.startswith((".", "asset.")) and child not in _SKIPPED_FOLDERS
        )
        if MANIFEST in files and _manifest(Path(current) / MANIFEST, options) is not None:
            folders.clear()
            files = [MANIFEST]
        for name in sorted(files):
            path = Path(current) / name
            if name.startswith(".") or not name.endswith(_SUFFIXES):
                continue
            if not any(
                fnmatch(name, pattern) or fnmatch(str(path), pattern) for pattern in exclude
            ):
                yield path


def _manifest(path: Path, options: Options) -> Document | None:
    """Return the manifest of a cloud assembly, if a path is one."""
    if not is_regular(path):
        return None
    try:
        manifest = options.reader.read(path)
    except BudgetSpentError:
        raise
    except TemplateError:
        return None
    has_artifacts = isinstance(manifest.data.get("artifacts", {}), Mapping)
    return manifest if "version" in manifest.data and has_artifacts else None


def _is_meant_as_template(content: bytes) -> bool:
    """Return whether a file that cannot be parsed looks like a template."""
    content = content.removeprefix(BOM_UTF8)
    is_json = content.lstrip().startswith(b"{")
    whole = (_JSON_VERSION, _JSON_MANIFEST) if is_json else (_YAML_VERSION,)
    parts = (_JSON_RESOURCES, _JSON_TYPE) if is_json else (_YAML_RESOURCES, _YAML_TYPE)
    return any(pattern.search(content) for pattern in whole) or all(
        pattern.search(content) for pattern in parts
    )


def _looks_like_template(document: Document) -> bool:
    if _VERSION in document.data:
        return True
    resources = document.data.get("Resources")
    return isinstance(resources, Mapping) and any(
        isinstance(resource, Mapping)
        and isinstance(resource.get("Type"), str)
        and "::" in resource["Type"]
        for resource in resources.values()
    )


def _nested_files(documents: Mapping[Path, Document]) -> set[str]:
    """Return the nested templates of the folder, which are checked with their parents."""
    found = set()
    for path, document in documents.items():
        resources: Any = document.data.get("Resources")
        for body in resources.values() if isinstance(resources, Mapping) else ():
            file = nested_file(body, path.parent, root_of(path.parent))
            if file is not None and real(file) != real(path):
                found.add(real(file))
    return found
