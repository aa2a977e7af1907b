"""Further sockets of a server, that are added and removed while it runs."""

from __future__ import annotations

import contextlib
import queue
import selectors
import socket
import threading
import time
from collections.abc import Callable
from typing import Any

Process = Callable[[socket.socket, Any], object]
"""Serves an accepted connection, in another thread. The second argument is the other end."""

_PAUSE_SECONDS = 0.05


class Doors:
    """Accepts connections on sockets, such as those in the networks of nodes.

    Args:
        process: Serves them.
    """

    def __init__(self, process: Process) -> None:
        self._process = process
        self._changes: queue.SimpleQueue[tuple[bool, socket.socket]] = queue.SimpleQueue()
        self._awake, self._wake = socket.socketpair()
        self._wake.setblocking(False)
        self._awake.setblocking(False)
        self._is_open = True
        self._thread = threading.Thread(target=self._run, name="doors", daemon=True)
        self._thread.start()

    def open(self, listening: socket.socket) -> None:
        """Accept connections on a socket, which belongs to this object from now on."""
        listening.setblocking(False)
        self._change(True, listening)

    def close(self, listening: socket.socket) -> None:
        """Close such a socket."""
        self._change(False, listening)

    def end(self) -> None:
        """Close all sockets."""
        self._is_open = False
        with contextlib.suppress(OSError):
            self._wake.send(b"1")
        self._thread.join()
        self._wake.close()
        self._awake.close()

    def _change(self, is_new: bool, listening: socket.socket) -> None:
        self._changes.put((is_new, listening))
        with contextlib.suppress(BlockingIOError):
            self._wake.send(b"1")

    def _run(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._awake, selectors.EVENT_READ)
            while self._is_open:
                for key, _ in selector.select():
                    if key.fileobj is not self._awake:
                        self._accept(key.fileobj)
                        continue
                    with contextlib.suppress(BlockingIOError):
                        self._awake.recv(1 << 12)
                    self._apply(selector)
            for key in list(selector.get_map().values()):
                if isinstance(key.fileobj, socket.socket) and key.fileobj is not self._awake:
                    key.fileobj.close()

    def _apply(self, selector: selectors.BaseSelector) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                is_new, listening = self._changes.get_nowait()
                if is_new:
                    selector.register(listening, selectors.EVENT_READ)
                else:
                    with contextlib.suppress(KeyError):
                        selector.unregister(listening)
                    listening.close()

    def _accept(self, listening: Any) -> None:
        try:
            connection, other = listening.accept()
        except BlockingIOError:
            return
        except OSError:
            time.sleep(_PAUSE_SECONDS)  # no descriptors are left
            return
        connection.setblocking(True)
        self._process(connection, other)
