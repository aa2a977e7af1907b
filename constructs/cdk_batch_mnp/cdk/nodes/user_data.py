"""The user data of the nodes, which runs before the ECS agent starts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import jsii
from aws_cdk import IStableStringProducer, Lazy
from aws_cdk import aws_ec2 as ec2

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.lazy.dataclass import dataclass

SHELL_SCRIPT = 'text/x-shellscript; charset="utf-8"'
CLOUD_CONFIG = 'text/cloud-config; charset="utf-8"'

_BOUNDARY = "==cdk-batch-mnp=="


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A file system that a node mounts before it accepts jobs.

    Attributes:
        path: Mount point on the instance and in its containers.
        commands: Bash commands that mount it, after an empty line. They may call the functions
            ``persist`` and ``keep`` of the script. Values are quoted with ``shell_word``.
        read_only: Whether containers can only read it.
    """

    path: str
    commands: str
    read_only: bool = False


_START = """\
#!/bin/bash
# Written by cdk-batch-mnp: prepares this node for jobs, before the ECS agent starts.
set -euo pipefail

# A job whose file system is not mounted finds no input, and writes its results to the root
# volume, which is deleted with the node. A job that reaches the instance role has its permissions.
# After a failed script, cloud-init would continue, the ECS agent would register the node, and Batch
# would place a job on it. A node that is not ready therefore shuts down, and Batch launches another
# one.
give_up_if_failed() {
  local status=$?
  if [ "$status" -eq 0 ]; then return; fi
  echo "cdk-batch-mnp: cannot prepare this node (exit status $status), it powers off" >&2
  systemctl mask --runtime ecs.service || true
  systemctl poweroff
}
trap give_up_if_failed EXIT
"""

_BLOCK_INSTANCE_ROLE = """\

# The tasks of multi-node parallel jobs run in awsvpc mode. The ECS agent blocks the instance
# metadata service for their containers, and with it the credentials of the instance role.
mkdir -p /etc/ecs
echo ECS_AWSVPC_BLOCK_IMDS=true >> /etc/ecs/ecs.config
"""

_PERSIST = """\

# Tries a command up to eight times, within about two minutes: at first the network, the package
# repository or a new file system may not respond yet.
persist() {
  local attempt
  for attempt in 1 2 3 4 5 6 7; do
    if "$@"; then return 0; fi
    echo "cdk-batch-mnp: attempt $attempt failed: $*" >&2
    sleep $((attempt * 5))
  done
  "$@"
}
"""

_KEEP = """\

# This script only runs at the first boot, before ecs.service. At later boots the file system is
# mounted from /etc/fstab, and the ECS agent does not start before it is mounted.
keep() {
  local name=${2//-/--}
  echo "$1 $2 $3 $4,nofail 0 0" >> /etc/fstab
  mkdir -p /etc/systemd/system/ecs.service.d
  printf '[Service]\\nExecStartPre=/usr/bin/mountpoint --quiet %s\\n' "$2" \\
    > "/etc/systemd/system/ecs.service.d/50-mount${name//\\//-}.conf"
  systemctl daemon-reload
}
"""


_MANY_NODES = """\

# Connections to more peers than the kernel's neighbor table has room for hang. Its default of 1024
# entries is almost used up by 1000 nodes that are all connected to each other.
cat > /etc/sysctl.d/90-cdk-batch-mnp.conf <<'END'
net.ipv4.neigh.default.gc_thresh1 = 4096
net.ipv4.neigh.default.gc_thresh2 = 8192
net.ipv4.neigh.default.gc_thresh3 = 16384
END
sysctl --load=/etc/sysctl.d/90-cdk-batch-mnp.conf
"""


@dataclass(frozen=True, kw_only=True)
class NodeScript:
    """The script that prepares a node for jobs.

    Attributes:
        mounts: File systems to mount, in this order.
        block_instance_role: Whether the ECS agent blocks the instance metadata service for
            containers in awsvpc mode. The setting does not apply to tasks in host mode, which Batch
            uses for single-node jobs.
        many_nodes: Whether a node may be connected to more nodes than the kernel expects.
        downloads: Bash commands that download files, after an empty line. They may call
            ``persist``.

    Source: ECS Developer Guide, container agent configuration (ECS_AWSVPC_BLOCK_IMDS); Linux,
    Documentation/networking/ip-sysctl.rst (neigh/default/gc_thresh3).
    """

    mounts: Sequence[Mount] = ()
    block_instance_role: bool
    many_nodes: bool = False
    downloads: Sequence[str] = ()

    @property
    def text(self) -> str:
        """The script; empty if there is nothing to prepare."""
        steps = (
            _BLOCK_INSTANCE_ROLE if self.block_instance_role else "",
            _MANY_NODES if self.many_nodes else "",
            _PERSIST if self.mounts or self.downloads else "",
            _KEEP if self.mounts else "",
            *(mount.commands for mount in self.mounts),
            *self.downloads,
        )
        return "".join((_START, *steps)) if any(steps) else ""


