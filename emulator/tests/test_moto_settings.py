"""What moto loads only once, or not at all."""

from __future__ import annotations

import json
import subprocess
import sys

from cdk_batch_mnp_emulator.account import ACCOUNT
from embedded import EmbeddedAws

PROGRAM = """
import json
from pathlib import PurePath

from botocore.loaders import JSONFileLoader

from cdk_batch_mnp_emulator import server

loaded = []
load = JSONFileLoader.load_file


def load_file(self, path):
    found = load(self, path)
    if found is not None:
        loaded.append("/".join(PurePath(path).parts[-3:]))
    return found


JSONFileLoader.load_file = load_file
server.prepare()

from cdk_batch_mnp_emulator import moto_settings

moto_settings.apply()
server.keep()

import boto3
from moto.backends import get_backend
from moto.iam import models

get_backend("iam")[moto_settings.ACCOUNT]
get_backend("ec2")[moto_settings.ACCOUNT]["us-east-1"]
boto3.client("ec2", region_name="us-east-1")
account = models.get_account_id_from("AKIAUNKNOWN")
iam = {each: list(partitions) for each, partitions in models.iam_backends.items()}
print(json.dumps([loaded, account, iam]))
"""


def test_the_api_of_ec2_and_the_endpoints_are_parsed_once_for_all_sessions() -> None:
    loaded, account, iam = json.loads(
        subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
        ).stdout
    )
    assert loaded.count("ec2/2016-11-15/service-2") == 1
    assert sum(each.endswith("/endpoints") for each in loaded) == 1
    assert account == ACCOUNT
    # A look-up of the account does not create IAM, with its managed policies, in any partition.
    assert iam == {ACCOUNT: []}


def test_a_key_of_a_role_in_another_account_acts_in_that_account(aws: EmbeddedAws) -> None:
    other = "210987654321"
    credentials = aws.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{other}:role/Visitor", RoleSessionName="test"
    )["Credentials"]
    import boto3

    visitor = boto3.client(
        "sts",
        region_name="us-east-1",
        endpoint_url=aws.url,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )
    assert visitor.get_caller_identity()["Account"] == other
    assert aws.client("sts").get_caller_identity()["Account"] == ACCOUNT
