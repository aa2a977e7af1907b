"""Functions for Node.js have the AWS SDK, as on AWS, without installing it."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest

from embedded import EmbeddedAws
from functions.python_function import create_function


def run(aws: EmbeddedAws, text: str, event: Any = None, **files: str) -> Any:
    function = create_function(aws, text, runtime="nodejs22.x", Timeout=60, files=files)
    answer = aws.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event))
    return json.loads(answer["Payload"].read())


COMMANDS = """
    import { NoSuchKey, S3, S3Client, GetObjectCommand, PutObjectCommand, paginateListObjectsV2,
             waitUntilBucketExists } from "@aws-sdk/client-s3";
    import { fromEnv } from "@aws-sdk/credential-providers";
    export const handler = async (Bucket) => {
      const client = new S3Client({ credentials: fromEnv() });
      const waited = await waitUntilBucketExists({ client, maxWaitTime: 5 }, { Bucket });
      await client.send(new PutObjectCommand({ Bucket, Key: "key", Body: Buffer.from("hé") }));
      const got = await client.send(new GetObjectCommand({ Bucket, Key: "key" }));
      const keys = [];
      for await (const page of paginateListObjectsV2({ client }, { Bucket })) {
        keys.push(...page.Contents.map((each) => each.Key));
      }
      let error;
      try { await new S3().getObject({ Bucket, Key: "none" }); } catch (own) { error = own; }
      return {
        body: await got.Body.transformToString(),
        isDate: got.LastModified instanceof Date,
        isOfClass: error instanceof NoSuchKey,
        keys,
        name: error.name,
        region: await client.config.region(),
        state: waited.state,
        status: error.$metadata.httpStatusCode,
      };
    };
"""


def test_commands_clients_pages_waiters_and_errors(aws: EmbeddedAws) -> None:
    bucket = f"bucket-{uuid.uuid4().hex[:8]}"
    aws.client("s3").create_bucket(Bucket=bucket)
    assert run(aws, COMMANDS, bucket) == {
        "body": "hé",
        "isDate": True,
        "isOfClass": True,
        "keys": ["key"],
        "name": "NoSuchKey",
        "region": "us-east-1",
        "state": "SUCCESS",
        "status": 404,
    }
    content = aws.client("s3").get_object(Bucket=bucket, Key="key")["Body"].read()
    assert content.decode() == "hé"


def test_a_module_requires_packages_by_names_that_it_makes(aws: EmbeddedAws) -> None:
    # As the handler of AwsCustomResource does. Packages are named otherwise than in boto3.
    text = """
        import { createRequire } from "node:module";
        export const handler = async (names) => {
          const require = createRequire(import.meta.url);
          return names.map((name) => Object.keys(require(`@aws-sdk/client-${name}`))[0]);
        };
    """
    names = ["cloudwatch-logs", "sfn", "route-53", "secrets-manager", "lambda"]
    assert run(aws, text, names) == [
        "CloudWatchLogsClient",
        "SFNClient",
        "Route53Client",
        "SecretsManagerClient",
        "LambdaClient",
    ]


def test_a_wrong_parameter_is_an_error_of_the_call(aws: EmbeddedAws) -> None:
    text = """
        import { SSM } from "@aws-sdk/client-ssm";
        export const handler = () => new SSM({}).getParameter({ Nonsense: 1 });
    """
    payload = run(aws, text)
    assert payload["errorType"] == "ParamValidationError"
    assert 'Missing required parameter in input: "Name"' in payload["errorMessage"]


@pytest.mark.parametrize("package", ["lib-dynamodb", "client-nonsense"])
def test_a_package_that_is_not_there_is_named(aws: EmbeddedAws, package: str) -> None:
    text = f"""
        import {{ createRequire }} from "node:module";
        export const handler = async () => createRequire(import.meta.url)("@aws-sdk/{package}");
    """
    payload = run(aws, text)
    assert f"the embedded AWS has no @aws-sdk/{package}: bundle it" in payload["errorMessage"]


def test_what_a_function_brings_itself_is_used(aws: EmbeddedAws) -> None:
    text = """
        import { own } from "@aws-sdk/client-s3";
        export const handler = async () => own;
    """
    files = {
        "node_modules/@aws-sdk/client-s3/package.json": '{"type": "module", "main": "own.js"}',
        "node_modules/@aws-sdk/client-s3/own.js": "export const own = 'mine';",
    }
    assert run(aws, text, **files) == "mine"


def test_a_handler_without_a_promise_goes_on_to_its_end(aws: EmbeddedAws) -> None:
    text = """
        export const handler = (event, context) => {
          setTimeout(() => context.succeed("late"), 50);
        };
    """
    assert run(aws, text) == "late"
    assert run(aws, "export const handler = () => {};") is None
