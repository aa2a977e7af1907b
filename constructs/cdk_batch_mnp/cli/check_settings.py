"""Settings of ``cdk-batch-mnp check`` in pyproject.toml: ``[tool.cdk-batch-mnp]``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path
from typing import Any

from cdk_batch_mnp.files.reading import UnreadableFileError, read_bytes
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.template.reports.formats import FORMATS

_MAX_BYTES = 1024 * 1024
_MOST_PARTS = 50
_QUOTED = pattern(r"""\"[^"\n]*\"|'[^'\n]*'""")
_BESIDE_DOTS = pattern(r"[ \t]*\.[ \t]*")
_BETWEEN_KEYS = pattern(r"[\s=\[\]{},]+")

SECTION = "tool.cdk-batch-mnp"
_FILE = "pyproject.toml"


class SettingsError(Exception):
    """Settings that cannot be used; the message names the file, the key and the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckSettings:
    """A project's settings for its checks.

    Attributes:
        select: IDs or ID prefixes of the rules to run; all if empty.
        ignore: IDs or ID prefixes of the rules to skip.
        exclude: Patterns of files to skip in folders.
        strict: Whether warnings fail the check.
        format: Output format.
        parameters: Values of template parameters.
        parameter_defaults: Whether parameters take their defaults.
        instances: File of a catalogue of instance types.
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
    """Read the settings of the nearest pyproject.toml that has any, in a folder or above it.

    Raises:
        SettingsError: The file is not TOML, or a key or value is invalid.
    """
    for parent in (folder, *folder.parents):
        path = parent / _FILE
        # A missing file is fine; a FIFO or a folder of this name is an error.
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
    import tomllib  # takes milliseconds, and many templates are checked where there is no such file

    try:
        text = content.decode("utf-8").replace("\r\n", "\n")
        if _has_long_key(text):
            raise SettingsError(f"{path}: has a key of more than {_MOST_PARTS} parts")
        data = tomllib.loads(text)
    except RecursionError:
        raise SettingsError(f"{path}: is nested too deeply") from None
    except ValueError as error:  # not TOML, not UTF-8, or a number of thousands of digits
        raise SettingsError(f"{path}: is not TOML: {error}") from None
    tool = data.get("tool")
    section = tool.get("cdk-batch-mnp") if isinstance(tool, dict) else None
    if section is None:
        return None
    return _Section(path).settings(section)


def _has_long_key(text: str) -> bool:
    """Whether there is a key whose parts tomllib reads in quadratic time."""
    return any(
        part.count(".") >= _MOST_PARTS
        for line in text.splitlines()
        if line.count(".") >= _MOST_PARTS
        for part in _BETWEEN_KEYS.split(_BESIDE_DOTS.sub(".", _QUOTED.sub("q", line)))
    )


class _Section:
    def __init__(self, path: Path) -> None:
        self._path = path

    def settings(self, section: Any) -> CheckSettings:
        if not isinstance(section, dict):
            raise self._error("", "must be a table")
        for key in section:
            if key not in _KEYS:
                raise self._error(key, f"is not a setting; expected one of {', '.join(_KEYS)}")
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
            raise self._error(key, "must be a list of strings")
        return tuple(value)

    def _switch(self, section: Mapping[str, Any], key: str, default: bool) -> bool:
        value = section.get(key, default)
        if not isinstance(value, bool):
            raise self._error(key, "must be true or false")
        return value

    def _file(self, section: Mapping[str, Any], key: str) -> Path | None:
        value = section.get(key)
        if value is None:
            return None
        if not isinstance(value, str):
            raise self._error(key, "must be the path of a file")
        # Relative to pyproject.toml, regardless of the current folder.
        return self._path.parent / value

    def _format(self, section: Mapping[str, Any]) -> str:
        value = section.get("format", "text")
        if not isinstance(value, str) or value not in FORMATS:
            raise self._error("format", f"must be one of {', '.join(FORMATS)}")
        return value

    def _parameters(self, section: Mapping[str, Any]) -> dict[str, str]:
        value = section.get("parameters", {})
        if not isinstance(value, dict) or not all(
            isinstance(setting, (str, int, float)) for setting in value.values()
        ):
            raise self._error("parameters", "must be a table of strings")
        try:
            return {
                name: str(setting).lower() if isinstance(setting, bool) else str(setting)
                for name, setting in value.items()
            }
        except ValueError:
            raise self._error("parameters", "has a number of thousands of digits") from None

    def _error(self, key: str, reason: str) -> SettingsError:
        name = f"{SECTION}.{key}" if key else SECTION
        return SettingsError(f"{self._path}: {name} {reason}")
