"""A command is sent to the embedded AWS, and knows nothing of a real account."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from cdk_batch_mnp_emulator.access import Access
from cdk_batch_mnp_emulator.variables import command_environment, shell_lines

ACCESS = Access("http://127.0.0.1:4566", "AKIA2222", "it's secret")

EVIL = {
    "AWS_PROFILE": "production",
    "AWS_DEFAULT_PROFILE": "production",
    "AWS_SESSION_TOKEN": "secret",
    "AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/admin",
    "AWS_WEB_IDENTITY_TOKEN_FILE": "/token",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://169.254.170.2/v2",
    "AWS_CONTAINER_AUTHORIZATION_TOKEN": "secret",
    "AWS_ENDPOINT_URL_BATCH": "https://batch.example.com",
    "AWS_ENDPOINT_URL_CLOUDFORMATION": "https://cloudformation.example.com",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    "AWS_USE_FIPS_ENDPOINT": "true",
    "AWS_USE_DUALSTACK_ENDPOINT": "true",
    "AWS_CA_BUNDLE": "/bundle",
    "AWS_DATA_PATH": "/models",
    "AWS_SOME_LATER_VARIABLE": "$(touch pwned) ; 'two'\nAWS_LINES=x",
    "CDK_DEFAULT_ACCOUNT": "111122223333",
    "CDK_DEFAULT_REGION": "eu-west-3",
    "aws_access_key_id": "real",
    "aws_secret_access_key": "real",
    "Aws_Session_Token": "real",
    "EC2_ACCESS_KEY": "real",
    "EC2_SECRET_KEY": "real",
    "EC2_URL": "https://ec2.example.com",
    "AMAZON_ACCESS_KEY_ID": "real",
    "BOTO_CONFIG": "/etc/boto.cfg",
}


def exported(lines: list[str], shell: str, own: dict[str, str]) -> dict[str, str]:
    """What a command finds that is started in a shell which has sourced the lines."""
    script = "\n".join([*lines, "env -0"])
    environment = {"PATH": os.environ["PATH"], **own}
    done = subprocess.run(
        [shell, "-c", script], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    pairs = (each.partition("=") for each in done.stdout.split("\0") if each)
    return {name: value for name, _, value in pairs}


@pytest.mark.parametrize("name", EVIL)
def test_nothing_that_leads_to_a_real_account_is_kept(name: str) -> None:
    environment = command_environment({"PATH": "/bin", name: EVIL[name]}, ACCESS, "us-east-1")
    assert name not in environment
    assert environment["PATH"] == "/bin"


@pytest.mark.parametrize("shell", ["sh", "bash", "zsh", "dash", "ksh"])
def test_the_lines_for_a_shell_do_the_same(shell: str) -> None:
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    own = {**EVIL, "AWSOME": "mine", "MY_AWS_NOTE": "mine", "NO_PROXY": "example.com"}
    lines = shell_lines(ACCESS, "eu-west-1")
    found = exported(lines, program, own)
    wanted = command_environment({"PATH": os.environ["PATH"], **own}, ACCESS, "eu-west-1")
    shells_own = set(exported([], program, {})) - {"PATH"}
    assert {name: each for name, each in found.items() if name not in shells_own} == wanted


def test_the_lines_for_a_shell_may_be_sourced_where_nothing_is_set() -> None:
    found = exported(["set -eu", *shell_lines(ACCESS, "us-east-1")], "sh", {})
    assert found["NO_PROXY"] == found["no_proxy"] == "127.0.0.1,localhost"
    assert found["AWS_SECRET_ACCESS_KEY"] == "it's secret"


def test_credentials_and_files_of_the_user_are_out_of_reach() -> None:
    own = {"AWS_ACCESS_KEY_ID": "real", "AWS_CONFIG_FILE": "/home/me/.aws/config"}
    environment = command_environment(own, ACCESS, "eu-west-1")
    assert environment["AWS_ACCESS_KEY_ID"] == "AKIA2222"
    assert environment["AWS_CONFIG_FILE"] == "/dev/null"
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert environment["AWS_ENDPOINT_URL"] == environment["AWS_ENDPOINT_URL_S3"] == ACCESS.url


def test_no_proxy_is_used() -> None:
    environment = command_environment({"NO_PROXY": "example.com"}, ACCESS, "us-east-1")
    assert environment["NO_PROXY"] == "example.com,127.0.0.1,localhost"


def test_every_start_has_credentials_of_its_own() -> None:
    first, second = (Access.drawn("http://127.0.0.1:1") for _ in range(2))
    assert first.access_key_id != second.access_key_id
    assert first.secret_access_key != second.secret_access_key
    assert Access.from_line(first.to_line()) == first
