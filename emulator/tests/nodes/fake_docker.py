"""A program that does what docker does, without containers."""

from __future__ import annotations

import os
import sys
from pathlib import Path

_PROGRAM = """#!{python} -SE
import json, os, pathlib, signal, subprocess, sys, time
folder = pathlib.Path({folder!r})
arguments = sys.argv[1:]
with (folder / "calls").open("a") as calls:
    calls.write(json.dumps(arguments) + "\\n")
containers = folder / "containers"
containers.mkdir(exist_ok=True)
def end(name, number):
    try:
        os.kill(int((containers / name).read_text()), number)
    except (FileNotFoundError, ProcessLookupError):
        return
    if number == signal.SIGKILL:
        (containers / name).unlink()
match arguments:
    case ["info"]:
        if (folder / "down").exists():
            sys.exit("ERROR: Cannot connect to the daemon at unix:///x.\\nIs it running?")
    case ["network", "create", "--subnet", subnet, name]:
        if subnet.startswith("10.213."):
            sys.exit("Pool overlaps with other one on this address space")
    case ["run", *rest]:
        options, variables = {{}}, {{}}
        while rest[0].startswith("--"):
            option = rest.pop(0)
            if option in ("--rm", "--init", "--read-only", "--detach") or "=" in option:
                options[option] = ""
                continue
            value = rest.pop(0)
            options[option] = value
            if option == "--env":
                variables.update([value.split("=", 1)])
        image, *command = rest
        if image == "missing":
            print("docker: No such image: missing", file=sys.stderr)
            sys.exit(125)
        kind, _, holder = options["--network"].partition(":")
        if kind == "container":
            if options.keys() & {{"--ip", "--hostname", "--network-alias", "--add-host"}}:
                print("docker: conflicting options", file=sys.stderr)
                sys.exit(125)
            if not (containers / holder).exists():
                print("docker: No such container: " + holder, file=sys.stderr)
                sys.exit(125)
        if "--detach" in options:
            while (folder / "slow").exists():
                time.sleep(0.02)
            if (folder / "no pause").exists():
                sys.exit("docker: denied")
            waiting = subprocess.Popen(["sleep", "60"], stdout=-3, stderr=-3)
            (containers / options["--name"]).write_text(str(waiting.pid))
            sys.exit()
        (containers / options["--name"]).write_text(str(os.getpid()))
        pathlib.Path(options["--cidfile"]).write_text("0" * 64)
        variables.setdefault("PATH", "/usr/bin:/bin")
        os.execve("/bin/sh", ["sh", "-c", 'exec "$@"', "x", *command], variables)
    case ["stop", "--time", seconds, name]:
        end(name, signal.SIGTERM)
    case ["ps", "--all", "--quiet", "--filter", label]:
        print(*(each.name for each in containers.iterdir()))
    case ["rm", "--force", *names]:
        for name in names:
            end(name, signal.SIGKILL)
"""


def write_fake_docker(folder: Path, name: str = "docker") -> Path:
    """Write the program into a new folder, which gets its calls; files there change what it does.

    ``down``: its daemon does not answer. ``slow``: no container is started in the background until
    the file is gone. ``no pause``: none is started at all.
    """
    folder.mkdir()
    program = folder / name
    program.write_text(_PROGRAM.format(python=os.path.realpath(sys.executable), folder=str(folder)))
    program.chmod(0o755)
    return folder
