"""A program for the nodes of a job: the main node adds up a number of each node, over TCP."""

import os
import socket
import time

PORT = 29500


def sum_over_nodes(number: int) -> int:
    """Return the sum on the main node, and the number itself on the others."""
    main = os.environ.get("AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS")
    if main:  # only child nodes have it
        with connection_to(main) as connection:
            connection.sendall(b"%d\n" % number)
        return number
    total = number
    with socket.create_server(("", PORT), backlog=64) as server:
        for _ in range(int(os.environ["AWS_BATCH_JOB_NUM_NODES"]) - 1):
            connection, _ = server.accept()
            with connection, connection.makefile() as lines:
                total += int(lines.readline())
    return total


def connection_to(address: str) -> socket.socket:
    for _ in range(300):
        try:
            return socket.create_connection((address, PORT))
        except ConnectionRefusedError:  # the main node does not listen yet
            time.sleep(0.1)
    raise TimeoutError(f"no program listens on {address}:{PORT}")


if __name__ == "__main__":
    index, number_of_nodes = (
        int(os.environ[f"AWS_BATCH_JOB_{name}"]) for name in ("NODE_INDEX", "NUM_NODES")
    )
    print(f"node {index} of {number_of_nodes}", flush=True)
    total = sum_over_nodes(int(os.environ.get("FACTOR", "1")) * (index + 1))
    if index == int(os.environ["AWS_BATCH_JOB_MAIN_NODE_INDEX"]):
        print(f"the sum is {total}")
