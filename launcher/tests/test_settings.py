"""The command line and the variables of AWS Batch."""

from __future__ import annotations

import pytest

from cdk_batch_mnp_launch.settings import ConfigurationError, Settings, read

CHILD = {
    "AWS_BATCH_JOB_ID": "job-1#2",
    "AWS_BATCH_JOB_ATTEMPT": "3",
    "AWS_BATCH_JOB_NUM_NODES": "4",
    "AWS_BATCH_JOB_NODE_INDEX": "2",
    "AWS_BATCH_JOB_MAIN_NODE_INDEX": "1",
    "AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS": "10.0.0.5",
    "MNP_SECRET": "a secret of the tests",
}


def settings(*arguments: str, **variables: str) -> Settings:
    return read([*arguments, "--", "true"], {**CHILD, **variables})


def test_a_child_node_of_aws_batch() -> None:
    made = settings()
    assert made.job == ("job-1", 3, 4)
    assert (made.node, made.main_index, made.is_main) == (2, 1, False)
    assert made.main_address == "10.0.0.5"


def test_outside_of_aws_batch_there_is_one_node() -> None:
    made = read(["--mode", "main", "--", "mpirun", "-n", "4", "a.out"], {})
    assert (made.job.nodes, made.is_main) == (1, True)
    assert made.command == ("mpirun", "-n", "4", "a.out")


def test_the_command_keeps_its_own_options() -> None:
    assert read(["echo", "--mode", "main"], {}).command == ("echo", "--mode", "main")


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90s", 90), ("20m", 1200), ("1.5h", 5400)]
)
def test_durations(text: str, seconds: float) -> None:
    assert settings("--deadline", text).deadline == seconds


@pytest.mark.parametrize(
    ("arguments", "variables", "message"),
    [
        (["--deadline", "0"], {}, "not a duration"),
        (["--deadline", "5d"], {}, "not a duration"),
        # The kernel counts milliseconds in 32 bits.
        (["--silence", "501h"], {}, "of at most 500h"),
        (["--port", "70000"], {}, "not a port"),
        (["--port", "²"], {}, "not a port"),
        (["--procs-per-node", "0"], {}, "neither a positive number nor auto"),
        (["--silence", "6s"], {}, "less than two heartbeats"),
        (["--mode", "some"], {}, "invalid choice"),
        (["--mode", "main"], {"MNP_SECRET": ""}, "needs a secret in MNP_SECRET"),
        ([], {"MNP_SECRET": "short"}, "has 5 bytes; use at least 16"),
        ([], {"AWS_BATCH_JOB_NODE_INDEX": "4"}, "do not fit a job of 4 nodes"),
        ([], {"AWS_BATCH_JOB_NODE_INDEX": ""}, "AWS_BATCH_JOB_NODE_INDEX is ''"),
        ([], {"AWS_BATCH_JOB_NODE_INDEX": "²"}, "AWS_BATCH_JOB_NODE_INDEX is '²'"),
        ([], {"AWS_BATCH_JOB_NUM_NODES": "1001"}, "1 to 1000"),
        ([], {"AWS_BATCH_JOB_MAIN_NODE_PRIVATE_IPV4_ADDRESS": ""}, "is not set on this child"),
        ([], {"AWS_BATCH_JOB_ID": "a b"}, "AWS_BATCH_JOB_ID is 'a b'"),
        ([], {"MNP_EXPECT": "gpu=8"}, "write counts such as"),
    ],
)
def test_what_is_wrong_is_named(
    arguments: list[str], variables: dict[str, str], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message):
        settings(*arguments, **variables)


def test_no_command_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="no command"):
        read(["--mode", "every", "--"], {})


def test_the_address_to_bind_comes_from_the_option_or_the_variable() -> None:
    assert settings().bind == ""
    assert settings(MNP_BIND="127.0.0.7").bind == "127.0.0.7"
    assert settings("--bind", "127.0.0.8", MNP_BIND="127.0.0.7").bind == "127.0.0.8"


def test_mode_main_without_a_secret_when_the_user_insists() -> None:
    assert settings("--mode", "main", "--insecure", MNP_SECRET="").secret == b""
