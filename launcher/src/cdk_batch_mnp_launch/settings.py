"""What the launcher is started with: options and environment variables, validated."""

from __future__ import annotations

import argparse
import re
from functools import partial
from typing import Mapping, NamedTuple, NoReturn, Sequence

from cdk_batch_mnp_launch import VERSION
from cdk_batch_mnp_launch.protocol.handshake import Job

SECRET = "MNP_SECRET"  # noqa: S105
"""Environment variable with the shared secret."""
BIND = "MNP_BIND"
"""Environment variable with the default of `--bind`."""
MIN_SECRET_BYTES = 16
DEFAULT_PORT = 7878
CHEAP, NETWORK = "cheap", "net"
EVERY, MAIN = "every", "main"
MAX_SECONDS = 500 * 3600
"""Longest time of an option. The kernel takes 32 bits of milliseconds."""
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600}
_DIGITS = re.compile("[0-9]{1,9}")
_TIMES = (
    ("--deadline", 1200.0, "all nodes must join within this time (20m)"),
    ("--grace", 20.0, "time between SIGTERM and SIGKILL (20s)"),
    ("--heartbeat", 5.0, "time between heartbeats (5s)"),
    ("--silence", 60.0, "a node is lost after this time without a sign of it (60s)"),
    (
        "--linger",
        None,
        "stop the other nodes this long after the main node's command ended with status 0"
        " (no limit)",
    ),
)
"""Options that are times: name, default in seconds, and what --help says."""


class ConfigurationError(ValueError):
    """The launcher was started incorrectly; the message says what to change."""


class Settings(NamedTuple):
    """Options and the node's place in the job.

    Attributes:
        mode: `every` if all nodes run the command, `main` if the main node alone does.
        port: TCP port of the main node.
        bind: Address to listen on and to connect from; empty for any.
        deadline: Seconds from the start of a node until all nodes must have joined.
        grace: Seconds between SIGTERM and SIGKILL.
        heartbeat: Seconds between heartbeats.
        silence: Seconds without any sign of a node after which it is lost.
        linger: Seconds that nodes may go on after the main node's command ended with status 0;
            None for no limit.
        procs: Processes per node; None for the number of GPUs, Neuron devices or CPUs.
        preflight: `net` if the network between the nodes is measured before the start, too.
        hosts_file: File to which missing host names are added.
        expect: Least counts of `cpus`, `gpus`, `neuron` and `efa` on this node.
        command: Program and arguments.
        secret: Shared secret; empty if there is none.
        job: The attempt of the job.
        node: Index of this node.
        main_index: Index of the main node.
        main_address: Address of the main node; empty on the main node.
    """

    mode: str
    port: int
    bind: str
    deadline: float
    grace: float
    heartbeat: float
    silence: float
    linger: float | None
    procs: int | None
    preflight: str
    hosts_file: str
    expect: dict[str, int]
    command: tuple[str, ...]
    secret: bytes
    job: Job
    node: int
    main_index: int
    main_address: str

    @property
    def network_port(self) -> int:
        """TCP port of the check of the network, on all nodes."""
        return self.port + 1 if self.port < 65535 else self.port - 1

    @property
    def checks_network(self) -> bool:
        """Whether the network between the nodes is checked."""
        return self.preflight == NETWORK and self.job.nodes > 1

    @property
    def is_main(self) -> bool:
        """Whether this is the main node."""
        return self.node == self.main_index


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigurationError(f"{message} (see mnp-launch --help)")


def duration(text: str) -> float:
    """Return the seconds of `90`, `90s`, `20m` or `1h`.

    Raises:
        argparse.ArgumentTypeError: If it is something else, zero, or longer than `MAX_SECONDS`.
    """
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?)([smh]?)", text)
    seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
    if not 0 < seconds <= MAX_SECONDS:
        raise argparse.ArgumentTypeError(
            f"{text!r} is not a duration such as 90s, 20m or 1h, of at most {MAX_SECONDS // 3600}h"
        )
    return seconds


def _port(text: str) -> int:
    if not _DIGITS.fullmatch(text) or not 0 < int(text) < 65536:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port from 1 to 65535")
    return int(text)


def _procs(text: str) -> int | None:
    if text == "auto":
        return None
    if not _DIGITS.fullmatch(text) or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is neither a positive number nor auto")
    return int(text)


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    made = _Parser(
        prog="mnp-launch",
        # The width of a terminal is looked up for each option, and containers have none.
        formatter_class=partial(argparse.HelpFormatter, width=78),
        usage="mnp-launch [options] -- COMMAND [ARGUMENT ...]",
        description="Start the nodes of a multi-node parallel job together, and end them together.",
    )
    add = made.add_argument
    add(
        "--mode",
        choices=(EVERY, MAIN),
        default=EVERY,
        help="every: all nodes run the command; main: the main node runs it, and it can start"
        " processes on the others (mpirun)",
    )
    add(
        "--procs-per-node",
        type=_procs,
        default=None,
        metavar="N",
        help="processes per node in host lists (auto: one per GPU, Neuron device or CPU)",
    )
    for name, default, purpose in _TIMES:
        add(name, type=duration, default=default, metavar="TIME", help=purpose)
    _add_network(made)
    add(
        "--hosts-file",
        default="/etc/hosts",
        metavar="PATH",
        help="file to which missing host names are added (/etc/hosts)",
    )
    add(
        "--insecure",
        action="store_true",
        help="allow --mode main without a secret: any program that reaches the port can run"
        " commands on all nodes",
    )
    add("--version", action="version", version=f"mnp-launch {VERSION}")
    add("command", nargs=argparse.REMAINDER, metavar="COMMAND", help=argparse.SUPPRESS)
    return made


