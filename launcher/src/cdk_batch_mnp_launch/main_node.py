"""The main node: it gathers the others, starts all at once, decides how the job ends."""

from __future__ import annotations

import errno
import signal
from functools import partial
from typing import Mapping

from cdk_batch_mnp_launch import VERSION, exit_codes, preflight
from cdk_batch_mnp_launch.burst import TOTAL_SECONDS
from cdk_batch_mnp_launch.facts import this_host
from cdk_batch_mnp_launch.link import Link
from cdk_batch_mnp_launch.log import Log
from cdk_batch_mnp_launch.meeting.door import Door
from cdk_batch_mnp_launch.meeting.roll import REPORT_SECONDS, Roll
from cdk_batch_mnp_launch.processes import send_signal
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
from cdk_batch_mnp_launch.protocol.messages import (
    Host,
    OtherVersion,
    pack,
    pack_hosts,
    unpack,
    unpack_join,
)
from cdk_batch_mnp_launch.ranges import as_ranges
from cdk_batch_mnp_launch.reactor import Reactor
from cdk_batch_mnp_launch.ring import Report, judge
from cdk_batch_mnp_launch.settings import MAIN, Settings
from cdk_batch_mnp_launch.stalled import STALL_SECONDS, abort_code, stalled_below
from cdk_batch_mnp_launch.verdict import Failure, Verdict
from cdk_batch_mnp_launch.watch import Watch
from cdk_batch_mnp_launch.workplace import Workplace

REPORTS_SECONDS = TOTAL_SECONDS + 5
"""How long the main node waits for the reports of the network."""
FAREWELL_SECONDS = 5.0
"""How long the main node waits for the others after its own processes have ended."""


