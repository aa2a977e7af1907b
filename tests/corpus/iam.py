"""Roles, policies and keys of templates."""

from __future__ import annotations

from typing import Any

LINKED = "arn:aws:iam::${AWS::AccountId}:role/aws-service-role/"


def arn_of(name: str) -> dict[str, Any]:
    return {"Fn::GetAtt": [name, "Arn"]}


def sub(text: str) -> dict[str, str]:
    return {"Fn::Sub": text}


def managed(name: str) -> str:
    return f"arn:aws:iam::aws:policy/{name}"


def statement(*actions: Any, on: Any = "*", effect: str = "Allow", **more: Any) -> dict[str, Any]:
    return {"Effect": effect, "Action": list(actions), "Resource": on, **more}


def policy(*statements: Any) -> dict[str, Any]:
    return {
        "PolicyName": "own",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)},
    }


def trust(service: Any, **more: Any) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}}
    return {"Version": "2012-10-17", "Statement": [{**allowed, **more}]}


def role(service: Any, **properties: Any) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": trust(service), **properties},
    }


BATCH = [managed("service-role/AWSBatchServiceRole")]


def service_role(service: Any = "batch.amazonaws.com", **properties: Any) -> dict[str, Any]:
    """An environment with its own service role, which CloudFormation replaces on update."""
    return {
        "Environment.ReplaceComputeEnvironment": True,
        "Environment.ServiceRole": arn_of("ServiceRole"),
        "ServiceRole": role(service, **properties),
    }


def key(*statements: Any) -> dict[str, Any]:
    whole = {
        "Effect": "Allow",
        "Action": "kms:*",
        "Resource": "*",
        "Principal": {"AWS": sub("arn:aws:iam::${AWS::AccountId}:root")},
    }
    return {
        "Type": "AWS::KMS::Key",
        "Properties": {"KeyPolicy": {"Statement": [whole, *statements]}},
    }
