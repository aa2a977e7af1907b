"""What moto loads only once, or not at all."""

from __future__ import annotations

import json
import subprocess
import sys

from cdk_batch_mnp_emulator.account import ACCOUNT
from embedded import EmbeddedAws

PROGRAM = """
import inspect
import json
import os
from pathlib import PurePath

from botocore.loaders import JSONFileLoader

loaded = []
load = JSONFileLoader.load_file


def load_file(self, path):
    found = load(self, path)
    if found is not None:
        loaded.append("/".join(PurePath(path).parts[-3:]))
    return found


JSONFileLoader.load_file = load_file
from cdk_batch_mnp_emulator import server

server.load()

import boto3
from cdk_batch_mnp_emulator import moto_settings
from cdk_batch_mnp_emulator.account import ACCOUNT
from moto.backends import get_backend
from moto.iam import models

moto_settings.apply()
get_backend("iam")[ACCOUNT]
get_backend("ec2")[ACCOUNT]["us-east-1"]
boto3.client("ec2", region_name="us-east-1")
account = models.get_account_id_from("AKIAUNKNOWN")
iam = {each: list(partitions) for each, partitions in models.iam_backends.items()}

from moto import backends
from moto.core import responses
from moto.ec2.responses import EC2Response

responses.method_names_from_class(EC2Response)
from botocore.loaders import Loader
from moto.core.utils import get_service_model

for service in ("sqs", "sns", "events"):
    get_service_model(service)
listed = []
list_services = Loader.list_available_services


def list_again(self, type_name):
    before = len(self._cache)
    found = list_services(self, type_name)
    listed.extend([type_name] * (len(self._cache) - before))
    return found


Loader.list_available_services = list_again
get_service_model("ssm")

looked_up_again = []
os.listdir = inspect.getmembers = lambda *_, **__: looked_up_again.append(1)
for _ in range(2):
    assert "describe_vpcs" in responses.method_names_from_class(EC2Response)
    assert "ec2" in backends.list_of_moto_modules()
print(json.dumps([loaded, account, iam, listed, len(looked_up_again)]))
"""


def test_what_moto_asks_for_again_and_again_is_loaded_once() -> None:
    # The first sessions are created while moto is imported.
    loaded, account, iam, listed, looked_up_again = json.loads(
        subprocess.run(
            [sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True
        ).stdout
    )
    assert loaded.count("ec2/2016-11-15/service-2") == 1
    assert sum(each.endswith("/endpoints") for each in loaded) == 1
    assert account == ACCOUNT
    # A look-up of the account does not create IAM, with its managed policies, in any partition.
    assert iam == {ACCOUNT: []}
    # All services are listed for the first one alone.
    assert listed == []
    assert looked_up_again == 0


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
