"""Starts the processes of MPI on the other nodes of a job, in place of ssh. For tests only.

Every node runs ``agent.py COMMAND...``. A child node connects to the main node and then runs what
it is asked to. The main node waits for all child nodes and runs the command, such as mpiexec, with
``{hosts}`` replaced by the host names of all nodes. MPI calls ``agent.py --remote HOST WORDS...``
as it would call ssh. There is no authentication.
"""

import json
import os
import shlex
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

PORT = 7777
FOLDER = Path(os.environ["TMPDIR"])
HOSTS, RSH = FOLDER / "hosts.json", FOLDER / "rsh"


def main(words: list[str]) -> int:
    if words[0] == "--remote":
        return run_remotely(words[1:])
    main_address = os.environ.get("AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS")
    if main_address:  # only child nodes have it
        serve(main_address)
    hosts = wait_for_children(int(os.environ["AWS_BATCH_JOB_NUM_NODES"]) - 1)
    HOSTS.write_text(json.dumps(hosts))
    RSH.write_text(f'#!/bin/sh\nexec {shlex.join([sys.executable, __file__])} --remote "$@"\n')
    RSH.chmod(0o700)
    launchers = {
        "HYDRA_LAUNCHER": "rsh",
        "HYDRA_LAUNCHER_EXEC": str(RSH),
        "PRTE_MCA_plm_ssh_agent": str(RSH),
    }
    names = ",".join([socket.gethostname(), *sorted(hosts)])
    command = [word.replace("{hosts}", names) for word in words]
    return subprocess.call(command, env={**os.environ, **launchers})


def wait_for_children(number: int) -> dict[str, str]:
    """Return the addresses of the child nodes by host name."""
    hosts = {}
    with socket.create_server(("", PORT), backlog=64) as server:
        while len(hosts) < number:
            connection, (address, _) = server.accept()
            with connection, connection.makefile() as lines:
                hosts[lines.readline().strip()] = address
    return hosts


def serve(main_address: str) -> None:
    """Report to the main node, and run what it asks for until the node is stopped."""
    with socket.create_server(("", PORT), backlog=64) as server:
        with connected(main_address) as connection:
            connection.sendall(f"{socket.gethostname()}\n".encode())
        while True:
            connection, _ = server.accept()
            threading.Thread(target=run, args=(connection,), daemon=True).start()


def run(connection: socket.socket) -> None:
    """Run one command, and send its output and then its exit status."""
    with connection, connection.makefile() as lines:
        process = subprocess.Popen(
            ["/bin/sh", "-c", json.loads(lines.readline())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        assert process.stdout is not None
        for line in process.stdout:
            connection.sendall(b"o" + line)
        connection.sendall(b"x%d\n" % process.wait())


def run_remotely(words: list[str]) -> int:
    """Run a command on another node, as ``ssh HOST WORDS...`` does, and return its exit status."""
    host, *command = words
    with connected(json.loads(HOSTS.read_text())[host]) as connection:
        connection.sendall(json.dumps(" ".join(command)).encode() + b"\n")
        with connection.makefile() as lines:
            for line in lines:
                if line.startswith("x"):
                    return int(line[1:])
                sys.stdout.write(line[1:])
                sys.stdout.flush()
    return 255  # as ssh, if the connection is lost


def connected(address: str) -> socket.socket:
    for _ in range(300):
        try:
            return socket.create_connection((address, PORT))
        except ConnectionRefusedError:  # it does not listen yet
            time.sleep(0.1)
    raise TimeoutError(f"no agent listens on {address}:{PORT}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
