"""What the command of a container starts, as far as it shows."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from posixpath import basename

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, has_value

Command = Maybe[tuple[Maybe[str], ...]] | None

LAUNCHER = "mnp-launch"
LAUNCHER_MODULE = "cdk_batch_mnp_launch"
MODES = ("every", "main")
DEFAULT_MODE = "every"

_FLAGS = ("--insecure", "--version", "--help", "-h")
"""Options of the launcher that take no value."""
_INSTEAD_OF_STARTING = ("--version", "--help", "-h")

_PYTHON = pattern(r"python[0-9.]*")
_SHELLS = frozenset({"sh", "bash", "dash", "ash", "zsh", "ksh"})
_SHELL_COMMAND = pattern(r"-[abd-z]*c[a-z]*")
_PLACEHOLDER = "Ref::"
"""Batch replaces ``Ref::name`` by a parameter of the job."""

_WRAPPERS = frozenset(
    {
        *("command", "env", "exec", "ionice", "nice", "nohup", "numactl", "setsid"),
        *("stdbuf", "sudo", "time", "timeout"),
    }
)
"""Programs that run the program after their own options."""
_OF_A_WRAPPER = pattern(r"-.*|[0-9.]+[smhd]?|[A-Za-z_]\w*=.*")
_ASSIGNMENT = pattern(r"[A-Za-z_]\w*=.*", re.DOTALL)
_BETWEEN = frozenset({"{", "}", "!", "then", "do", "else", "elif", "if", "while", "until"})
_OPERATORS = pattern(r"[;&|()]+")
"""Words of a shell after which a command begins."""

MAX_SCRIPT = 24 * 1024
"""Longer scripts are not read: no job definition can be as large."""

_DISTRIBUTED = frozenset({"torch.distributed.run", "torch.distributed.launch"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LauncherCall:
    """How a command starts ``mnp-launch``.

    Attributes:
        mode: Value of ``--mode``; ``None`` if the value is missing.
        insecure: Whether ``--insecure`` is set.
        has_command: Whether there is a command to start.
    """

    mode: Maybe[str] | None = DEFAULT_MODE
    insecure: Maybe[bool] = False
    has_command: Maybe[bool] = False


_UNKNOWN_CALL = LauncherCall(mode=UNKNOWN, insecure=UNKNOWN, has_command=UNKNOWN)


def launcher_call(command: Command) -> LauncherCall | None:
    """Return how a command starts the launcher.

    Returns:
        ``None`` if the command is not known to start it directly. It may still do so in a shell or
        in a script.

    Source: docs/launcher.md.
    """
    arguments = _launcher_arguments(command)
    return None if arguments is None else _read_options(arguments)


def _launcher_arguments(command: Command) -> tuple[Maybe[str], ...] | None:
    if not has_value(command) or not command or not has_value(command[0]):
        return None
    program, rest = basename(command[0]), command[1:]
    if program == LAUNCHER:
        return rest
    if _PYTHON.fullmatch(program):
        if rest[:2] == ("-m", LAUNCHER_MODULE):
            return rest[2:]
        if rest and has_value(rest[0]) and basename(rest[0]) == LAUNCHER:
            return rest[1:]
    return None


def _read_options(arguments: Sequence[Maybe[str]]) -> LauncherCall:
    mode: Maybe[str] | None = DEFAULT_MODE
    insecure = False
    words = iter(arguments)
    for word in words:
        if not has_value(word) or _PLACEHOLDER in word:
            return _UNKNOWN_CALL
        if word == "--":
            return LauncherCall(
                mode=mode, insecure=insecure, has_command=next(words, None) is not None
            )
        if not word.startswith("-"):
            return LauncherCall(mode=mode, insecure=insecure, has_command=True)
        name, equals, attached = word.partition("=")
        if _abbreviates(name, _INSTEAD_OF_STARTING):
            return _UNKNOWN_CALL
        if _abbreviates(name, _FLAGS):
            insecure = True
            continue
        value = attached if equals else next(words, None)
        if _abbreviates(name, ("--mode",)):
            mode = UNKNOWN if has_value(value) and _PLACEHOLDER in value else value
    return LauncherCall(mode=mode, insecure=insecure)


def _abbreviates(name: str, options: Sequence[str]) -> bool:
    """Return whether argparse takes a name for one of some options."""
    return any(name == option or (len(name) > 2 and option.startswith(name)) for option in options)


def may_name_launcher(command: Command) -> bool:
    """Return whether a command names the launcher, or has parts that are not known."""
    if not has_value(command):
        return True
    return any(
        not has_value(word)
        or any(part in word for part in (_PLACEHOLDER, LAUNCHER, LAUNCHER_MODULE))
        for word in command
    )


def programs(command: Command) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield the programs that a command is known to run, each with its arguments.

    A program is named without its folder. Shells with ``-c`` are read, as far as their syntax is
    simple; scripts are not. ``python -m torch.distributed.run`` is ``torchrun``.
    """
    if not has_value(command):
        return
    words = [word if has_value(word) else "" for word in command]
    for name, arguments in _program(words):
        script = _script(name, arguments)
        if script is None:
            yield name, arguments
            continue
        if len(script) > MAX_SCRIPT:
            return
        for segment in _segments(script):
            yield from _program(segment)


def _program(words: Sequence[str]) -> Iterator[tuple[str, tuple[str, ...]]]:
    wrapped = False
    for position, word in enumerate(words):
        if _ASSIGNMENT.fullmatch(word) or (wrapped and _OF_A_WRAPPER.fullmatch(word)):
            continue
        name, arguments = basename(word), tuple(words[position + 1 :])
        if name in _WRAPPERS:
            wrapped = True
            continue
        if _PYTHON.fullmatch(name) and "-m" in arguments[:-1]:
            module = arguments[arguments.index("-m") + 1]
            if module in _DISTRIBUTED:
                name = "torchrun"
        yield name, arguments
        return


def _script(name: str, arguments: Sequence[str]) -> str | None:
    """Return the script of a shell that is started with ``-c``."""
    if name not in _SHELLS:
        return None
    for position, word in enumerate(arguments[:-1]):
        if _SHELL_COMMAND.fullmatch(word):
            return arguments[position + 1]
        if not word.startswith("-"):
            return None
    return None


def _segments(script: str) -> Iterator[list[str]]:
    """Yield the words of each command of a script; nothing if its quotes are not closed."""
    text = re.sub(r"(?m)^[ \t]*+#.*$", "", script.replace("\\\n", " ")).replace("\n", " ; ")
    lexer = shlex.shlex(text, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    lexer.commenters = ""
    try:
        words = list(lexer)
    except ValueError:
        return
    segment: list[str] = []
    for word in words:
        if word in _BETWEEN or _OPERATORS.fullmatch(word):
            if segment:
                yield segment
            segment = []
        else:
            segment.append(word)
    if segment:
        yield segment