class MainNode:
    """Run a job as its main node."""

    def __init__(
        self, settings: Settings, environ: Mapping[str, str], reactor: Reactor, log: Log
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._reactor = reactor
        self._log = log
        self._links: dict[int, Link] = {}
        self._roll = Roll(settings.job.nodes)
        self._verdict = Verdict()
        self._met = False
        self._started = False
        self._finished: set[int] = set()
        self._stopped = False
        self._local = ""
        self._moving = 0.0
        self._reports: dict[int, Report] | None = None
        self._work = Workplace(
            settings, environ, reactor, log, self._links.get, self._command_ended
        )
        self._door = Door(
            reactor, log, settings.secret, settings.job, settings.main_index, self._joins
        )

    def run(self) -> int:
        """Run the job and return its exit status."""
        settings = self._settings
        self._work.watch_signals(self._fail)
        if settings.job.nodes > 1:
            # For each node a connection and, in mode main, an agent; and strangers.
            needed = 4 * settings.job.nodes + 512
            allowed = self._work.processes.allow_files(needed)
            if allowed < 2 * settings.job.nodes + 128:
                self._log.say(
                    f"warning: {allowed} open files are allowed, {settings.job.nodes} nodes may"
                    f" need {needed}: raise the ulimit nofile"
                )
            try:
                self._door.open(settings.bind, settings.port, allowed - 2 * settings.job.nodes)
            except OSError as error:
                fix = "choose another with --port, on all nodes"
                if settings.bind and error.errno not in (errno.EADDRINUSE, errno.EACCES):
                    fix = f"--bind is {settings.bind!r}, give an IPv4 address of this node"
                self._log.say(f"cannot listen on port {settings.port}: {error.strerror}; {fix}")
                return exit_codes.CONFIGURATION
            self._log.say(
                f"waiting up to {settings.deadline:g} s for {settings.job.nodes - 1}"
                f" {'node' if settings.job.nodes == 2 else 'nodes'}"
            )
            self._reactor.after(settings.deadline, self._deadline_passed)
            self._reactor.after(REPORT_SECONDS, self._report)
            Watch(self._reactor, settings.heartbeat, settings.silence, self._beat).start()
        self._roll.join(preflight.skew(this_host(settings, self._environ, settings.bind)))
        if self._roll.all_joined:
            self._reactor.after(0, self._all_joined)
        self._reactor.run()
        self._door.close()
        for link in self._links.values():
            link.close()
        self._work.clean_up()
        self._explain()
        return self._verdict.code

    # The meeting

    def _joins(self, index: int, link: Link) -> None:
        if index in self._links or self._met:
            other = self._links[index].peer if index in self._links else "another address"
            why = f"index {index} has already joined from {other}"
            self._log.say(f"rejected {link.peer}: {why}")
            link.send(Frame(REJECTED, 0, why.encode()))
            link.part()
            return
        link.send(Frame(PING))  # welcome
        self._links[index] = link
        self._local = self._local or link.local
        link.limit_silence(self._settings.silence)
        link.on_frame = partial(self._receive, index, link)
        link.on_lost = partial(self._lost, index)

    def _receive(self, index: int, link: Link, frame: Frame) -> None:
        if frame.type == PING:
            return
        if frame.type in STREAM_TYPES:
            if self._settings.mode != MAIN or not self._met:
                raise FrameError("a remote command, which this job does not serve")
            self._work.streams.receive(link, frame)
        elif frame.type == JOIN:
            try:
                host = unpack_join(frame.payload, VERSION)
            except OtherVersion as other:
                why = f"its launcher has version {other}, the main node's has {VERSION}"
                self._fail(Failure(exit_codes.CONFIGURATION, index, why))
                return
            self._roll.join(preflight.skew(host._replace(node=index, address=link.peer)))
            if self._roll.all_joined and not self._met:
                self._all_joined()
        elif frame.type == READY:
            self._roll.ready(index)
            self._start_if_ready()
        elif frame.type == CHECKED:
            self._checked(index, Report.of_message(unpack(frame.payload)))
        elif frame.type == ENDED:
            self._ended(index, unpack(frame.payload))
        else:
            raise FrameError(f"unexpected frame of type {frame.type}")

    def _all_joined(self) -> None:
        settings = self._settings
        self._met = True
        self._door.close()
        main = self._roll.host(settings.main_index)
        assert main is not None  # noqa: S101
        self._roll.join(main._replace(address=self._local or settings.bind or "127.0.0.1"))
        hosts = self._roll.hosts()
        found = preflight.check_nodes(hosts, main)
        for warning in found.warnings:
            self._log.say(f"warning: {warning}")
        if found.errors:
            self._fail(Failure(exit_codes.CONFIGURATION, -1, "; ".join(found.errors)))
            return
        frame = Frame(HOSTS, 0, pack_hosts(hosts))
        for link in list(self._links.values()):
            link.send(frame)
        problems = self._work.prepare(hosts)
        if problems:
            why = "; ".join(problems)
            self._fail(Failure(exit_codes.PREFLIGHT, settings.node, why, own=True))
            return
        self._roll.ready(settings.node)
        self._start_if_ready()

    def _start_if_ready(self) -> None:
        if self._started or self._verdict.decided or not self._roll.all_ready:
            return
        if self._settings.checks_network and self._reports is None:
            self._check_network()
        if self._reports is None or len(self._reports) == self._settings.job.nodes:
            self._start()

    def _check_network(self) -> None:
        self._reports = {}
        self._log.say("all nodes are ready, measuring the network")
        for link in list(self._links.values()):
            link.send(Frame(CHECK))
        assert self._work.burst is not None  # noqa: S101
        self._work.burst.run(partial(self._checked, self._settings.node))
        self._reactor.after(REPORTS_SECONDS, self._judge_network)

    def _checked(self, index: int, report: Report) -> None:
        if self._reports is None or self._started:
            raise FrameError("a report of the network that was not requested")
        self._reports[index] = report
        if len(self._reports) == self._settings.job.nodes:
            self._judge_network()

    def _judge_network(self) -> None:
        if self._started or self._verdict.decided or self._reports is None:
            return
        found = judge(self._roll.hosts(), self._reports, self._settings.network_port)
        for warning in found.warnings:
            self._log.say(f"warning: {warning}")
        if found.errors:
            self._fail(Failure(exit_codes.PREFLIGHT, -1, "; ".join(found.errors)))
        else:
            self._start_if_ready()

    def _start(self) -> None:
        self._started = True
        for link in list(self._links.values()):
            link.send(Frame(START))
        if self._links:
            self._log.say(f"all {self._settings.job.nodes} nodes are ready, starting")
        self._work.start_command()
        if self._settings.mode == MAIN:
            self._moving = self._reactor.now()
            self._reactor.every(1, self._check_stalled)

    def _report(self) -> None:
        if not self._started and not self._verdict.decided:
            missing = self._roll.missing()
            self._log.say(f"waiting: {missing}")
            for link in list(self._links.values()):
                link.send(Frame(WAITING, 0, missing.encode()))
            self._reactor.after(REPORT_SECONDS, self._report)

    def _deadline_passed(self) -> None:
        if not self._started:
            why = f"{self._roll.missing()} (deadline {self._settings.deadline:g} s)"
            self._fail(Failure(exit_codes.MEETING, -1, why))

    # The end

    def _beat(self, check: bool) -> None:
        now = self._reactor.now()
        for index, link in list(self._links.items()):
            silent = now - link.heard
            if check and silent > self._settings.silence:
                link.close()
                self._lost(index, f"silent for {silent:.1f} s")
            else:
                link.send(Frame(PING))
        if self._started and not self._verdict.decided and self._work.command.code == 0:
            waiting = as_ranges(set(range(self._settings.job.nodes)) - self._finished)
            self._log.rarely("waiting", f"the main node is done, waiting for nodes {waiting}", 300)

    def _lost(self, index: int, why: str) -> None:
        link = self._links.pop(index, None)
        if link is not None:
            self._work.streams.lost(link)
        if self._verdict.decided:
            self._finish_if_alone()
            return
        if not self._met:
            # It does not come back: AWS Batch starts a node once in an attempt.
            why = f"{why}, before all nodes had joined"
        self._fail(Failure(exit_codes.NODE_LOST, index, why))

    def _command_ended(self, code: int) -> None:
        if code != 0:
            self._fail(self._work.failure(code))
            return
        if self._settings.mode == MAIN:
            self._succeed()
            return
        self._node_finished(self._settings.node)
        if not self._verdict.decided and self._settings.linger is not None:
            self._reactor.after(self._settings.linger, self._succeed)

    def _check_stalled(self) -> None:
        now = self._reactor.now()
        streams, command = self._work.streams, self._work.command
        # Looking at all processes costs something, and remote commands are signs of life.
        idle = streams.opened and not streams.count and command.code is None
        found = stalled_below(command.pid) if idle and not self._verdict.decided else None
        if found is None:
            self._moving = now
        elif now - self._moving >= STALL_SECONDS:
            why = f"{found.name} does not end, although all processes that it started have ended"
            tail = command.tail()
            self._fail(Failure(abort_code(tail), self._settings.node, why, tail, own=True))
            send_signal([found.pid], signal.SIGKILL)  # it reacts to nothing else

    def _ended(self, index: int, message: dict[str, object]) -> None:
        failure = Failure.of_message(message)._replace(node=index)
        if failure.code == 0:
            self._node_finished(index)
        else:
            self._fail(failure)

    def _node_finished(self, index: int) -> None:
        self._finished.add(index)
        if len(self._finished) == self._settings.job.nodes:
            self._succeed()

    def _succeed(self) -> None:
        if self._verdict.succeed():
            self._end(Frame(DONE))

    def _fail(self, failure: Failure) -> None:
        if not self._verdict.fail(failure):
            self._log.rarely(
                "consequence", f"then node {failure.node}: {failure.why} (a consequence)", 1
            )
            return
        where = f"node {failure.node}: " if failure.node >= 0 else ""
        self._log.say(f"ending the job: {where}{failure.why}")
        decided = self._verdict.failure or failure
        self._end(Frame(ABORT, 0, pack(decided.as_message())))

    def _end(self, frame: Frame) -> None:
        self._door.close()
        # First to all others, so that they need not wait for this node's processes.
        for link in list(self._links.values()):
            link.send(frame)
        self._work.stop(self._processes_stopped)

    def _processes_stopped(self) -> None:
        if not self._stopped:
            self._stopped = True
            self._reactor.after(self._settings.grace + FAREWELL_SECONDS, self._give_up)
        self._finish_if_alone()

    def _give_up(self) -> None:
        self._log.say(f"nodes {as_ranges(self._links)} have not reported that they have ended")
        self._reactor.stop()

    def _finish_if_alone(self) -> None:
        if self._stopped and not self._links:
            self._reactor.stop()

    def _explain(self) -> None:
        failure = self._verdict.failure
        if failure is None:
            return
        host: Host | None = self._roll.host(failure.node)
        if failure.node < 0:
            self._log.say(f"the job failed: {failure.why}")
        else:
            known = f" ({host.address}, {host.name})" if host is not None else ""
            self._log.say(f"the job failed first on node {failure.node}{known}: {failure.why}")
        if host is not None and host.log:
            self._log.say(f"log of node {failure.node}: {host.log}")
        if failure.tail:
            self._log.say(f"last lines of standard error of node {failure.node}:")
            self._log.quote(failure.tail)
        self._log.say(f"exit status {failure.code}")
