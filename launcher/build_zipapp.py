"""Build the launcher as one executable file, for images to which pip has no access.

python launcher/build_zipapp.py dist/mnp-launch
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import zipapp
from pathlib import Path

SOURCE = Path(__file__).parent / "src"


def build(target: Path) -> None:
    """Write the file; it runs with any `python3` from 3.8."""
    with tempfile.TemporaryDirectory() as folder:
        copied = Path(folder) / "mnp-launch"
        shutil.copytree(SOURCE, copied, ignore=shutil.ignore_patterns("__pycache__", "py.typed"))
        target.parent.mkdir(parents=True, exist_ok=True)
        zipapp.create_archive(
            copied,
            target,
            interpreter="/usr/bin/env python3",
            main="cdk_batch_mnp_launch.__main__:main",
            compressed=True,
        )
    target.chmod(0o755)


if __name__ == "__main__":
    build(Path(sys.argv[1]))
