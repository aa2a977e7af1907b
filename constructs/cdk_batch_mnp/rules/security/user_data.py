"""Rules about the user data of launch templates."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import (
    LAUNCH_TEMPLATE,
    ComputeEnvironment,
)
from cdk_batch_mnp.model.unknown import has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.listed_types import has_instances

_MULTIPART = r"(?im)^content-type:\s*multipart/"
_END_OF_HEADERS = r"\r?\n[ \t]*\r?\n"


def is_multipart(user_data: str) -> bool:
    """Return whether the headers of a text, up to its first empty line, are MIME multi-part."""
    headers = re.split(_END_OF_HEADERS, user_data.lstrip("\ufeff \t\r\n"), maxsplit=1)[0]
    return re.search(_MULTIPART, headers) is not None


@rule(
    ComputeEnvironment,
    "MNP413",
    "User data is in MIME multi-part format",
    severity=ERROR,
    why="AWS Batch merges its own user data with the launch template's, which requires MIME "
    "multi-part format. With any other format, the environment becomes INVALID and launches "
    "nothing.",
    fix="Wrap the script in a MIME multi-part message (MultipartUserData in the CDK).",
    source=sources.user_guide("launch-templates"),
)
def mime_multipart(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Checks the headers of the launch template's user data. Silent if its text is unknown.

    Environments on EKS are skipped: some of their images use other formats.
    """
    template = environment.launch_template
    if environment.is_eks is not False or not has_instances(environment):
        return
    if not has_value(template) or not has_value(template.user_data):
        return
    text = template.user_data
    if text.strip() and not is_multipart(text):
        first = text.strip().splitlines()[0]
        yield Violation(
            resource=environment,
            property_path=LAUNCH_TEMPLATE / "userData",
            message=f"the user data of {template.id} is not in MIME multi-part format",
            actual=first if len(first) <= 40 else f"{first[:40]}...",
            expected="a Content-Type: multipart/mixed header",
        )
