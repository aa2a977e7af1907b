"""The settings of ``cdk-batch-mnp check`` in pyproject.toml: ``[tool.cdk-batch-mnp]``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cdk_batch_mnp.files.reading import UnreadableFileError, read_bytes

_MAX_BYTES = 1024 * 1024
_MOST_PARTS = 50
_QUOTED = re.compile(r"""\"[^"\n]*\"|'[^'\n]*'""")
_BESIDE_DOTS = re.compile(r"[ \t]*\.[ \t]*")
_BETWEEN_KEYS = re.compile(r"[\s=\[\]{},]+")

SECTION = "tool.cdk-batch-mnp"
_FILE = "pyproject.toml"


class SettingsError(Exception):
    """Settings that cannot be used: a file, a line and a reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """What a project has settled for its checks.

    Attributes:
        select: Ids of rules, or their beginnings, to look at; all if empty.
        ignore: Ids of rules, or their beginnings, to leave out.
        exclude: Patterns of files that are passed over in folders.
        strict: Whether warnings fail.
        format: Of the output.
        parameters: Values of the templates' parameters.
        parameter_defaults: Whether a parameter's default stands for its value.
        instances: A catalogue of instance types to use.
    """

    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    strict: bool = False
    format: str = "text"
    parameters: Mapping[str, str] = field(default_factory=dict)
    parameter_defaults: bool = True
    instances: Path | None = None


_KEYS = (
    "select",
    "ignore",
    "exclude",
    "strict",
    "format",
    "parameters",
    "parameter-defaults",
    "instances",
)


def load_settings(folder: Path) -> CheckSettings:
    """Read the settings of the nearest pyproject.toml that has any, from a folder upwards.

    Raises:
        SettingsError: The file is no TOML, or a key or value is wrong.
    """
    for around in (folder, *folder.parents):
        path = around / _FILE
        # What is no file at all says nothing; what may be one of another kind is told.
        if path.exists():
            settings = _read(path)
            if settings is not None:
                return settings
    return CheckSettings()


def _read(path: Path) -> CheckSettings | None:
    try:
        content = read_bytes(path, _MAX_BYTES)
    except UnreadableFileError as error:
        raise SettingsError(f"{path}: {error}") from None
    if len(content) > _MAX_BYTES:
        raise SettingsError(f"{path}: has more than {_MAX_BYTES} bytes")
    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
        if _has_long_key(text):
            raise SettingsError(f"{path}: has a key of more than {_MOST_PARTS} parts")
        data = tomllib.loads(text)
    except RecursionError:
        raise SettingsError(f"{path}: is nested too deeply") from None
    except ValueError as error:  # no TOML, no UTF-8, or a number of thousands of digits
        raise SettingsError(f"{path}: is not TOML: {error}") from None
    tool = data.get("tool")
    section = tool.get("cdk-batch-mnp") if isinstance(tool, dict) else None
    if section is None:
        return None
    return _Section(path, text).settings(section)


def _has_long_key(text: str) -> bool:
    """Whether there is a key for which the reader of TOML needs the square of its parts."""
    return any(
        each.count(".") >= _MOST_PARTS
        for line in text.splitlines()
        if line.count(".") >= _MOST_PARTS
        for each in _BETWEEN_KEYS.split(_BESIDE_DOTS.sub(".", _QUOTED.sub("q", line)))
    )


class _Section:
    def __init__(self, path: Path, text: str) -> None:
        self._path = path
        self._text = text

    def settings(self, section: Any) -> CheckSettings:
        if not isinstance(section, dict):
            raise self._error("", "is a table")
        for key in section:
            if key not in _KEYS:
                raise self._error(key, f"is not a setting; there are {', '.join(_KEYS)}")
        return CheckSettings(
            select=self._texts(section, "select"),
            ignore=self._texts(section, "ignore"),
            exclude=self._texts(section, "exclude"),
            strict=self._switch(section, "strict", False),
            format=self._format(section),
            parameters=self._parameters(section),
            parameter_defaults=self._switch(section, "parameter-defaults", True),
            instances=self._file(section, "instances"),
        )

    def _texts(self, section: Mapping[str, Any], key: str) -> tuple[str, ...]:
        value = section.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._error(key, "is a list of texts")
        return tuple(value)

    def _switch(self, section: Mapping[str, Any], key: str, default: bool) -> bool:
        value = section.get(key, default)
        if not isinstance(value, bool):
            raise self._error(key, "is true or false")
        return value

    def _file(self, section: Mapping[str, Any], key: str) -> Path | None:
        value = section.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._error(key, "is the path of a file")
        # As the file's author sees it, whatever folder the command is called in.
        return self._path.parent / value

    def _format(self, section: Mapping[str, Any]) -> str:
        from cdk_batch_mnp.template.reports import FORMATS

        value = section.get("format", "text")
        if not isinstance(value, str) or value not in FORMATS:
            raise self._error("format", f"is one of {', '.join(FORMATS)}")
        return value

    def _parameters(self, section: Mapping[str, Any]) -> dict[str, str]:
        value = section.get("parameters", {})
        if not isinstance(value, dict) or not all(
            isinstance(each, (str, int, float)) for each in value.values()
        ):
            raise self._error("parameters", "is a table of texts")
        try:
            return {
                name: str(each).lower() if isinstance(each, bool) else str(each)
                for name, each in value.items()
            }
        except ValueError:
            raise self._error("parameters", "has a number of thousands of digits") from None

    def _error(self, key: str, reason: str) -> SettingsError:
        name = f"{SECTION}.{key}" if key else SECTION
        line = self._line(key)
        place = f"{self._path}:{line}" if line else str(self._path)
        return SettingsError(f"{place}: {name} {reason}")

    def _line(self, key: str) -> int | None:
        """The line of a key; tomllib does not tell it."""
        start = re.search(r"^[ \t]*\[tool\.[\"']?cdk-batch-mnp", self._text, re.MULTILINE)
        if start is None:
            return None
        written = rf"[\"']?{re.escape(key)}[\"']?"
        pattern = rf"^[ \t]*(?:{written}[ \t]*[.=]|\[tool\.[\"']?cdk-batch-mnp[\"']?\.{written}\])"
        found = re.compile(pattern, re.MULTILINE).search(self._text, start.start()) if key else None
        return self._text.count("\n", 0, (found or start).start()) + 1