def _add_network(made: argparse.ArgumentParser) -> None:
    """Add the options about ports, addresses and the check of the network."""
    add = made.add_argument
    add(
        "--port",
        type=_port,
        default=DEFAULT_PORT,
        metavar="PORT",
        help=f"TCP port of the main node ({DEFAULT_PORT})",
    )
    add(
        "--bind",
        default="",
        metavar="ADDRESS",
        help="address to listen on and to connect from (MNP_BIND, or any)",
    )
    add(
        "--preflight",
        choices=(CHEAP, NETWORK),
        default=CHEAP,
        help="net: also measure the network between the nodes before the start, which takes about"
        " two seconds and the port after --port",
    )


def _number(environ: Mapping[str, str], name: str, default: int | None = None) -> int:
    text = environ.get(name, "")
    if not text and default is not None:
        return default
    if not _DIGITS.fullmatch(text):
        raise ConfigurationError(f"{name} is {text!r}; AWS Batch sets it to a number")
    return int(text)


def _expected(text: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in text.split():
        match = re.fullmatch(r"(cpus|gpus|neuron|efa)=([0-9]+)", part)
        if not match:
            raise ConfigurationError(
                f"MNP_EXPECT is {text!r}; write counts such as 'cpus=96 gpus=8 efa=4'"
            )
        found[match[1]] = int(match[2])
    return found


def read(arguments: Sequence[str], environ: Mapping[str, str]) -> Settings:
    """Return the settings.

    Outside of AWS Batch, and in jobs of one node, the job has one node: this one.

    Raises:
        ConfigurationError: If an option, a variable or their combination is invalid.
    """
    options = parser().parse_args(list(arguments))
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        raise ConfigurationError("no command; write it after --, such as mnp-launch -- ./train.sh")
    if options.silence < 2 * options.heartbeat:
        raise ConfigurationError(
            f"--silence {options.silence:g}s is less than two heartbeats of {options.heartbeat:g}s"
        )
    nodes = _number(environ, "AWS_BATCH_JOB_NUM_NODES", 1)
    main_index = _number(environ, "AWS_BATCH_JOB_MAIN_NODE_INDEX", 0)
    index = _number(environ, "AWS_BATCH_JOB_NODE_INDEX", 0 if nodes == 1 else None)
    if not 1 <= nodes <= 1000 or index >= nodes or main_index >= nodes:
        raise ConfigurationError(
            f"node index {index} and main node index {main_index} do not fit a job of"
            f" {nodes} nodes (1 to 1000)"
        )
    address = environ.get("AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS", "")
    if index != main_index and not address:
        raise ConfigurationError(
            "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS is not set on this child node"
        )
    secret = environ.get(SECRET, "").encode("utf-8", "surrogateescape")
    if secret and len(secret) < MIN_SECRET_BYTES:
        raise ConfigurationError(
            f"{SECRET} has {len(secret)} bytes; use at least {MIN_SECRET_BYTES}"
        )
    if nodes > 1 and options.mode == MAIN and not secret and not options.insecure:
        raise ConfigurationError(
            f"--mode main needs a secret in {SECRET}, because the port of the main node runs"
            " commands: set it through the container's `secrets`, or use --insecure if no other"
            " program can reach the port"
        )
    job_id = environ.get("AWS_BATCH_JOB_ID", "local").partition("#")[0]
    if not re.fullmatch(r"[\x21-\x7e]{1,256}", job_id):
        raise ConfigurationError(f"AWS_BATCH_JOB_ID is {job_id!r}")
    return Settings(
        mode=options.mode,
        port=options.port,
        bind=options.bind or environ.get(BIND, ""),
        deadline=options.deadline,
        grace=options.grace,
        heartbeat=options.heartbeat,
        silence=options.silence,
        linger=options.linger,
        procs=options.procs_per_node,
        preflight=options.preflight,
        hosts_file=options.hosts_file,
        expect=_expected(environ.get("MNP_EXPECT", "")),
        command=tuple(command),
        secret=secret,
        job=Job(job_id, _number(environ, "AWS_BATCH_JOB_ATTEMPT", 1), nodes),
        node=index,
        main_index=main_index,
        main_address=address,
    )
