"""Messages of the launcher, on standard error of the container."""

from __future__ import annotations

import time

from cdk_batch_mnp_launch.output import Output

FLUSH_SECONDS = 5.0
"""How long a slow log may take to accept the last words of a node."""
MAX_LINE = 4000
"""Longest message, in characters."""


class Log:
    """Write messages, each on a line of its own that names the node.

    Attributes:
        index: Index of this node; -1 if unknown.
        output: Where it goes.
    """

    def __init__(self, index: int, output: Output) -> None:
        self.index = index
        self.output = output
        self._last: dict[str, float] = {}

    def say(self, message: str) -> None:
        """Write a message. What other programs sent cannot forge a line: it is escaped."""
        clean = "".join(
            c if c.isprintable() else c.encode("unicode_escape").decode() for c in message
        )
        self._write(f"mnp-launch: node {self.index}: {clean[:MAX_LINE]}\n")

    def rarely(self, key: str, message: str, seconds: float = 10) -> None:
        """Write a message, unless one with this key was written in the last `seconds`."""
        now = time.monotonic()
        if now - self._last.get(key, now - seconds) >= seconds:
            if len(self._last) > 1000:
                self._last.clear()
            self._last[key] = now
            self.say(message)

    def quote(self, text: str) -> None:
        """Write lines that another node wrote."""
        for line in text.splitlines():
            clean = "".join(c if c.isprintable() or c == "\t" else "?" for c in line)
            self._write(f"  | {clean[:MAX_LINE]}\n")

    def _write(self, line: str) -> None:
        self.output.line(line.encode("utf-8", "backslashreplace"))
