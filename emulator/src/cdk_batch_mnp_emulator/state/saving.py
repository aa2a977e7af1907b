"""Saves what exists while the server runs, and restores it in the next."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable
from typing import Any

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.state.bodies import Bodies
from cdk_batch_mnp_emulator.state.folder import StateError, StateFolder
from cdk_batch_mnp_emulator.state.parts import Content, Parts
from cdk_batch_mnp_emulator.state.pickling import check, dumps, loads
from cdk_batch_mnp_emulator.wsgi import Environ, StartResponse, WebApplication

_SECONDS = 2.0
_MOST_OF_TIME = 0.05  # that requests may wait for saving
_READING = ("Describe", "List", "Get", "Lookup", "Filter", "Head", "Validate")

_log = logging.getLogger("cdk_batch_mnp_emulator")


class SavedState:
    """What an earlier server has saved.

    Args:
        folder: Where it is.

    Raises:
        StateError: It cannot be restored.
    """

    def __init__(self, folder: StateFolder) -> None:
        self.folder = folder
        self.bodies = Bodies(folder.bodies)
        self._content: Content = {}
        data = folder.read()
        if data is not None:
            try:
                self._content = loads(data, self.bodies)
            except Exception as error:  # of any class, from the depth of moto
                raise folder.unreadable(error) from error

    @property
    def port(self) -> int:
        """Where the earlier server listened, or zero."""
        return int(self._content.get("port", 0))

    def access(self, drawn: Access) -> Access:
        """Return an access with the credentials of the earlier server, if there was one."""
        return Access(drawn.url, *self._content.get("credentials", drawn.credentials))

    def restore(self, parts: Parts) -> None:
        """Bring back what existed, before the first request.

        Raises:
            StateError: That fails.
        """
        if self._content:
            try:
                parts.restore(self._content)
            except Exception as error:
                raise self.folder.unreadable(error) from error
            self._content = {}


class Saver:
    """Saves what exists, in a thread of its own.

    Args:
        saved: What there was, and where to save.
        parts: What to save.
        access: Of the server.
        port: Where the server listens.
    """

    def __init__(self, saved: SavedState, parts: Parts, access: Access, port: int) -> None:
        self._folder = saved.folder
        self._bodies = saved.bodies
        self._parts = parts
        self._of_server = {"credentials": access.credentials, "port": port}
        self._has_changed = threading.Event()
        self._is_ending = threading.Event()
        self._lock = threading.Lock()
        self._left_out: set[Any] = set()
        self._tried: set[Any] = set()
        self._reported: set[str] = set()
        self._thread = threading.Thread(target=self._work, name="state", daemon=True)

    def watched(self, application: WebApplication) -> WebApplication:
        """Return an application that has what its requests change saved."""

        def answer(environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
            try:
                return application(environ, start_response)
            finally:
                if not _only_reads(environ):
                    self._has_changed.set()

        return answer

    def start(self) -> None:
        """Begin to save, first what there is now.

        Raises:
            StateError: The folder cannot be written.
        """
        try:
            self._save(is_last=False)
        except OSError as error:
            raise StateError(
                f"the state file {self._folder.file} cannot be written: {error.strerror}"
            ) from None
        self._thread.start()

    def close(self) -> None:
        """Save for the last time."""
        self._is_ending.set()
        self._has_changed.set()
        with self._lock:
            self._try_to_save(is_last=True)

    def _work(self) -> None:
        pause, was_running = _SECONDS, False
        while not self._is_ending.wait(pause):
            is_running = self._parts.has_running_jobs
            if not (is_running or was_running):
                self._has_changed.wait()
            was_running = is_running
            with self._lock:
                if self._is_ending.is_set():
                    return
                self._has_changed.clear()
                seconds = self._try_to_save(is_last=False)
            pause = max(_SECONDS, seconds / _MOST_OF_TIME)

    def _try_to_save(self, *, is_last: bool) -> float:
        try:
            return self._save(is_last=is_last)
        except Exception as error:
            reason = getattr(error, "strerror", None) or f"{type(error).__name__}: {error}"
            self._report(
                f"what exists could not be saved to {self._folder.file}: {reason}; the file is as "
                "it was saved before"
            )
            return _SECONDS

    def _save(self, *, is_last: bool) -> float:
        """Save, and return for how many seconds requests had to wait."""
        self._bodies.write_all()
        with self._parts.at_rest(is_last=is_last):
            begin = time.monotonic()
            data = self._dumped()
            seconds = time.monotonic() - begin
        if is_last:
            data = self._readable(data)
        self._folder.write(data)
        self._bodies.remove_unused()
        return seconds

    def _dumped(self) -> bytes:
        content = self._parts.content()
        new = content["moto"].keys() - self._tried
        self._leave_out(content, new)
        self._tried |= new
        try:
            return self._dump(content)
        except Exception:
            # Content that has come since may be the reason.
            self._leave_out(content, content["moto"].keys())
            return self._dump(content)

    def _dump(self, content: Content) -> bytes:
        kept = {
            place: value for place, value in content["moto"].items() if place not in self._left_out
        }
        return dumps(content | {"moto": kept} | self._of_server, self._bodies)

    def _readable(self, data: bytes) -> bytes:
        try:
            check(data, self._bodies)
        except Exception:
            with self._parts.at_rest(is_last=True):
                content = self._parts.content()
                self._leave_out(content, content["moto"].keys())
                return self._dump(content)
        return data

    def _leave_out(self, content: Content, places: Iterable[Any]) -> None:
        """Leave out services whose state cannot be written or read back, and say so."""
        for place in places:
            try:
                check(dumps(content["moto"][place], self._bodies), self._bodies)
            except OSError:
                raise
            except Exception as error:
                self._left_out.add(place)
                service = place[0].split(".")[1]
                self._report(
                    f"the state of {service} cannot be saved, and will be gone after a restart: "
                    f"{type(error).__name__}: {error}"
                )

    def _report(self, message: str) -> None:
        if message not in self._reported:
            self._reported.add(message)
            _log.error("%s", message)


def _only_reads(environ: Environ) -> bool:
    if environ.get("REQUEST_METHOD") in {"GET", "HEAD"}:
        return True
    target = str(environ.get("HTTP_X_AMZ_TARGET", "")).rpartition(".")[2]
    if not target:
        path = str(environ.get("PATH_INFO", ""))
        target = path.removeprefix("/v1/").capitalize() if path.startswith("/v1/") else ""
    return target.startswith(_READING)
