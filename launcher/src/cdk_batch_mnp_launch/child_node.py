"""A child node: it joins the main node, does its part and ends when the job ends."""

from __future__ import annotations

from typing import Mapping

from cdk_batch_mnp_launch import VERSION, exit_codes
from cdk_batch_mnp_launch.facts import this_host
from cdk_batch_mnp_launch.link import Link
from cdk_batch_mnp_launch.log import FLUSH_SECONDS, Log
from cdk_batch_mnp_launch.meeting.caller import Caller
from cdk_batch_mnp_launch.meeting.roll import REPORT_SECONDS
from cdk_batch_mnp_launch.protocol.frames import (
    ABORT,
    CHECK,
    CHECKED,
    DONE,
    ENDED,
    HOSTS,
    JOIN,
    PING,
    READY,
    REJECTED,
    START,
    STREAM_TYPES,
    WAITING,
    Frame,
    FrameError,
)
from cdk_batch_mnp_launch.protocol.messages import pack, pack_join, unpack, unpack_hosts
from cdk_batch_mnp_launch.reactor import Reactor
from cdk_batch_mnp_launch.settings import EVERY, MAIN, Settings
from cdk_batch_mnp_launch.verdict import Failure, Verdict
from cdk_batch_mnp_launch.watch import Watch
from cdk_batch_mnp_launch.workplace import Workplace

VERDICT_SECONDS = 5.0
"""How long a node waits for the main node's own verdict after the deadline."""


class ChildNode:
    """Take part in a job."""

    def __init__(
        self, settings: Settings, environ: Mapping[str, str], reactor: Reactor, log: Log
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._reactor = reactor
        self._log = log
        self._link: Link | None = None
        self._verdict = Verdict()
        self._started = False
        self._stopping = False
        self._work = Workplace(
            settings, environ, reactor, log, lambda _index: self._link, self._command_ended
        )
        self._caller = Caller(
            reactor, settings.secret, settings.job, settings.node, self._connected, self._rejected
        )

    def run(self) -> int:
        """Take part and return the exit status of the job."""
        settings = self._settings
        self._work.watch_signals(self._conclude)
        self._log.say(f"joining {settings.main_address}:{settings.port}")
        self._caller.call(settings.main_address, settings.port, settings.bind)
        self._reactor.after(settings.deadline, self._deadline_passed)
        self._reactor.after(REPORT_SECONDS, self._report)
        Watch(self._reactor, settings.heartbeat, settings.silence, self._beat).start()
        self._reactor.run()
        self._caller.hang_up()
        self._work.clean_up()
        failure = self._verdict.failure
        if failure is not None:
            where = f"node {failure.node}: " if failure.node >= 0 else ""
            self._log.say(f"the job failed: {where}{failure.why}; exit status {failure.code}")
        # Its log first: when the last node parts, the main node ends, and AWS Batch all others.
        self._log.output.flush(FLUSH_SECONDS)
        if self._link is not None:
            self._link.part()
            while not self._link.closed:
                self._reactor.turn()
        return self._verdict.code

    def _connected(self, link: Link) -> None:
        self._link = link
        link.limit_silence(self._settings.silence)
        link.on_frame = self._receive
        link.on_lost = self._lost
        host = this_host(self._settings, self._environ, link.local)
        link.send(Frame(JOIN, 0, pack_join(host, VERSION)))

    def _rejected(self, why: str) -> None:
        address = self._settings.main_address
        self._fail(exit_codes.MEETING, f"rejected by the main node {address}: {why}")

    def _receive(self, frame: Frame) -> None:
        link = self._link
        if frame.type == PING or link is None:
            return
        if frame.type in STREAM_TYPES:
            if self._settings.mode != MAIN:
                raise FrameError("a remote command, which this node does not serve")
            self._work.streams.receive(link, frame)
        elif frame.type == HOSTS:
            problems = self._work.prepare(unpack_hosts(frame.payload))
            if problems:
                self._fail(exit_codes.PREFLIGHT, "; ".join(problems))
            else:
                link.send(Frame(READY))
        elif frame.type == CHECK:
            self._check_network(link)
        elif frame.type == START:
            if self._verdict.decided:
                return  # this node failed while the frame was on its way
            self._started = True
            self._log.say("all nodes are ready, starting")
            if self._settings.mode == EVERY:
                self._work.start_command()
        elif frame.type == ABORT:
            self._verdict.adopt(Failure.of_message(unpack(frame.payload)))
            self._stop()
        elif frame.type == DONE:
            self._verdict.adopt(None)
            self._stop()
        elif frame.type == WAITING:
            self._log.say(f"waiting: {frame.payload.decode('utf-8', 'replace')}")
        elif frame.type == REJECTED:
            self._rejected(frame.payload.decode("utf-8", "replace"))
        else:
            raise FrameError(f"unexpected frame of type {frame.type}")

    def _check_network(self, link: Link) -> None:
        if self._work.burst is None:
            self._fail(exit_codes.CONFIGURATION, "it runs without --preflight net, others with it")
            return
        self._work.burst.run(lambda report: link.send(Frame(CHECKED, 0, pack(report.as_message()))))

    def _report(self) -> None:
        if not self._started and not self._verdict.decided:
            if self._link is None:  # otherwise the main node says for whom all wait
                self._log.say(
                    f"waiting for the main node {self._settings.main_address}:"
                    f" {self._caller.last_problem}"
                )
            self._reactor.after(REPORT_SECONDS, self._report)

    def _deadline_passed(self) -> None:
        if self._started:
            return
        if self._link is not None:
            # The main node's deadline, whose message names the missing nodes, is about to pass.
            self._reactor.after(VERDICT_SECONDS, self._give_up)
        else:
            self._give_up()

    def _give_up(self) -> None:
        if not self._started:
            what = (
                "the other nodes did not all join"
                if self._link is not None
                else f"the main node {self._settings.main_address} did not answer:"
                f" {self._caller.last_problem}"
            )
            self._fail(exit_codes.MEETING, f"{what} (deadline {self._settings.deadline:g} s)")

    def _beat(self, check: bool) -> None:
        if self._link is None:
            return
        silent = self._reactor.now() - self._link.heard
        if check and silent > self._settings.silence:
            self._link.close()
            self._lost(f"silent for {silent:.1f} s")
        else:
            self._link.send(Frame(PING))

    def _lost(self, why: str) -> None:
        if self._link is not None:
            self._work.streams.lost(self._link)
        self._link = None
        if self._verdict.decided:
            self._stop()
        else:
            self._fail(exit_codes.NODE_LOST, f"main node: {why}", self._settings.main_index)

    def _command_ended(self, code: int) -> None:
        if code != 0:
            self._conclude(self._work.failure(code))
        elif not self._verdict.decided and self._link is not None:
            success = Failure(0, self._settings.node, "")
            self._link.send(Frame(ENDED, 0, pack(success.as_message())))

    def _fail(self, code: int, why: str, index: int | None = None) -> None:
        node = self._settings.node if index is None else index
        self._conclude(Failure(code, node, why, own=True))

    def _conclude(self, failure: Failure) -> None:
        if not self._verdict.fail(failure):
            return
        if self._link is not None:
            self._link.send(Frame(ENDED, 0, pack(failure.as_message())))
        self._stop()

    def _stop(self) -> None:
        if not self._stopping:
            self._stopping = True
            self._caller.hang_up()
            self._work.stop(self._reactor.stop)
