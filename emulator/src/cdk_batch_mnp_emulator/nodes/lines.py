"""Output of a program as lines, in memory that does not grow with the length of a line."""

from __future__ import annotations

MOST_BYTES = 256 * 1024 - 26
"""Of one event of CloudWatch Logs, whose size counts 26 bytes more.

Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html
"""


class LineSplitter:
    """Collects output until a line is complete."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._size = 0

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that are complete with this part of the output.

        A longer line than :data:`MOST_BYTES` is cut into several. Bytes that are not UTF-8 become
        U+FFFD.
        """
        *complete, rest = data.split(b"\n")
        lines: list[str] = []
        for part in complete:
            self._keep(part)
            lines += self.finish(ends_line=True)
        self._keep(rest)
        if self._size > MOST_BYTES:
            kept = b"".join(self._parts)
            end = _boundary(kept, len(kept) // MOST_BYTES * MOST_BYTES)
            lines += _decoded(kept[:end])
            self._parts, self._size = [], 0
            self._keep(kept[end:])
        return lines

    def finish(self, *, ends_line: bool = False) -> list[str]:
        """Return what is left: a last line without its end."""
        if not (self._size or ends_line):
            return []
        line = b"".join(self._parts)
        self._parts, self._size = [], 0
        return _decoded(line.removesuffix(b"\r") if ends_line else line)

    def _keep(self, part: bytes) -> None:
        if part:
            self._parts.append(part)
            self._size += len(part)


def _decoded(line: bytes) -> list[str]:
    text = line.decode(errors="replace")
    if len(text) * 4 <= MOST_BYTES:
        return [text]
    data = text.encode()  # longer, if something was replaced
    pieces = []
    while len(data) > MOST_BYTES:
        end = _boundary(data, MOST_BYTES)
        pieces.append(data[:end])
        data = data[end:]
    return [piece.decode() for piece in (*pieces, data)]


def _boundary(data: bytes, end: int) -> int:
    # A character of UTF-8 has up to three bytes that continue it.
    for back in range(4):
        if end - back < len(data) and data[end - back] & 0xC0 != 0x80:
            return end - back
    return end
