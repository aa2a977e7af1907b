"""A stand-in for Metaflow's metadata service, which keeps in memory what it is sent.

Metaflow's local metadata counts tasks from 1. Its client for AWS Batch replaces the number of a
``@parallel`` task wherever it occurs in the command of the child nodes, which breaks the command.
The service's numbers are too large for that.
"""

from __future__ import annotations

import itertools
import json
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

VERSION = "2.4.3"

_FIRST_NUMBER = 7_100_001
_NUMBERS = {"run": "run_number", "task": "task_id"}
_NAMES = {"step": "step_name"}


class Records:
    """Flows, runs, steps and tasks by path, and the lists of metadata and artifacts of tasks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = itertools.count(_FIRST_NUMBER)
        self._objects: dict[str, dict[str, Any]] = {}
        self._lists: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)

    def get(self, path: str) -> Any:
        """Return an object, the objects directly under a path, or a list; ``None`` if unknown."""
        with self._lock:
            if path in self._objects:
                return self._objects[path]
            parent, _, kind = path.rpartition("/")
            if kind in {"metadata", "artifacts"}:
                return self._lists[path]
            if parent.endswith("/artifacts"):
                named = [each for each in self._lists[parent] if each["name"] == kind]
                return named[-1] if named else None
            if parent in self._objects:
                return [
                    record
                    for place, record in self._objects.items()
                    if place.rpartition("/")[0] == path
                ]
            return None

    def post(self, path: str, data: Any) -> Any:
        """Keep an object or the members of a list, and return it."""
        parent, _, kind = path.rpartition("/")
        with self._lock:
            if kind in {"metadata", "artifact"}:
                name = "artifacts" if kind == "artifact" else kind
                self._lists[f"{parent}/{name}"] += [_known_by(parent) | each for each in data]
                return data
            if kind == "heartbeat":
                return {"wait_time_in_seconds": 10}
            record = _known_by(parent) | data
            if key := _NUMBERS.get(kind):
                record[key] = str(data.get(key) or next(self._numbers))
                path = f"{parent}/{kind}s/{record[key]}"
            elif kind in _NAMES:
                path = parent
            self._objects[path] = record
            return record


def _known_by(path: str) -> dict[str, Any]:
    names = {"flows": "flow_id", "runs": "run_number", "steps": "step_name", "tasks": "task_id"}
    words = path.strip("/").split("/")
    return {names[kind]: value for kind, value in zip(words[::2], words[1::2], strict=False)}


@contextmanager
def metadata_service() -> Iterator[str]:
    """Serve on a free port, and yield the URL."""
    records = Records()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = urlsplit(self.path).path
            found = {} if path == "/ping" else records.get(path)
            self._answer(404 if found is None else 200, found)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._answer(200, records.post(self.path, json.loads(body or b"{}")))

        def _answer(self, status: int, content: Any) -> None:
            body = json.dumps(content).encode()
            self.send_response(status)
            self.send_header("METADATA_SERVICE_VERSION", VERSION)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
