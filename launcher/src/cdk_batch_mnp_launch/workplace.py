"""What a node prepares once it knows all others: host lists, environment, agent, processes."""

from __future__ import annotations

import hmac
import signal
from functools import partial
from typing import Callable, Mapping

from cdk_batch_mnp_launch import environment, exit_codes, folder, preflight
from cdk_batch_mnp_launch.burst import Burst
from cdk_batch_mnp_launch.link import Link
from cdk_batch_mnp_launch.local_command import LocalCommand
from cdk_batch_mnp_launch.log import Log
from cdk_batch_mnp_launch.processes import Processes
from cdk_batch_mnp_launch.protocol.frames import EXIT
from cdk_batch_mnp_launch.protocol.handshake import job_key
from cdk_batch_mnp_launch.protocol.messages import Host
from cdk_batch_mnp_launch.reactor import Reactor
from cdk_batch_mnp_launch.serving.agents import AgentDoor
from cdk_batch_mnp_launch.serving.remote_command import RemoteCommand
from cdk_batch_mnp_launch.serving.request import Receive, Request, number, window
from cdk_batch_mnp_launch.serving.streams import UNREACHABLE, Streams
from cdk_batch_mnp_launch.settings import MAIN, Settings
from cdk_batch_mnp_launch.verdict import STOP_SIGNALS, Failure, StopSignals

ORDER_SECONDS = 0.2
"""How long a slow log may delay the start of the command, for the order of lines."""


class Workplace:
    """The node's own part of the job, the same on the main node and on children.

    Attributes:
        processes: All processes of the node.
        command: The user's command, which may not run on this node.
        streams: Remote commands, in mode main.
        burst: Its part in the check of the network, if there is one.
    """

    def __init__(
        self,
        settings: Settings,
        environ: Mapping[str, str],
        reactor: Reactor,
        log: Log,
        link_to: Callable[[int], Link | None],
        on_command_end: Callable[[int], None],
    ) -> None:
        self._settings = settings
        self._environ = environ
        self._reactor = reactor
        self._log = log
        self._folder = ""
        self._env: dict[str, str] = {}
        self._door: AgentDoor | None = None
        self._stop_signals = StopSignals()
        self.burst: Burst | None = None
        self.processes = Processes(reactor)
        self.command = LocalCommand(self.processes, log.output, on_command_end)
        self.streams = Streams(settings.node, settings.is_main, link_to, self._execute)

    def watch_signals(self, fail: Callable[[Failure], None]) -> None:
        """Fail at the first signal that asks the node to end, and kill at the second.

        SIGUSR1 and SIGUSR2 are passed on.
        """
        for stop in STOP_SIGNALS:
            self._reactor.on_signal(stop, partial(self._signaled, stop, fail))
        for passed_on in (signal.SIGUSR1, signal.SIGUSR2):
            self._reactor.on_signal(passed_on, partial(self.processes.signal_all, passed_on))

    def _signaled(self, received: int, fail: Callable[[Failure], None]) -> None:
        why = f"received {exit_codes.signal_name(received)}"
        if self._stop_signals.kills():
            self._log.say(f"{why} again: SIGKILL")
            self.processes.stop(0, lambda _left: None)
        else:
            fail(Failure(exit_codes.of_signal(received), self._settings.node, why, own=True))

    def prepare(self, hosts: list[Host]) -> list[str]:
        """Write the host lists and build the environment.

        Returns:
            What makes it impossible to run the job, or an empty list.
        """
        settings = self._settings
        own = hosts[settings.node]
        try:
            folder.add_names(settings.hosts_file, hosts)
        except OSError as error:
            self._log.rarely(
                "names", f"cannot add names to {settings.hosts_file}: {error.strerror}"
            )
        found = preflight.check_node(
            own,
            settings.expect,
            preflight.memlock_limit(),
            preflight.shared_memory(),
            preflight.resolves(own.name),
        )
        for warning in found.warnings:
            self._log.say(f"warning: {warning}")
        if found.errors:
            return found.errors
        try:
            self._write(hosts)
        except OSError as error:
            return [f"cannot write the launcher's files: {error.strerror or error}"]
        if settings.checks_network:
            self.burst = Burst(self._reactor, settings, hosts)
            try:
                self.burst.listen()
            except OSError as error:
                return [
                    f"cannot listen on port {settings.network_port} for --preflight net:"
                    f" {error.strerror}"
                ]
        return []

    def start_command(self) -> None:
        """Start the user's command."""
        # What it writes to standard output comes after what was said before.
        self._log.output.flush(ORDER_SECONDS)
        if self.burst is not None:
            self.burst.close()
        self.command.start(self._settings.command, self._env)

    def failure(self, code: int) -> Failure:
        """Return the failure that the command's exit status is, which is not 0."""
        why = f"its command {exit_codes.describe(code)}"
        return Failure(code, self._settings.node, why, self.command.tail(), own=True)

    def stop(self, on_end: Callable[[], None]) -> None:
        """End all processes within the grace."""
        self.processes.stop(self._settings.grace, partial(self._stopped, on_end))

    def _stopped(self, on_end: Callable[[], None], left: list[int]) -> None:
        if left:
            self._log.say(f"{len(left)} processes did not end after SIGKILL")
        on_end()

    def clean_up(self) -> None:
        """Remove the files. Processes have ended before."""
        if self._door is not None:
            self._door.close()
        if self.burst is not None:
            self.burst.close()
        if self._folder:
            folder.remove_folder(self._folder)

    def _write(self, hosts: list[Host]) -> None:
        settings = self._settings
        self._folder = folder.make_folder(self._environ)
        folder.write_files(self._folder, environment.host_files(hosts, settings.main_index))
        programs = None
        if settings.mode == MAIN:
            import pkgutil  # no other mode needs it, and a job waits for the start of each node

            source = pkgutil.get_data("cdk_batch_mnp_launch", "agent.py")
            if source is None:
                raise OSError("agent.py is missing from the package")
            programs = folder.write_agent(self._folder, source.decode())
            self._door = AgentDoor(self._reactor, self._folder, hosts, self.streams.open)
        token = ""
        if settings.secret:
            token = hmac.new(job_key(settings.secret, settings.job), b"ray", "sha256").hexdigest()
        self._env = environment.for_command(
            self._environ,
            hosts,
            settings.node,
            settings.main_index,
            settings.job,
            self._folder,
            environment.interface_of(hosts[settings.node].address),
            programs,
            token,
        )

    def _execute(self, request: Request, back: Receive) -> Receive:
        if self.processes.stopped:
            # It would outlive the job, or at least not be sent SIGTERM with the others.
            back(EXIT, number(UNREACHABLE))
            return lambda _type, _payload: None
        command = RemoteCommand(
            self._reactor,
            self.processes,
            self._settings.grace,
            back,
            self._log.output.pass_on,
            window(self._settings.job.nodes),
        )
        command.start(request, self._env)
        return command.receive
