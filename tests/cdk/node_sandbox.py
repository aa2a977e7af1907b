"""An instance that runs the library's scripts without touching the machine that tests them."""

from __future__ import annotations

import re
import shutil
import subprocess
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TWO_DISKS = "/dev/nvme0n1 Amazon Elastic Block Store\n" + "".join(
    f"/dev/nvme{number}n1 Amazon EC2 NVMe Instance Storage\n" for number in (1, 2)
)
NONE: Mapping[str, int] = {}

_PROGRAM = """\
#!/bin/bash
printf '%s' {name} >> {folder}/called
for word in "$@"; do printf ' %q' "$word" >> {folder}/called; done
echo >> {folder}/called
left=$(< {folder}/{name}.failing)
if [ "$left" -ne 0 ]; then echo $((left - 1)) > {folder}/{name}.failing; exit 32; fi
{then}
"""

_COMMANDS = {
    **dict.fromkeys(("dnf", "mount", "mountpoint", "mdadm", "mkfs.xfs"), ""),
    **dict.fromkeys(("systemctl", "sleep", "mount.lustre", "sysctl"), ""),
    # The last two arguments of a download are its source and target.
    "aws": '/bin/cp {folder}/object "${{@: -1}}"',
    "chmod": '[[ "$2" != *mnp-launch* ]] || exec /bin/chmod "$@"',
    "lsblk": 'echo "$(< {folder}/disks)"',
    "mkdir": 'exec /bin/mkdir "$@"',
}


def deployed(value: Any, parameters: Mapping[str, str]) -> str:
    """What CloudFormation makes of a text with functions in it."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return parameters[name]
        case {"Fn::Join": [between, parts]}:
            return str(between).join(deployed(part, parameters) for part in parts)
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", lambda each: parameters[each[1]], text)
        case {"Fn::Base64": inner}:
            return b64encode(deployed(inner, parameters).encode()).decode()
    raise AssertionError(value)


class Node:
    """An instance whose commands only write down that they were called.

    Nothing else is on its path, so that no script can touch the machine that runs the tests.

    Args:
        folder: What stands for the root of its disk.
        disks: The output of ``lsblk``.
        failing: Commands that fail, and how often; each time if negative.
    """

    def __init__(
        self, folder: Path, *, disks: str = TWO_DISKS, failing: Mapping[str, int] = NONE
    ) -> None:
        self.root = folder
        self.programs = folder / "programs"
        for created in (self.programs, folder / "etc", folder / "etc/sysctl.d"):
            created.mkdir()
        (folder / "disks").write_text(disks)
        for name in ("awk", "base64", "cat", "mv", "sha256sum"):
            (self.programs / name).symlink_to(str(shutil.which(name)))
        for name, then in _COMMANDS.items():
            times = failing.get(name, 0)
            (folder / f"{name}.failing").write_text(str(times))
            program = self.programs / name
            program.write_text(
                _PROGRAM.format(name=name, folder=folder, then=then.format(folder=folder))
            )
            program.chmod(0o755)

    def run(self, script: str) -> int:
        """Run a script, and give its exit status."""
        here = re.sub(
            r"(?<=[ \"=])/etc/|(?<=mkdir -p )/(?!etc)|(?<=launcher=)/",
            f"{self.root}\\g<0>",
            script,
        )
        done = subprocess.run(
            [str(shutil.which("bash"))],
            input=here,
            text=True,
            check=False,
            capture_output=True,
            env={"PATH": str(self.programs)},
            cwd=self.root,
        )
        return done.returncode

    @property
    def called(self) -> list[str]:
        """The commands that were called, in order, with each argument quoted if it needs it."""
        return (self.root / "called").read_text().splitlines()

    @property
    def fstab(self) -> str:
        """What is mounted at each later start."""
        return (self.root / "etc/fstab").read_text()

    @property
    def agent_settings(self) -> str | None:
        """What the ECS agent reads at its start; ``None`` if there is no such file."""
        path = self.root / "etc/ecs/ecs.config"
        return path.read_text() if path.exists() else None

    @property
    def launcher(self) -> Path:
        """What the node has downloaded as the launcher."""
        return self.root / "opt/cdk-batch-mnp/mnp-launch"

    def configure_agent(self, settings: str) -> None:
        """Have an image bring settings of its own."""
        (self.root / "etc/ecs").mkdir()
        (self.root / "etc/ecs/ecs.config").write_text(settings)
