"""A command is sent to the embedded AWS, and knows nothing of a real account."""

from __future__ import annotations

import pytest

from cdk_batch_mnp.local.variables import command_environment

URL = "http://127.0.0.1:4566"


@pytest.mark.parametrize(
    "theirs",
    [
        {"AWS_PROFILE": "production"},
        {"AWS_SESSION_TOKEN": "secret"},
        {"AWS_ROLE_ARN": "arn:aws:iam::111122223333:role/admin"},
        {"AWS_WEB_IDENTITY_TOKEN_FILE": "/token"},
        {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2"},
        {"AWS_ENDPOINT_URL_BATCH": "https://batch.example.com"},
        {"CDK_DEFAULT_ACCOUNT": "111122223333"},
    ],
    ids=lambda each: next(iter(each)),
)
def test_nothing_that_leads_to_a_real_account_is_kept(theirs: dict[str, str]) -> None:
    environment = command_environment({"PATH": "/bin", **theirs}, URL, "us-east-1")
    assert set(theirs) & set(environment) == set()
    assert environment["PATH"] == "/bin"


def test_credentials_and_files_of_the_user_are_out_of_reach() -> None:
    own = {"AWS_ACCESS_KEY_ID": "real", "AWS_CONFIG_FILE": "/home/me/.aws/config"}
    environment = command_environment(own, URL, "eu-west-1")
    assert environment["AWS_ACCESS_KEY_ID"] == "embedded"
    assert environment["AWS_CONFIG_FILE"] == "/dev/null"
    assert environment["AWS_SHARED_CREDENTIALS_FILE"] == "/dev/null"
    assert environment["AWS_EC2_METADATA_DISABLED"] == "true"
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert environment["AWS_ENDPOINT_URL"] == environment["AWS_ENDPOINT_URL_S3"] == URL


def test_no_proxy_stands_between() -> None:
    environment = command_environment({"NO_PROXY": "example.com"}, URL, "us-east-1")
    assert environment["NO_PROXY"] == "example.com,127.0.0.1,localhost"
