"""The command `mnp-launch`."""

from __future__ import annotations

import os
import signal
import traceback
from typing import Sequence

from cdk_batch_mnp_launch import exit_codes
from cdk_batch_mnp_launch.child_node import ChildNode
from cdk_batch_mnp_launch.log import Log
from cdk_batch_mnp_launch.main_node import MainNode
from cdk_batch_mnp_launch.processes import descendants, send_signal
from cdk_batch_mnp_launch.reactor import Reactor
from cdk_batch_mnp_launch.settings import SECRET, ConfigurationError, read


def run(arguments: Sequence[str]) -> int:
    """Run one node of a job and return the exit status.

    Args:
        arguments: The command line without the program's name.
    """
    environ = dict(os.environ)
    # Commands of the job do not need it.
    os.environ.pop(SECRET, None)
    index = environ.get("AWS_BATCH_JOB_NODE_INDEX", "0")
    log = Log(int(index) if index.isdigit() else -1)
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
        traceback.print_exc()
        send_signal(descendants(os.getpid()), signal.SIGKILL)
        return 1
    finally:
        reactor.close()
