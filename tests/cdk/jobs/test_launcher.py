"""Jobs whose nodes the launcher starts together."""

from __future__ import annotations

from typing import Any

import pytest
from aws_cdk import CfnParameter, Duration
from aws_cdk import aws_secretsmanager as secretsmanager

from cdk_batch_mnp import ArgumentError, Launcher
from cdk_batch_mnp_launch import settings
from tests.cdk.apps import new_stack


def started_with(launcher: Launcher) -> settings.Settings:
    """What the launcher reads from the options that it is started with."""
    return settings.read([*launcher.options, "--", "true"], {})


def test_options_with_the_value_of_a_default_are_not_written() -> None:
    assert Launcher().options == []
    defaults = Launcher(
        mode="every",
        deadline=Duration.minutes(20),
        grace=Duration.seconds(20),
        heartbeat=Duration.seconds(5),
        silence=Duration.minutes(1),
        port=7878,
        preflight="cheap",
    )
    assert defaults.options == []


def test_the_launcher_reads_the_options_that_were_set() -> None:
    launcher = Launcher(
        mode="every",
        procs_per_node=8,
        deadline=Duration.hours(1),
        grace=Duration.seconds(29),
        heartbeat=Duration.seconds(10),
        silence=Duration.seconds(20),
        linger=Duration.minutes(1),
        port=65000,
        preflight="net",
        insecure=True,
    )
    read = started_with(launcher)
    assert (read.procs, read.deadline, read.grace) == (8, 3600, 29)
    assert (read.heartbeat, read.silence, read.linger, read.port) == (10, 20, 60, 65000)
    assert read.preflight == "net"
    assert launcher.options[-1] == "--insecure"
    assert started_with(Launcher(mode="main")).mode == "main"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"mode": "all"}, "mode: invalid choice: 'all'"),
        ({"procs_per_node": 0}, "procs_per_node: '0' is neither a positive number nor auto"),
        ({"port": 65536}, "port: '65536' is not a port from 1 to 65535"),
        ({"preflight": "all"}, "preflight: invalid choice: 'all'"),
        ({"port": 0}, "port: '0' is not a port"),
        ({"deadline": Duration.seconds(0)}, "deadline: '0s' is not a duration"),
        ({"grace": Duration.seconds(30)}, "grace is 30 seconds, but must be below 30"),
        ({"grace": Duration.millis(1500)}, "grace is Duration.millis(1500), but must"),
        ({"silence": Duration.seconds(9)}, "silence 9s is less than two heartbeats of 5s"),
        ({"heartbeat": Duration.seconds(31)}, "silence 60s is less than two heartbeats of 31s"),
        ({"mode": "main", "linger": Duration.seconds(5)}, "linger is set, but in mode 'main'"),
        ({"procs": 8}, "there is no argument 'procs'"),
        ({"deadline": 1200}, "deadline must be a Duration, got 1200"),
        (
            {"secret": "abcdefghijklmnop"},
            "secret must be a secretsmanager.ISecret",
        ),
    ],
    ids=lambda each: "-".join(each) if isinstance(each, dict) else "",
)
def test_an_option_that_the_launcher_would_reject_is_an_error(
    wrong: dict[str, Any], message: str
) -> None:
    with pytest.raises(ArgumentError) as raised:
        Launcher(**wrong)
    assert str(raised.value).startswith(f"Launcher: {message}")
    assert "--" not in str(raised.value)


@pytest.mark.parametrize("option", ["port", "procs_per_node", "deadline"])
def test_an_option_that_is_known_only_at_deployment_is_an_error(option: str) -> None:
    number = CfnParameter(new_stack(), "Value", type="Number", default=90).value_as_number
    values: dict[str, Any] = {option: number}
    if option == "deadline":
        values = {option: Duration.seconds(number)}
    with pytest.raises(ArgumentError, match=f"{option} is known only at deployment"):
        Launcher(**values)


def test_a_secret_of_jobs_that_share_none_is_an_error() -> None:
    secret = secretsmanager.Secret(new_stack(), "Secret")
    with pytest.raises(ArgumentError, match="insecure is True; leave one of the two out"):
        Launcher(secret=secret, insecure=True)
