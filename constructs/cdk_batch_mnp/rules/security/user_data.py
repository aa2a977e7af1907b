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

_MULTIPART = re.compile(r"^content-type:\s*multipart/", re.IGNORECASE | re.MULTILINE)
_END_OF_HEADERS = re.compile(r"\r?\n[ \t]*\r?\n")


def is_multipart(user_data: str) -> bool:
    """Whether the headers of a text, up to its first empty line, say MIME multi-part."""
    headers = _END_OF_HEADERS.split(user_data.lstrip("\ufeff \t\r\n"), maxsplit=1)[0]
    return _MULTIPART.search(headers) is not None


@rule(
    ComputeEnvironment,
    "MNP413",
    "User data is in MIME multi-part format",
    severity=ERROR,
    why="Batch adds its own user data to that of the launch template, and can do so only to a "
    "multi-part text: with any other the environment becomes INVALID and starts nothing.",
    fix="Wrap the script as a part of a MIME multi-part text (MultipartUserData in the CDK).",
    source=sources.user_guide("launch-templates"),
)
def mime_multipart(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks at the headers of the launch template's user data, where its text is known.

    Environments on EKS are passed over: with some images they take other formats.
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
            message=f"the user data of {template.id} is no MIME multi-part text",
            actual=first if len(first) <= 40 else f"{first[:40]}...",
            expected="Content-Type: multipart/mixed in its headers",
        )
