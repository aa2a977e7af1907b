"""The launcher's folder on a node: host lists, the agent and its socket."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import Mapping

from cdk_batch_mnp_launch.protocol.messages import Host

ROOM = 256 * 1024
"""Bytes that the files of the largest job may need."""
_LONGEST_SOCKET = 100
_LONGEST_SHEBANG = 120
AGENT = "mnp-agent"
"""Name of the agent for programs that look it up in the `PATH`."""


def make_folder(environ: Mapping[str, str]) -> str:
    """Make a folder that only this user can enter, with room, where programs can be executed.

    Raises:
        OSError: If there is no place for it.
    """
    problems: list[str] = []
    for parent in (environ.get("TMPDIR", ""), "/tmp", "/var/tmp", "/run", "/dev/shm"):
        try:
            if not parent:
                continue
            if os.statvfs(parent).f_flag & os.ST_NOEXEC:
                problems.append(f"{parent}: nothing can be executed there")
                continue
            made = os.path.join(os.path.abspath(parent), f"mnp-launch-{os.urandom(4).hex()}")
            os.mkdir(made, 0o700)
        except OSError as error:
            problems.append(f"{parent}: {error.strerror}")
            continue
        try:
            if len(made) >= _LONGEST_SOCKET:
                raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG))
            _try_room(made)
        except OSError as error:
            problems.append(f"{parent}: {error.strerror}")
            remove_folder(made)
        else:
            return made
    raise OSError(f"no folder is suitable ({'; '.join(problems)})")


def _try_room(folder: str) -> None:
    path = os.path.join(folder, "room")
    with open(path, "wb") as file:
        file.write(bytes(ROOM))
    os.remove(path)


def remove_folder(path: str) -> None:
    """Remove the folder, if it is still there."""
    for folder, _folders, files in os.walk(path, topdown=False):
        for name in files:
            with contextlib.suppress(OSError):
                os.remove(os.path.join(folder, name))
        with contextlib.suppress(OSError):
            os.rmdir(folder)


def write_files(folder: str, files: Mapping[str, str]) -> None:
    """Write files, by name.

    Raises:
        OSError: If the disk is full, for example.
    """
    for name, content in files.items():
        with open(os.path.join(folder, name), "w") as file:
            file.write(content)


def write_agent(folder: str, source: str) -> str:
    """Write the agent as a program of its own and return the folder for the `PATH`.

    mpirun passes on to daemons on other nodes what it is to call there. The folder is different on
    each node, so that has to be a name, not a path.

    Raises:
        OSError: If the disk is full, for example.
    """
    path = os.path.join(folder, "agent")
    python = sys.executable
    if len(python) < _LONGEST_SHEBANG and " " not in python:
        content = f"#!{python} -IS\n{source}"
    else:
        write_files(folder, {"agent.py": source})
        content = f'#!/bin/sh\nexec "{python}" -IS "{folder}/agent.py" "$@"\n'
    write_files(folder, {"agent": content})
    os.chmod(path, 0o700)
    programs = os.path.join(folder, "bin")
    os.mkdir(programs, 0o700)
    os.symlink(path, os.path.join(programs, AGENT))
    return programs


def add_names(hosts_file: str, hosts: list[Host]) -> None:
    """Add the nodes to a hosts file, for names that it does not have.

    Raises:
        OSError: If the file cannot be written, which needs root.
    """
    with open(hosts_file) as file:
        content = file.read()
    known = {name for line in content.splitlines() for name in line.partition("#")[0].split()[1:]}
    lines: dict[str, str] = {}
    for host in hosts:
        # Two nodes with one name, as with host networking in a test, would be wrong either way.
        if host.name and host.name not in known and host.name not in lines:
            lines[host.name] = f"{host.address} {host.name}\n"
    if lines:
        with open(hosts_file, "a") as file:
            file.write(
                ("" if content.endswith("\n") or not content else "\n") + "".join(lines.values())
            )
