"""How the launcher gets into the containers that it starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked_fields
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.cdk.nodes.launcher_file import FOLDER, IMAGE_PROGRAM, PROGRAM
from cdk_batch_mnp.lazy.dataclass import dataclass

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs


@checked_fields()
@dataclass(frozen=True, kw_only=True)
class LauncherDelivery:
    """How ``mnp-launch`` gets into the containers that it starts.

    Use one of :meth:`in_image`, :meth:`from_init_container` and :meth:`from_nodes`.

    Attributes:
        program: Name or absolute path of the launcher in the started container.
        volume: Name of the volume with the launcher; ``None`` if it is in the image.
        init_program: Absolute path of the launcher in the image of an init container; ``None`` if
            there is none.
        init_image: Image of the init container; ``None`` for an image that the library builds.

    Raises:
        ArgumentError: An argument is of the wrong type; a path in an image is not absolute; or that
            in the image of an init container is below ``/opt/cdk-batch-mnp``.
    """

    program: str
    volume: str | None
    init_program: str | None
    init_image: str | ecs.ContainerImage | None

    def __post_init__(self) -> None:
        """Check the arguments."""
        if not self.program.strip():
            raise ArgumentError("program is empty; leave it out if mnp-launch is on the PATH")
        if "/" in self.program and not (self.program.startswith("/") or is_token(self.program)):
            raise ArgumentError(
                f"program is {self.program!r}, which depends on the working directory; write an "
                "absolute path, or a name on the PATH"
            )
        path = self.init_program
        if path is None or is_token(path):
            return
        if not path.startswith("/"):
            raise ArgumentError(f"program is {path!r}, but must be an absolute path in the image")
        if path.startswith(f"{FOLDER}/"):
            raise ArgumentError(
                f"program is {path!r}, but {FOLDER} is where the volume for the launcher is "
                "mounted; move it in the image"
            )

    @staticmethod
    def in_image(program: str = PROGRAM) -> LauncherDelivery:
        """Use the launcher of the image, from ``COPY`` or ``pip install`` in its Dockerfile.

        Args:
            program: Name on the ``PATH``, or absolute path. Default: ``mnp-launch``.
        """
        return LauncherDelivery(program=program, volume=None, init_program=None, init_image=None)

    @staticmethod
    def from_init_container(
        image: str | ecs.ContainerImage | None = None, program: str = IMAGE_PROGRAM
    ) -> LauncherDelivery:
        """Copy it to a volume of the task, in a container that runs first on each node.

        The node then has several containers, so a submission overrides the command with
        ``ecsPropertiesOverride``. The init container needs 64 MiB of memory.

        Args:
            image: An image that contains the launcher and ``cp``. Default: an image that the CLI of
                the CDK builds and pushes, for which it needs Docker.
            program: Absolute path of the launcher in the image. Default:
                ``/usr/local/bin/mnp-launch``.
        """
        return LauncherDelivery(
            program=f"{FOLDER}/{PROGRAM}",
            volume=PROGRAM,
            init_program=program,
            init_image=image,
        )

    @staticmethod
    def from_nodes() -> LauncherDelivery:
        """Each node downloads it before it accepts jobs, and containers mount it read-only.

        Only for jobs of an :class:`MnpCluster`, or with an :class:`MnpJobQueue` whose environments
        have the launch template that is created. The first such job changes the launch template,
        so the nodes are replaced. Nodes need access to S3, and the ``cdk bootstrap`` bucket.
        """
        return LauncherDelivery(
            program=f"{FOLDER}/{PROGRAM}", volume=PROGRAM, init_program=None, init_image=None
        )

    @property
    def is_from_nodes(self) -> bool:
        """Whether the nodes must have the launcher."""
        return self.volume is not None and self.init_program is None

    @property
    def volume_properties(self) -> dict[str, Any]:
        """The volume with the launcher, in the API's spelling."""
        host = {"sourcePath": FOLDER} if self.is_from_nodes else {}
        return {"name": self.volume, "host": host}

    @property
    def mount_point(self) -> dict[str, Any]:
        """Where the started container mounts the volume, in the API's spelling."""
        return {"sourceVolume": self.volume, "containerPath": FOLDER, "readOnly": True}
