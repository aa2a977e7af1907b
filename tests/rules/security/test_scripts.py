"""What user data may do out of sight."""

from __future__ import annotations

from time import perf_counter

import pytest

from cdk_batch_mnp.model.launch_template import NAME_PART, UNKNOWN_PART
from cdk_batch_mnp.model.unknown import UNKNOWN
from cdk_batch_mnp.rules.security.instance_role import _problem
from cdk_batch_mnp.rules.security.scripts import may_do, runs_code_from_elsewhere
from tests.rules.setups import user_data

WORDS = "memlock"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(None, False, id="none"),
        pytest.param(UNKNOWN, True, id="unknown"),
        pytest.param(user_data("sysctl -w vm.swappiness=1"), False, id="something else"),
        pytest.param(user_data("echo '* - memlock unlimited' >> /etc/x"), True, id="by its word"),
        pytest.param(user_data("# memlock"), False, id="a comment"),
        pytest.param(user_data(f"echo {UNKNOWN_PART}"), True, id="an unknown part"),
        pytest.param(user_data(f"echo {NAME_PART}"), False, id="an unknown name"),
        pytest.param(user_data(f"{NAME_PART} --now"), True, id="a program of an unknown name"),
        pytest.param(user_data("/opt/site/limits.sh"), True, id="a file of the image"),
    ],
)
def test_user_data_may_do_what_it_names_or_hides(text: object, expected: bool) -> None:
    assert may_do(text, WORDS) is expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "command",
    [
        "yum install -y htop",
        "echo a | sudo tee -a /etc/x",
        "X=/opt/a; export X",
        "mkdir -p /scratch && mount /dev/nvme1n1 /scratch",
        "systemctl restart docker || true",
    ],
)
def test_programs_that_are_called_by_their_name_are_the_systems(command: str) -> None:
    assert not runs_code_from_elsewhere(user_data(command))


@pytest.mark.parametrize(
    "piece", [";./", "\t", "> ", "echo > ", "ECS_AWSVPC_BLOCK_IMDS ", "| tee ", "sh ", "aws", "$"]
)
def test_a_long_text_takes_no_long_time(piece: str) -> None:
    text = piece * (100_000 // len(piece)) + "="
    began = perf_counter()
    may_do(text, WORDS)
    _problem(f"ECS_AWSVPC_BLOCK_IMDS=1\n{text}")
    assert perf_counter() - began < 5
