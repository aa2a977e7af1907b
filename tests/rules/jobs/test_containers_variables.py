"""Which variables the containers of a job may have."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.container import RESERVED_PREFIX, EnvironmentVariable
from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.rules.jobs.definitions import TASK, ecs, sidecar, solver, written
from tests.rules.setups import containing, findings, ids


def variable(name: object, value: object = "1") -> dict[str, Any]:
    """Change a container's environment to this one variable."""
    return {"environment": (EnvironmentVariable(name=name, value=value),)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        pytest.param(variable("AWS_BATCH_JOB_NODE_INDEX"), ["MNP320"], id="one of Batch's breaks"),
        pytest.param(variable("AWS_BATCH_MINE"), ["MNP320"], id="so does one that might be"),
        pytest.param({"secrets": ("AWS_BATCH_KEY",)}, ["MNP320"], id="a secret is a variable too"),
        pytest.param(variable("MY_AWS_BATCH_QUEUE"), [], id="the name only contains it"),
        pytest.param(variable("AWS_REGION"), [], id="another of AWS's"),
        pytest.param(variable("aws_batch_mine"), [], id="names are case-sensitive"),
        pytest.param(variable(UNKNOWN), [], id="an unknown name"),
        pytest.param({"environment": (UNKNOWN,)}, [], id="an unknown variable"),
        pytest.param({"environment": UNKNOWN, "secrets": UNKNOWN}, [], id="unknown lists"),
    ],
)
def test_mnp320_reserved_names(changes: dict[str, Any], expected: list[str]) -> None:
    assert ids(containing(**changes)) == expected


def test_mnp320_says_which_container_and_list() -> None:
    reported = findings(
        written(ecs(solver, {**sidecar, "secrets": [{"name": "AWS_BATCH_KEY", "valueFrom": "a"}]}))
    )
    (finding,) = [each for each in reported if each.rule.id == "MNP320"]
    assert str(finding.property_path) == f"{TASK}.containers[1].secrets"
    assert finding.expected.endswith(RESERVED_PREFIX)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("DB_PASSWORD", "hunter2", id="a password"),
        pytest.param("PGPASSWORD", "123456", id="a password of digits"),
        pytest.param("dbPassword", "hunter2", id="camel case"),
        pytest.param("KEY_PASSPHRASE", "correct horse", id="a passphrase"),
        pytest.param("CLIENT_SECRET", "dGhlIHNlY3JldA", id="a secret"),
        pytest.param("CLIENT_SECRET", "3f2a7c1e-9b4d-4e6f-8a1b-2c3d4e5f6a7b", id="a UUID"),
        pytest.param("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG", id="a key of AWS"),
        pytest.param("WANDB_API_KEY", "0123456789abcdef", id="a key"),
        pytest.param("APIKEY", "0123456789abcdef", id="a key in one word"),
        pytest.param("HF_TOKEN", "hf_abcdefghij", id="a token"),
        pytest.param("MNP_SECRET", "0123456789abcdef", id="the secret of the launcher"),
        pytest.param("DB_PASSWORD", "{{resolve:secretsmanager:db}}", id="plain once deployed"),
    ],
)
def test_mnp321_secrets_in_plain_variables(name: str, value: str) -> None:
    job = containing(**variable(name, value))
    assert ids(job) == ["MNP321"]
    (finding,) = findings(job)
    assert value not in str(finding)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("TOKENIZERS_PARALLELISM", "false", id="tokenizers"),
        pytest.param("MAX_TOKENS", "4096", id="a number of tokens"),
        pytest.param("PAD_TOKEN", "<|pad|>", id="a token of a model"),
        pytest.param("MASK_TOKEN", "[MASK]", id="a token in brackets"),
        pytest.param("EOS_TOKEN", "50256", id="a token by its number"),
        pytest.param("MYSQL_ALLOW_EMPTY_PASSWORD", "yes", id="a switch"),
        pytest.param("USE_API_KEY", "0", id="a switch in digits"),
        pytest.param("NCCL_SECRETIVE_MODE", "quiet", id="a longer word"),
        pytest.param("SECRET_NAME", "prod/db", id="a name of a secret"),
        pytest.param("DB_SECRET", "prod/db", id="a path in the secrets manager"),
        pytest.param("DB_SECRET", "solver-database-secret", id="a name in the secrets manager"),
        pytest.param("DB_SECRET", "arn:aws:secretsmanager:eu-west-1:1:secret:db", id="an ARN"),
        pytest.param("DB_PASSWORD", "/run/secrets/db", id="a path"),
        pytest.param("HF_TOKEN", "s3://bucket/token", id="an address"),
        pytest.param("HF_TOKEN", "Ref::token", id="a placeholder of Batch"),
        pytest.param("HF_TOKEN", "${HF_TOKEN}", id="a placeholder of the shell"),
        pytest.param("HF_TOKEN", "", id="empty"),
        pytest.param("HF_TOKEN", UNKNOWN, id="a value from elsewhere"),
        pytest.param("HF_TOKEN", None, id="no value"),
        pytest.param(UNKNOWN, "hunter2", id="an unknown name"),
    ],
)
def test_mnp321_variables_that_are_no_secrets(name: object, value: object) -> None:
    assert ids(containing(**variable(name, value))) == []


def test_mnp321_looks_into_every_container() -> None:
    (finding,) = findings(
        written(ecs(solver, {**sidecar, "environment": [{"name": "HF_TOKEN", "value": "hf_a"}]}))
    )
    assert finding.rule.id == "MNP321"
    assert str(finding.property_path) == f"{TASK}.containers[1].environment"
