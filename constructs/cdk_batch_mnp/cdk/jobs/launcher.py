"""The launcher that starts the nodes of a job together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import TYPE_CHECKING

from aws_cdk import Duration
from aws_cdk import aws_batch as batch

from cdk_batch_mnp.cdk.jobs.launcher_delivery import LauncherDelivery
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked_fields
from cdk_batch_mnp.cdk.jsii.durations import seconds_of
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp_launch import settings

if TYPE_CHECKING:
    from aws_cdk import aws_ecs as ecs
    from aws_cdk import aws_secretsmanager as secretsmanager

STOP_TIMEOUT_SECONDS = 30
"""Time between SIGTERM and SIGKILL when ECS stops a container, and Batch has no setting for it.

Source: ECS Developer Guide, container agent configuration (ECS_CONTAINER_STOP_TIMEOUT).
"""

_DURATIONS = ("deadline", "grace", "heartbeat", "silence", "linger")
_OPTIONS = ("mode", "procs_per_node", *_DURATIONS, "port", "preflight")


_DEFAULTS = {"mode": settings.EVERY}
"""The values without arguments. They need no parser, which takes 5 ms to import and make."""


@checked_fields()
@dataclass(frozen=True, kw_only=True)
class Launcher:
    """Starts the command of every node together, with ``mnp-launch``, and ends all nodes together.

    The command of one container on each node becomes ``mnp-launch [options] -- command``. The
    containers also get a shared secret (``MNP_SECRET``) and the least hardware to expect
    (``MNP_EXPECT``). With ``retry_attempts``, the job is only retried after a node is lost or does
    not join in time, and after a failure of a host; see :class:`JobOptions`.

    The image must contain Python 3.8 or later and, unless ``delivery`` says otherwise,
    ``mnp-launch``. If it has an entry point, that must run its arguments, as ``exec "$@"`` does. A
    submission that overrides the command must repeat ``mnp-launch [options] --``, on all node
    ranges.

    Attributes:
        mode: ``every`` if all nodes run the command (torchrun, JAX), ``main`` if only the main node
            runs it and starts processes on the others (mpirun). Default: ``every``.
        procs_per_node: Processes per node in host lists. Default: one for each GPU, Neuron device
            or CPU.
        deadline: All nodes must have joined this long after the start of a node; allow for the
            slowest image pull. Default: 20 minutes.
        grace: Time between SIGTERM and SIGKILL when the job ends, below the 30 seconds that ECS
            waits. Default: 20 seconds.
        heartbeat: Time between heartbeats. Default: 5 seconds.
        silence: A node is lost after this time without a sign of it, at least two heartbeats.
            Default: 60 seconds.
        linger: In mode ``every``, the other nodes are stopped this long after the main node's
            command succeeded. Default: the job ends when the commands of all nodes have ended.
        port: TCP port of the main node. Default: 7878.
        preflight: What nodes check before the start: ``cheap`` for their hardware and limits,
            ``net`` to measure the network between them too, which takes about two seconds and the
            port after ``port``. Default: ``cheap``.
        secret: The secret that all nodes share, at least 16 bytes, in Secrets Manager or Systems
            Manager. Default: a generated secret in Secrets Manager, one for each cluster, or for
            the definition if it is not added with ``add_job``.
        insecure: Whether nodes share no secret. In mode ``main``, any program that reaches the port
            can then run commands on all nodes. Default: ``False``.
        container: Name of the container whose command is started, in node groups that have it.
            Default: the only essential one.
        delivery: How the launcher gets into the containers. Default: it is in the image.

    Raises:
        ArgumentError: An argument is unknown or of the wrong type; a value is out of range or only
            known at deployment; ``grace`` is 30 seconds or more; or ``secret`` is set although
            ``insecure`` is ``True``.

    Source: docs/launcher.md.
    """

    mode: str = settings.EVERY
    procs_per_node: int | None = None
    deadline: Duration | None = None
    grace: Duration | None = None
    heartbeat: Duration | None = None
    silence: Duration | None = None
    linger: Duration | None = None
    port: int | None = None
    preflight: str | None = None
    secret: secretsmanager.ISecret | batch.Secret | ecs.Secret | None = None
    insecure: bool = False
    container: str | None = None
    delivery: LauncherDelivery = field(default_factory=LauncherDelivery.in_image)

    def __post_init__(self) -> None:
        """Check the arguments, with the launcher's own parser."""
        if self.insecure and self.secret is not None:
            raise ArgumentError("secret is set, but insecure is True; leave one of the two out")
        values = self._values()
        if values == _DEFAULTS:
            return
        for name, value in values.items():
            if is_token(value):
                raise ArgumentError(
                    f"{name} is known only at deployment, but it is checked now; pass a value from "
                    "the context or from settings"
                )
        try:
            read = settings.read([*_as_options(values), "--", "command"], {})
        except settings.ConfigurationError as error:
            raise ArgumentError(_in_python(str(error))) from None
        if read.grace >= STOP_TIMEOUT_SECONDS:
            raise ArgumentError(
                f"grace is {read.grace:g} seconds, but must be below {STOP_TIMEOUT_SECONDS}, after "
                "which ECS kills the container"
            )
        if read.linger is not None and read.mode == settings.MAIN:
            raise ArgumentError(
                "linger is set, but in mode 'main' the job ends with the main node's command; "
                "leave it out"
            )

    @property
    def options(self) -> list[str]:
        """The options of ``mnp-launch`` that differ from its defaults."""
        return [*_as_options(self._changed()), *(["--insecure"] if self.insecure else ())]

    def _changed(self) -> dict[str, str | int]:
        values = self._values()
        if values == _DEFAULTS:
            return {}
        parser = settings.parser()
        defaults, parsed = parser.parse_args([]), parser.parse_args(_as_options(values))
        return {
            name: value
            for name, value in values.items()
            if getattr(parsed, name) != getattr(defaults, name)
        }

    def _values(self) -> dict[str, str | int]:
        """Return the options that are set, durations in seconds."""
        set_here = {name: value for name in _OPTIONS if (value := getattr(self, name)) is not None}
        return {
            name: seconds_of(name, value) if isinstance(value, Duration) else value
            for name, value in set_here.items()
        }


def _as_options(values: Mapping[str, str | int]) -> list[str]:
    return [
        part
        for name, value in values.items()
        for part in (_option(name), f"{value}s" if name in _DURATIONS else str(value))
    ]


def _option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _in_python(message: str) -> str:
    """Return a message of the launcher's parser with the names of the arguments here."""
    for name in _OPTIONS:
        message = message.replace(_option(name), name)
    return message.removeprefix("argument ").replace(" (see mnp-launch --help)", "")
