"""The launcher as a file, for nodes and images."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from functools import cache
from pathlib import Path

from cdk_batch_mnp_launch import zipapp

PROGRAM = "mnp-launch"
FOLDER = "/opt/cdk-batch-mnp"
"""Where containers mount the launcher, and where it is on nodes."""
IMAGE_PROGRAM = f"/usr/local/bin/{PROGRAM}"
"""Path of the launcher in the image of :func:`image_folder`."""

_FILE = f"{PROGRAM}.pyz"
_DOCKERFILE = f"""\
FROM public.ecr.aws/docker/library/busybox:stable
COPY {_FILE} {IMAGE_PROGRAM}
"""


def launcher_file() -> Path:
    """Return the path of the launcher as one file, which is the same for the same version."""
    return image_folder() / _FILE


@cache
def image_folder() -> Path:
    """Return a folder with a Dockerfile of an image that has the launcher and ``cp``.

    The CDK copies assets from it while constructs are created. It is removed when the process ends.
    """
    folder = Path(tempfile.mkdtemp(prefix="cdk-batch-mnp-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    zipapp.build(str(folder / _FILE), compressed=False)
    (folder / "Dockerfile").write_text(_DOCKERFILE, encoding="utf-8")
    return folder
