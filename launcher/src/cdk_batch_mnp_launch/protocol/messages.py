"""Payloads of the frames between authenticated nodes: JSON objects, compressed if long."""

from __future__ import annotations

import json
import zlib
from typing import Any, NamedTuple

from cdk_batch_mnp_launch.protocol.frames import FrameError

MAX_JSON = 16 * 1024 * 1024


class OtherVersion(ValueError):  # noqa: N818
    """A node runs another version of the launcher, which the message names."""


class Host(NamedTuple):
    """A node as all others know it.

    Attributes:
        node: Its node index.
        address: Its IP address, as seen by the main node.
        name: Its host name.
        slots: Number of processes that it should run.
        cpus: Number of CPUs that its container may use.
        gpus: Number of GPUs.
        neuron: Number of Neuron devices.
        efa: Number of EFA devices.
        mode: Mode of its launcher.
        log: Where its log is, or an empty string.
        clock: Its time when it joined, in seconds since 1970.
    """

    node: int
    address: str
    name: str
    slots: int
    cpus: int
    gpus: int
    neuron: int
    efa: int
    mode: str
    log: str
    clock: float


def pack(value: dict[str, Any]) -> bytes:
    """Return the bytes of an object."""
    return zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 1)


def unpack(payload: bytes) -> dict[str, Any]:
    """Return the object.

    Raises:
        FrameError: If the payload is not an object.
    """
    try:
        inflater = zlib.decompressobj()
        text = inflater.decompress(payload, MAX_JSON)
        if not inflater.eof:
            raise FrameError("incomplete or overlong message")
        value = json.loads(text)
    except (zlib.error, ValueError, RecursionError) as error:
        raise FrameError(f"invalid message: {error}") from error
    if not isinstance(value, dict):
        raise FrameError("invalid message: not an object")
    return value


def pack_join(host: Host, version: str) -> bytes:
    """Return the payload of JOIN."""
    return pack({"version": version, "host": list(host)})


def unpack_join(payload: bytes, version: str) -> Host:
    """Return the node that joins.

    Raises:
        OtherVersion: If its launcher has another version, whose messages may be different.
        FrameError: If the payload is not a node.
    """
    message = unpack(payload)
    if message.get("version") != version:
        raise OtherVersion(str(message.get("version")))
    try:
        return Host(*message["host"])
    except (KeyError, TypeError) as error:
        raise FrameError(f"invalid node: {error}") from error


def pack_hosts(hosts: list[Host]) -> bytes:
    """Return the payload of HOSTS."""
    return pack({"hosts": [list(host) for host in hosts]})


def unpack_hosts(payload: bytes) -> list[Host]:
    """Return the hosts in index order.

    Raises:
        FrameError: If the payload is not a list of hosts.
    """
    try:
        return [Host(*each) for each in unpack(payload)["hosts"]]
    except (KeyError, TypeError) as error:
        raise FrameError(f"invalid list of hosts: {error}") from error
