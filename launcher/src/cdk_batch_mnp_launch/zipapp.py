"""Write the launcher as one executable file, for images to which pip has no access.

python -m cdk_batch_mnp_launch.zipapp mnp-launch
"""

from __future__ import annotations

import os
import sys
import zipfile
from typing import Iterator

PACKAGE = os.path.dirname(os.path.abspath(__file__))

_SHEBANG = b"#!/usr/bin/env python3\n"
_MAIN = b"from cdk_batch_mnp_launch.__main__ import main\n\nmain()\n"
# The oldest that a ZIP file can hold; the same bytes whenever and wherever it is built.
_TIME = (1980, 1, 1, 0, 0, 0)
_UNIX = 3


def build(target: str, compressed: bool = True) -> None:
    """Write the file; it runs with any `python3` from 3.8.

    Args:
        target: Path of the file. Folders on the way are created.
        compressed: Whether it is a third of the size, and its bytes depend on the version of zlib.
            Otherwise, the same version of the launcher always gives the same bytes.
    """
    os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
    kind = zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED
    with open(target, "wb") as file:
        file.write(_SHEBANG)
        with zipfile.ZipFile(file, "w") as archive:
            for name, content in _files():
                info = zipfile.ZipInfo(name, _TIME)
                info.compress_type = kind
                info.create_system = _UNIX
                info.external_attr = 0o100644 << 16
                archive.writestr(info, content)
    os.chmod(target, 0o755)


def _files() -> Iterator[tuple[str, bytes]]:
    yield "__main__.py", _MAIN
    found = [
        os.path.join(folder, name)
        for folder, _folders, names in os.walk(PACKAGE)
        for name in names
        if name.endswith(".py")
    ]
    for path in sorted(found):
        with open(path, "rb") as file:
            name = os.path.relpath(path, os.path.dirname(PACKAGE)).replace(os.sep, "/")
            yield name, file.read()


def main() -> None:
    """Write the file that the command line names."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m cdk_batch_mnp_launch.zipapp TARGET")
    build(sys.argv[1])


if __name__ == "__main__":
    main()
