"""Routing of remote commands: each has two ends, on the same node or behind connections."""

from __future__ import annotations

from typing import Callable

from cdk_batch_mnp_launch.link import Link
from cdk_batch_mnp_launch.protocol.frames import DATA, EXEC, EXIT, KILL, Frame, FrameError
from cdk_batch_mnp_launch.serving.request import Receive, Request, number

UNREACHABLE = 255


class Streams:
    """The remote commands that begin, end or pass through this node.

    All connections are those of the main node. It numbers its streams evenly, the others oddly,
    so that both sides of a connection can begin streams. A command of one child node on another
    passes through the main node.

    Attributes:
        opened: Number of streams that this node has begun on connections.
    """

    def __init__(
        self,
        own: int,
        is_main: bool,
        link_to: Callable[[int], Link | None],
        execute: Callable[[Request, Receive], Receive],
    ) -> None:
        self._own = own
        self._next = 2 if is_main else 1
        self._link_to = link_to
        self._execute = execute
        self.opened = 0
        self._ends: dict[tuple[Link, int], Receive] = {}

    @property
    def count(self) -> int:
        """Number of streams on connections."""
        return len(self._ends)

    def open(self, request: Request, back: Receive) -> Receive:
        """Run a command on a node.

        Args:
            request: The command and the node.
            back: Takes its output, and last its exit status.

        Returns:
            What takes its input.
        """
        if request.target == self._own:
            return self._execute(request, back)
        link = self._link_to(request.target)
        if link is None or link.closed:
            back(EXIT, number(UNREACHABLE))
            return lambda _type, _payload: None
        stream = self._next
        self.opened += 1
        self._next += 2
        self._ends[(link, stream)] = back
        link.send(Frame(EXEC, stream, request.as_payload()))
        return lambda type_, payload: link.send(Frame(type_, stream, payload))

    def receive(self, link: Link, frame: Frame) -> None:
        """Pass on a frame of a remote command.

        Raises:
            FrameError: If the frame begins a stream with a number of the other side.
        """
        key = (link, frame.stream)
        if frame.type == EXEC:
            if frame.stream % 2 == self._next % 2 or key in self._ends:
                raise FrameError(f"stream {frame.stream} cannot begin here")
            self._begin(link, frame)
            return
        end = self._ends.get(key)
        if end is None:
            return  # the command has ended; this was on its way
        if frame.type == EXIT:
            del self._ends[key]
        if frame.type == DATA and not frame.payload:
            raise FrameError("data without a number of its file")
        end(frame.type, frame.payload)

    def lost(self, link: Link) -> None:
        """End both kinds of streams of a connection that is gone.

        A command of this node ends with status 255, or what asked for it would wait for its status.
        What the other node asked for is stopped.
        """
        for key in [each for each in self._ends if each[0] is link]:
            end = self._ends.pop(key, None)
            if end is None:
                continue
            if key[1] % 2 == self._next % 2:
                end(EXIT, number(UNREACHABLE))
            else:
                end(KILL, b"")

    def _begin(self, link: Link, frame: Frame) -> None:
        key = (link, frame.stream)
        ended = False

        def back(type_: int, payload: bytes) -> None:
            nonlocal ended
            link.send(Frame(type_, frame.stream, payload))
            if type_ == EXIT:
                ended = True
                self._ends.pop(key, None)

        forward = self.open(Request.of_payload(frame.payload), back)
        if not ended:
            self._ends[key] = forward
