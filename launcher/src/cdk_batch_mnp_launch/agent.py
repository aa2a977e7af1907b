"""The program that mpirun calls in place of ssh: `mnp-agent [options] host command ...`.

It passes the command to the launcher of this node, and standard input, output, error and the exit
status back and forth. mpirun starts one for each node, so it is written to start fast: it imports
next to nothing, and nothing of this package. It is copied next to the launcher's socket.

Messages on the socket: u8 type | u32 length | payload. The types are those of the frames.
"""

from __future__ import annotations

import _socket as sockets  # socket.py costs as much as the rest of the start
import os
import select
import sys

EXEC, DATA, EXIT = 32, 33, 35
STDIN, STDOUT, STDERR = 0, 1, 2
LOST = 255
CHUNK = 64 * 1024
# Options of ssh and rsh that have an argument.
WITH_ARGUMENT = "BbcDEeFIiJLlmOopQRSWw"


def parse(arguments: list[str]) -> tuple[str, str]:
    """Return the host and the command of the command line of ssh or rsh."""
    rest = list(arguments)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        if option == "--":
            break
        if len(option) == 2 and option[1] in WITH_ARGUMENT and rest:
            rest.pop(0)
    if len(rest) < 2:
        raise SystemExit("usage: mnp-agent [options] host command ...")
    host = rest.pop(0)
    # As ssh does: the shell of the other side sees the words joined with spaces.
    return host[host.rfind("@") + 1 :], " ".join(rest)


def message(kind: int, payload: bytes) -> bytes:
    """Return the bytes of a message."""
    return bytes((kind,)) + len(payload).to_bytes(4, "big") + payload


def write(fd: int, data: bytes) -> None:
    """Write all, or nothing if the reader is gone."""
    while data:
        try:
            data = data[os.write(fd, data) :]
        except BlockingIOError:
            poll = select.poll()
            poll.register(fd, select.POLLOUT)
            poll.poll()
        except OSError:
            return


def directory() -> str:
    """Return the working directory, or the root if it was removed."""
    try:
        return os.getcwd()
    except OSError:
        return "/"


def run(arguments: list[str], path: str) -> int:
    """Run a command on another node and return its exit status."""
    host, command = parse(arguments)
    connection = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
    try:
        connection.connect(path)
    except OSError as error:
        write(2, f"mnp-launch agent: no launcher at {path}: {error}\n".encode())
        return LOST
    connection.setblocking(False)
    request = "\0".join((host, directory(), command)).encode("utf-8", "surrogateescape")
    pending = message(EXEC, request)
    received = b""
    stdin_open = True
    while True:
        poll = select.poll()
        poll.register(connection.fileno(), select.POLLIN | (select.POLLOUT if pending else 0))
        # More input is read only once the launcher has taken the last; output goes on meanwhile.
        if stdin_open and not pending:
            poll.register(0, select.POLLIN)
        ready = dict(poll.poll())
        if 0 in ready:
            try:
                data = os.read(0, CHUNK)
            except OSError:
                data = b""
            stdin_open = bool(data)
            pending = message(DATA, bytes((STDIN,)) + data)
        events = ready.get(connection.fileno(), 0)
        if pending:
            try:
                pending = pending[connection.send(pending) :]
            except BlockingIOError:
                pass
            except OSError:
                pending = b""
        if events & ~select.POLLOUT:
            try:
                data = connection.recv(4 * CHUNK)
            except BlockingIOError:
                continue
            except OSError:
                data = b""
            if not data:
                write(2, b"mnp-launch agent: the launcher is gone\n")
                return LOST
            received += data
            while len(received) >= 5:
                end = 5 + int.from_bytes(received[1:5], "big")
                if len(received) < end:
                    break
                kind, payload, received = received[0], received[5:end], received[end:]
                if kind == EXIT:
                    return int.from_bytes(payload, "big") & 255
                if kind == DATA:
                    write(payload[0], payload[1:])


if __name__ == "__main__":
    folder = os.path.dirname(os.path.realpath(sys.argv[0]))
    os._exit(run(sys.argv[1:], folder + "/agent.sock"))
