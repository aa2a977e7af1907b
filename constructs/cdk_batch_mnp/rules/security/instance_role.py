"""Rules about what containers can do with the role of the instance that they run on."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from cdk_batch_mnp.engine.finding import Violation
from cdk_batch_mnp.engine.rule import WARNING, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.environment_fit import runs_multi_node_jobs
from cdk_batch_mnp.rules.environments.images import image_types
from cdk_batch_mnp.rules.security.scripts import commands_of, runs_code_from_elsewhere

SETTING = "ECS_AWSVPC_BLOCK_IMDS"

# A line break that printf writes stands before the name as a letter.
_NAMED = re.compile(rf"(?:\b|(?<=\\n))(?:{SETTING}|awsvpc-block-imds)\b")
_SET = re.compile(rf"{_NAMED.pattern}[\"']?\s*[=:]\s*[\"']?([\w$%]*)")
_WORD = re.compile(r"\w+")
_OVERWRITES = re.compile(
    r"""
    (?:^|&&|;)[ \t]*+(?:sudo[ \t]++)?+
    (?:
        rm[ \t]++(?:-\w++[ \t]++)*+
      | (?:(?:echo|printf|cat|true|:)\b[^\n]{0,500}?)?(?<!>)>[ \t]*+
      | [^\n|]{0,500}+\|[ \t]*+(?:sudo[ \t]++)?+tee[ \t]++
    )
    ["']?/etc/ecs/ecs\.config(?![\w.-])
    """,
    re.VERBOSE | re.MULTILINE,
)
# The ECS agent is written in Go, whose ParseBool takes these; any other word leaves it off.
_ON = frozenset({"1", "t", "T", "true", "True", "TRUE"})


@rule(
    ComputeEnvironment,
    "MNP606",
    "Containers cannot reach the instance role",
    severity=WARNING,
    why="Multi-node parallel jobs run in awsvpc mode. Unless the ECS agent is set to block it, "
    "their containers reach the instance metadata service, whatever the hop limit is, and with it "
    "the credentials of the instance role: it can pull every image, write to every log group and "
    "deregister instances.",
    fix="Write ECS_AWSVPC_BLOCK_IMDS=true to /etc/ecs/ecs.config in the launch template's user "
    "data (a script in a MIME multi-part text runs before the agent starts), and give jobs a job "
    "role.",
    source=sources.ecs("ecs-agent-config"),
)
def instance_role_out_of_reach(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Looks for ECS_AWSVPC_BLOCK_IMDS in the launch template's user data; the last one counts.

    A later line that overwrites /etc/ecs/ecs.config undoes it. The rule is silent where the setting
    may be made out of sight: an image that is not Batch's own, user data that is not known or that
    fetches or runs other files, a launch template for some types. Environments on EKS have no ECS
    agent.
    """
    if environment.is_eks is not False or runs_multi_node_jobs(environment) is not True:
        return
    template = environment.launch_template
    if template is UNKNOWN or image_types(environment) is UNKNOWN:
        return
    said = _said(None if template is None else template.user_data)
    if said is None:
        return
    if template is None:
        said = f"has no launch template that sets {SETTING}"
    place = environment.id if template is None else f"the user data of {template.id}"
    yield Violation(
        resource=environment,
        property_path="computeResources.launchTemplate",
        message=f"containers reach the credentials of the instance role: {place} {said}",
        actual=said,
        expected=f"{SETTING}=true",
    )


def _said(user_data: Maybe[str] | None) -> str | None:
    """What user data does instead of setting the agent; ``None`` if it sets it, or may."""
    if user_data is UNKNOWN:
        return None
    text = commands_of(user_data or "")
    last = deque(_SET.finditer(text), maxlen=1)
    if not last and _NAMED.search(text):
        return None  # It may be put together with its value in another way, by printf for one.
    if not last:
        said = f"does not set {SETTING}"
    elif _WORD.fullmatch(last[0][1]) and last[0][1] not in _ON:
        said = f"sets {SETTING}={last[0][1]}"
    elif last[0][1] in _ON and _OVERWRITES.search(text, last[0].end()):
        said = f"sets {SETTING}, and then overwrites /etc/ecs/ecs.config"
    else:
        return None
    return None if runs_code_from_elsewhere(text) else said
