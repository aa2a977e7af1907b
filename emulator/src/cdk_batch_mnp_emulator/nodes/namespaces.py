"""Linux namespaces: how a process gets a network, processes, mounts and a host name of its own.

A user namespace makes this work without root: in it, the process may do what else only root may.

Source: https://man7.org/linux/man-pages/man7/namespaces.7.html, user_namespaces.7, mount.2.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import signal
import struct
from collections.abc import Iterator
from pathlib import Path

_USER, _NETWORK, _MOUNTS = 0x10000000, 0x40000000, 0x00020000
_PROCESSES, _HOST_NAME, _IPC = 0x20000000, 0x04000000, 0x08000000
_BIND, _RECURSIVE, _SLAVE = 4096, 16384, 1 << 19
_NO_SUID, _NO_DEVICES, _NO_EXEC = 2, 4, 8
_UNBINDABLE, _DETACH = 1 << 17, 2
_PDEATHSIG = 1
_MOUNT_SETATTR = 442  # on all architectures
_PIVOT_ROOT = {"x86_64": 155, "aarch64": 41, "riscv64": 41, "ppc64le": 203, "s390x": 217}
_HERE, _IN_ALL, _READ_ONLY = -100, 0x8000, 1

_libc = ctypes.CDLL(None, use_errno=True)


class NamespaceError(OSError):
    """The kernel denies a namespace, or something in it."""


def leave_user_and_network() -> None:
    """Move this process to a user namespace, a network and mounts of its own, as root in them.

    Raises:
        NamespaceError: The kernel does not allow that.
    """
    user, group = os.geteuid(), os.getegid()
    with _privileged_writer() if user == 0 else contextlib.nullcontext() as write_all:
        try:
            _unshare(_USER, "a user namespace")
        except NamespaceError:
            if user != 0:
                raise
        else:
            if not (write_all and write_all.map()):
                _write("setgroups", "deny")
                _write("uid_map", f"0 {user} 1")
                _write("gid_map", f"0 {group} 1")
    _unshare(_NETWORK | _MOUNTS, "a network namespace")
    _mount(None, "/", None, _RECURSIVE | _SLAVE)


def leave_rest(network: int | None = None) -> None:
    """Move this process to a network, mounts, a host name and IPC objects of its own.

    Args:
        network: Descriptor of a network to move to instead of a new one.
    """
    if network is not None:
        join_network(network)
    new = 0 if network is not None else _NETWORK
    _unshare(new | _MOUNTS | _HOST_NAME | _IPC, "namespaces of a node")


def join_network(network: int) -> None:
    """Move this process to a network that a descriptor refers to.

    Raises:
        NamespaceError: The kernel does not allow that.
    """
    _check(_libc.setns(network, _NETWORK), "the network of a node")


@contextlib.contextmanager
def new_network() -> Iterator[int]:
    """Move this process to a new network for a block, which gets a descriptor of the network.

    The network stays until the descriptor is closed, and all processes in it have ended.

    Raises:
        NamespaceError: The kernel does not allow that.
    """
    own = open_network()
    try:
        _unshare(_NETWORK, "a network namespace")
        try:
            network = open_network()
            try:
                yield network
            except BaseException:
                os.close(network)
                raise
        finally:
            join_network(own)
    finally:
        os.close(own)


def open_network() -> int:
    """Return a descriptor of the network of this process."""
    return os.open("/proc/self/ns/net", os.O_RDONLY)


def continue_in_own_processes() -> None:
    """Continue in a child, as process 1 of a namespace, which ends with it and with this process.

    This process waits for the child, and ends in the same way.

    Raises:
        NamespaceError: The kernel does not allow that.
    """
    _unshare(_PROCESSES, "a process namespace")
    child = os.fork()
    if child == 0:
        end_with_parent()
        return
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if code < 0:
        os.kill(os.getpid(), -code)
    os._exit(abs(code))


class ProcessNamespaces:
    """Starts children as process 1 of new namespaces, without moving this process.

    That needs a process namespace that this process may come back to: one in its user namespace.
    """

    def __init__(self) -> None:
        self._own = os.open("/proc/self/ns/pid", os.O_RDONLY)

    @contextlib.contextmanager
    def new(self) -> Iterator[None]:
        """Have the next child, forked in the block, be process 1 of a new namespace.

        Raises:
            NamespaceError: There are too many, or the kernel does not allow that.
        """
        _unshare(_PROCESSES, "a process namespace")
        parent = os.getpid()
        try:
            yield
        finally:
            if os.getpid() == parent:
                _check(_libc.setns(self._own, _PROCESSES), "its own process namespace")


def end_with_parent() -> None:
    """Have the kernel kill this process when its parent ends."""
    zero = ctypes.c_ulong(0)
    _libc.prctl(_PDEATHSIG, ctypes.c_ulong(signal.SIGKILL), zero, zero, zero)


def mount_memory(folder: str, mib: int) -> None:
    """Mount a file system in memory.

    Args:
        folder: Where.
        mib: Its size in MiB.

    Raises:
        NamespaceError: The folder is missing, or the kernel does not allow that.
    """
    _mount("tmpfs", folder, "tmpfs", _NO_SUID | _NO_DEVICES, f"size={mib}m,mode=1777")


def mount_kernel(kind: str, folder: str) -> None:
    """Mount a view of the kernel that matches the namespaces of this process.

    Args:
        kind: ``proc`` or ``sysfs``.
        folder: Where.

    Raises:
        NamespaceError: The kernel does not allow that, as in containers that hide a part of it.
    """
    _mount(kind, folder, kind, _NO_SUID | _NO_DEVICES | _NO_EXEC)


def bind(source: str, target: str) -> None:
    """Show a file or a folder at the place of another, with all that is mounted in it.

    Raises:
        NamespaceError: One of them is missing, or the kernel does not allow that.
    """
    _mount(source, target, None, _BIND | _RECURSIVE)


def mount_copy(folder: str, place: str, kept: str) -> None:
    """Show a folder at a place, where what is changed changes a copy.

    Args:
        folder: Stays as it is.
        place: Where.
        kept: An empty folder, for what is changed.

    Raises:
        OSError: The kernel does not allow that, or not on this file system.
    """
    changed, own = f"{kept}/changed", f"{kept}/own"
    for made in (changed, own):
        Path(made).mkdir()
    # Descriptors, since commas and colons in a path would end it.
    held = [os.open(each, os.O_PATH) for each in (folder, changed, own)]
    try:
        lower, upper, work = (f"/proc/self/fd/{number}" for number in held)
        layers = f"lowerdir={lower},upperdir={upper},workdir={work},userxattr"
        _mount("overlay", place, "overlay", _NO_SUID | _NO_DEVICES, layers)
    finally:
        for number in held:
            os.close(number)
    # Its owner may not even list it, and could not remove it.
    with contextlib.suppress(OSError):
        Path(own, "work").chmod(0o700)


def make_read_only(place: str, *, with_all_in_it: bool = False, undo: bool = False) -> None:
    """Have what is mounted at a place only be read, in the mounts of this process.

    Args:
        place: Where.
        with_all_in_it: Whether that holds for all that is mounted in it as well.
        undo: Whether it can be written to again instead.

    Raises:
        NamespaceError: Linux is older than 5.12, or the kernel does not allow that.
    """
    change = (0, _READ_ONLY) if undo else (_READ_ONLY, 0)
    attributes = struct.pack("=QQQQ", *change, 0, 0)
    done = _libc.syscall(
        ctypes.c_long(_MOUNT_SETATTR),
        ctypes.c_int(_HERE),
        os.fsencode(place),
        ctypes.c_uint(_IN_ALL if with_all_in_it else 0),
        attributes,
        ctypes.c_size_t(len(attributes)),
    )
    _check(done, f"read-only files at {place}")


def leave_out_of_copies(place: str) -> None:
    """Have a mount, and all that is mounted in it, left out where a folder around it is bound."""
    _mount(None, place, None, _UNBINDABLE)


def change_root(place: str) -> None:
    """Make a mount the root of this process, and take the old root away.

    Raises:
        NamespaceError: The kernel does not allow that, or the system call has no known number.
    """
    number = _PIVOT_ROOT.get(os.uname().machine)
    if number is None:
        raise NamespaceError(errno.ENOSYS, f"no way to change the root on {os.uname().machine}")
    os.chdir(place)
    # Both at once puts the old root on top of the new one, from where it can be taken away.
    _check(_libc.syscall(ctypes.c_long(number), b".", b"."), "another root")
    _check(_libc.umount2(b".", _DETACH), "a root without the old one")
    os.chdir("/")


class _PrivilegedWriter:
    # Only a process outside the new user namespace may map more than one user of the parent's.
    def __init__(self) -> None:
        self._asked, self._ask = os.pipe()
        self._answer, answer = os.pipe()
        of = os.getpid()
        self._child = os.fork()
        if self._child == 0:
            os.close(self._ask)
            if os.read(self._asked, 1):
                with contextlib.suppress(OSError):
                    for name in ("uid_map", "gid_map"):
                        Path(f"/proc/{of}/{name}").write_text(_all_of(name))
                    os.write(answer, b"1")
            os._exit(0)
        os.close(answer)
        os.close(self._asked)

    def map(self) -> bool:
        os.write(self._ask, b"1")
        return os.read(self._answer, 1) == b"1"

    def close(self) -> None:
        os.close(self._ask)
        os.close(self._answer)
        os.waitpid(self._child, 0)


@contextlib.contextmanager
def _privileged_writer() -> Iterator[_PrivilegedWriter]:
    writer = _PrivilegedWriter()
    try:
        yield writer
    finally:
        writer.close()


def _all_of(name: str) -> str:
    # Each user and group keeps its number.
    lines = Path(f"/proc/self/{name}").read_text().split("\n")
    extents = [line.split() for line in lines if line]
    return "".join(f"{first} {first} {count}\n" for first, _, count in extents)


def _write(name: str, text: str) -> None:
    try:
        Path(f"/proc/self/{name}").write_text(text)
    except OSError as error:
        raise NamespaceError(error.errno, f"{name}: {error.strerror}") from error


def _unshare(flags: int, what: str) -> None:
    status = _libc.unshare(flags)
    if status != 0 and ctypes.get_errno() == errno.ENOSPC:
        limits = "the limits in /proc/sys/user are reached"
        raise NamespaceError(errno.ENOSPC, f"the kernel denies {what}: {limits}")
    _check(status, what)


def _mount(source: str | None, target: str, kind: str | None, flags: int, data: str = "") -> None:
    def encoded(text: str | None) -> bytes | None:
        return os.fsencode(text) if text else None

    number = ctypes.c_ulong(flags)
    done = _libc.mount(encoded(source), os.fsencode(target), encoded(kind), number, encoded(data))
    _check(done, f"a mount at {target}")


def _check(status: int, what: str) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise NamespaceError(number, f"the kernel denies {what}: {os.strerror(number)}")
