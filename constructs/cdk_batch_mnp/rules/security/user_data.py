"""Rules about the user data of launch templates."""

from __future__ import annotations

from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import (
    LAUNCH_TEMPLATE,
    ComputeEnvironment,
)
from cdk_batch_mnp.model.launch_template import NAME_PART, UNKNOWN_PART, Encoding
from cdk_batch_mnp.model.unknown import has_value
from cdk_batch_mnp.model.user_data import MAX_BYTES, format_faults
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.listed_types import has_instances

_USER_DATA = LAUNCH_TEMPLATE / "userData"


@rule(
    ComputeEnvironment,
    "MNP413",
    "User data is in MIME multi-part format",
    severity=ERROR,
    why="AWS Batch merges its own user data with the launch template's, which requires MIME "
    "multi-part format. With any other format, the environment becomes INVALID and launches "
    "nothing.",
    fix="Wrap the script in a MIME multi-part message (MultipartUserData in the CDK). The header "
    "begins with the first character, and names the boundary that comes before each part.",
    source=sources.user_guide("launch-templates"),
)
def mime_multipart(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Reads the launch template's user data with a MIME parser.

    Compressed user data is a warning: no document states that AWS Batch decompresses it. Silent if
    the header is unknown. Environments on EKS are skipped: some of their images use other formats.
    """
    template = environment.launch_template
    if has_value(template) and template.encoding is Encoding.GZIP and _is_merged(environment):
        yield Violation(
            resource=environment,
            property_path=_USER_DATA,
            message=f"the user data of {template.id} is compressed",
            actual="gzip",
            expected="a Content-Type: multipart/mixed header",
            severity=WARNING,
        )
    yield from _violations(environment, is_multipart=False)


@rule(
    ComputeEnvironment,
    "MNP418",
    "All parts of the user data run",
    severity=WARNING,
    why="cloud-init skips a part whose header it cannot read, whose type it does not know, or "
    "whose script has no interpreter. The nodes start without what the part sets up, and no error "
    "says so.",
    fix="Begin each part with its header on the line after the boundary, then an empty line, then "
    "the text; a script's text begins with #!/bin/bash. End with the boundary and two hyphens.",
    source=sources.ec2("user-data"),
)
def parts_run(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the header, the type and the first line of each part, and the closing boundary.

    Types are those of cloud-init's documentation of user data formats.

    Silent about parts that are partly unknown there, and about types of parts if a part handler
    of the user data may take them. Environments on EKS are skipped.
    """
    yield from _violations(environment, is_multipart=True)


@rule(
    ComputeEnvironment,
    "MNP419",
    "User data is Base64 and at most 16 KiB",
    severity=ERROR,
    why="Amazon EC2 rejects a launch template whose user data is not Base64, or is larger than "
    "16 KiB before Base64. AWS Batch adds its own part to it.",
    fix="Encode the text with Fn::Base64. Move long scripts to the image or to Amazon S3.",
    source="https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/"
    "aws-properties-ec2-launchtemplate-launchtemplatedata.html",
)
def encoded_user_data(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks that the user data of the launch template is Base64, and its size.

    Unknown parts count as empty. Silent if nothing of the user data is known.
    """
    template = environment.launch_template
    if not has_value(template) or not has_instances(environment):
        return
    if template.encoding is Encoding.NONE:
        yield Violation(
            resource=environment,
            property_path=_USER_DATA,
            message=f"the user data of {template.id} is not Base64",
            actual="plain text",
            expected="Fn::Base64 around the text",
        )
    if has_value(template.user_data):
        size = len(_known(template.user_data).encode(errors="replace"))
        if size > MAX_BYTES:
            yield Violation(
                resource=environment,
                property_path=_USER_DATA,
                message=f"the user data of {template.id} has {size} bytes",
                actual=size,
                expected=f"at most {MAX_BYTES} bytes",
            )


def _known(text: str) -> str:
    return text.replace(UNKNOWN_PART, "").replace(NAME_PART, "")


def _is_merged(environment: ComputeEnvironment) -> bool:
    return environment.is_eks is False and has_instances(environment)


def _violations(environment: ComputeEnvironment, *, is_multipart: bool) -> Iterator[Violation]:
    template = environment.launch_template
    if not _is_merged(environment) or not has_value(template) or not has_value(template.user_data):
        return
    for fault in format_faults(template.user_data):
        if fault.is_multipart is is_multipart:
            yield Violation(
                resource=environment,
                property_path=_USER_DATA,
                message=f"the user data of {template.id} {fault.problem}",
                actual=fault.actual,
                expected=fault.expected,
            )