def with_script(user_data: str, script: str) -> str:
    """Return user data that runs a script before the user's, as MIME multi-part.

    Args:
        user_data: MIME multi-part, a script that begins with ``#!``, or ``#cloud-config``; it may
            be empty.
        script: The script; it may be empty too.

    Raises:
        ArgumentError: The user data has another format.

    Source: Batch User Guide, launch templates; cloud-init, user data formats.
    """
    if not user_data.strip():
        return _multipart([_part(SHELL_SCRIPT, script)] if script else [])
    if not script and is_token(user_data) and user_data.startswith("${Token["):
        return user_data
    # Imported only for user data of the user: the module takes a while to import.
    from cdk_batch_mnp.model.user_data import is_multipart

    if is_multipart(from_header := user_data.lstrip()):
        return _inserted(from_header, script)
    kind = _kind(user_data)
    parts = [_part(SHELL_SCRIPT, script)] if script else []
    return _multipart([*parts, _part(kind, user_data)])


def _kind(user_data: str) -> str:
    if user_data.startswith("#!"):
        return SHELL_SCRIPT
    if user_data.startswith("#cloud-config"):
        return CLOUD_CONFIG
    first = user_data.strip().splitlines()[0]
    raise ArgumentError(
        f"user_data begins with {first[:40]!r} and is not MIME multi-part, which Batch needs to "
        "add its own user data; pass an ec2.MultipartUserData, or a script that begins with #!"
    )


def _inserted(user_data: str, script: str) -> str:
    if not script:
        return user_data
    from cdk_batch_mnp.model.user_data import first_boundary

    found = first_boundary(user_data)
    if found is None:
        raise ArgumentError(
            "user_data is a MIME multi-part text without a part: its boundary is missing"
        )
    boundary, start = found
    own = _framed(boundary, _part(SHELL_SCRIPT, script))
    return f"{user_data[:start]}{own}{user_data[start:]}"


def _part(kind: str, body: str) -> str:
    return f"Content-Type: {kind}\n\n{body}"


def _framed(boundary: str, part: str) -> str:
    # A boundary must follow an empty line.
    return f"--{boundary}\n{part.rstrip()}\n\n"


def _multipart(parts: Sequence[str]) -> str:
    if not parts:
        return ""
    framed = "".join(_framed(_BOUNDARY, part) for part in parts)
    return (
        f'Content-Type: multipart/mixed; boundary="{_BOUNDARY}"\nMIME-Version: 1.0\n\n'
        f"{framed}--{_BOUNDARY}--\n"
    )


@jsii.implements(IStableStringProducer)
class NodeUserData:
    """The user data of a node's launch template: the library's script, then the user's.

    The user's part is rendered at synthesis, so it includes commands that are added until then.

    Args:
        script: Prepares the node.
        given: The user's user data.

    Raises:
        ArgumentError: :func:`with_script` raises it.
    """

    def __init__(self, script: NodeScript, given: ec2.UserData | None) -> None:
        self._script = script
        self._given = given
        with_script(self._given_text(), script.text)

    def add_download(self, commands: str) -> None:
        """Add commands that download a file, as in :class:`NodeScript`."""
        downloads = (*self._script.downloads, commands)
        self._script = replace(self._script, downloads=downloads)

    def _given_text(self) -> str:
        return "" if self._given is None else self._given.render()

    @property
    def text(self) -> str:
        """The current MIME multi-part text; empty if there is nothing to run."""
        return with_script(self._given_text(), self._script.text)

    def produce(self) -> str:
        """Return the text, for the CDK's Lazy."""
        return self.text

    @property
    def value(self) -> str:
        """The value for the template: the text, or a token if the user's part may still change."""
        return self.text if self._given is None else Lazy.string(self)
