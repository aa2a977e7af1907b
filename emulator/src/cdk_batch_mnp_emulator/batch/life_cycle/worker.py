"""The thread of the life cycle."""

from __future__ import annotations

import logging
import threading

from cdk_batch_mnp_emulator.batch.life_cycle.inbox import Inbox
from cdk_batch_mnp_emulator.batch.life_cycle.life_cycle import LifeCycle
from cdk_batch_mnp_emulator.batch.state import BatchState

_log = logging.getLogger("cdk_batch_mnp_emulator")


def start_worker(state: BatchState, life_cycle: LifeCycle, inbox: Inbox) -> None:
    """Move jobs through their states in a thread of its own, as long as the process lives."""

    def work() -> None:
        pause: float | None = None
        while True:
            inbox.wait(pause)
            try:
                with state.lock:
                    pause = life_cycle.step()
            except Exception:
                # One job's fault must not stop all others.
                _log.exception("the embedded AWS failed while it moved jobs through their states")
                pause = 1.0

    threading.Thread(target=work, name="batch-life-cycle", daemon=True).start()
