"""Import the check while Node works.

The check begins when the CDK calls it, at the end of the synthesis. Importing its modules takes
longer than the check. Until then, Python waits for Node most of the time. During these waits, a
thread imports the modules. It never calls Node. What it has not imported when the check begins, or
fails to import, the check imports itself, and fails if it cannot.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from pkgutil import walk_packages
from threading import Event, Thread, main_thread
from time import process_time, sleep, thread_time

_PACKAGES = ("model", "rules", "template.evaluation", "template.readers")
"""Packages of which the check imports every module, inner ones first."""

_MODULES = ("template.source.assembly", "template.checking", "cdk.validation.app_report")
"""Further modules of the check. The modules that they import are imported with them."""

_PAUSE = 0.003
"""Seconds between two looks at the other threads while they work.

Most calls to Node take less. After a wait of this length, Node probably needs some more time.
"""

_WAKING = 0.00005
"""Seconds that another thread needs to continue after Node has answered."""

_WAITING = 0.00003
"""A thread that waits uses at most this processor time between two looks, in seconds."""

_MAX_PAUSES = 10_000
"""After this number of pauses, the rest is left to the check."""


def start_loading() -> None:
    """Start to import the modules of the check, once per process."""
    _loading()


def finish_loading() -> None:
    """End the thread, before the check imports the rest."""
    _loading().stop()


class _Loading(Thread):
    """Imports modules while all other threads wait.

    A thread that always runs would delay each of many short calls to Node by the interpreter's
    switch interval, which is longer than the call.
    """

    def __init__(self) -> None:
        super().__init__(name="cdk-batch-mnp: import the check")
        self._stopped = Event()
        self._pauses = 0
        self._used = 0.0

    def run(self) -> None:
        # The check imports the same modules, and reports what it cannot import.
        with suppress(Exception):
            for module in _modules():
                if not self._gets_a_turn():
                    return
                import_module(module)

    def _gets_a_turn(self) -> bool:
        """Wait until all other threads wait; return ``False`` to end."""
        while self._others_work():
            self._pauses += 1
            if self._pauses > _MAX_PAUSES or self._stopped.wait(_PAUSE):
                return False
        # An app that fails ends its main thread without a check.
        return not self._stopped.is_set() and main_thread().is_alive()

    def _others_work(self) -> bool:
        sleep(_WAKING)
        before, self._used = self._used, process_time() - thread_time()
        return self._used - before > _WAITING

    def stop(self) -> None:
        """End after the module that is being imported."""
        self._stopped.set()
        if self.is_alive():
            self.join()


@cache
def _loading() -> _Loading:
    loading = _Loading()
    # Without a further thread, the check imports everything.
    with suppress(RuntimeError):
        loading.start()
    if hasattr(os, "register_at_fork"):
        # In a child process, a module that is being imported would stay locked.
        os.register_at_fork(before=loading.stop)
    return loading


def _modules() -> Iterator[str]:
    root = __name__.partition(".")[0]
    for name in _PACKAGES:
        package = import_module(f"{root}.{name}")
        for module in walk_packages(package.__path__, f"{package.__name__}."):
            yield module.name
    yield from (f"{root}.{name}" for name in _MODULES)
