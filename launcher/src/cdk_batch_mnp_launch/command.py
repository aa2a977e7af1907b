"""The command `mnp-launch`."""

from __future__ import annotations

import os
import re
import traceback  # not at an error, at which no file may be left to load it with
from typing import Mapping, Sequence

from cdk_batch_mnp_launch import exit_codes
from cdk_batch_mnp_launch.child_node import ChildNode
from cdk_batch_mnp_launch.log import FLUSH_SECONDS, Log
from cdk_batch_mnp_launch.main_node import MainNode
from cdk_batch_mnp_launch.output import Output
from cdk_batch_mnp_launch.processes import descendants, kill
from cdk_batch_mnp_launch.reactor import Reactor
from cdk_batch_mnp_launch.settings import SECRET, ConfigurationError, read


def run(arguments: Sequence[str]) -> int:
    """Run one node of a job and return the exit status.

    Args:
        arguments: The command line without the program's name.
    """
    _open_standard_files()
    environ = dict(os.environ)
    # Commands of the job do not need it.
    os.environ.pop(SECRET, None)
    index = environ.get("AWS_BATCH_JOB_NODE_INDEX", "0")
    log = Log(int(index) if re.fullmatch("[0-9]{1,9}", index) else -1, Output())
    try:
        return _run(arguments, environ, log)
    finally:
        log.output.flush(FLUSH_SECONDS)


def _run(arguments: Sequence[str], environ: Mapping[str, str], log: Log) -> int:
    try:
        settings = read(arguments, environ)
    except ConfigurationError as error:
        log.say(f"error: {error}")
        return exit_codes.CONFIGURATION
    if settings.job.nodes > 1 and not settings.secret:
        log.say(
            f"warning: no secret in {SECRET}: any program that reaches port {settings.port} of the"
            " main node can take part in this job"
        )
    reactor = Reactor()
    try:
        node = (MainNode if settings.is_main else ChildNode)(settings, environ, reactor, log)
        return node.run()
    except Exception as error:
        # Not only a traceback: nothing may run on without the launcher.
        log.say(f"internal error: {error!r}")
        log.quote(traceback.format_exc())
        kill(descendants(os.getpid()))
        return 1
    finally:
        # A signal that comes now must not replace the exit status, which is decided.
        reactor.close(restore_signals=False)


def _open_standard_files() -> None:
    # Otherwise a socket would get the number of one that is closed, and the log would go there.
    for fd in (0, 1, 2):
        try:
            os.fstat(fd)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
