"""Rules about containers that reach the instance role."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import WARNING, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import (
    LAUNCH_TEMPLATE,
    ComputeEnvironment,
)
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.environment_fit import runs_multi_node_jobs
from cdk_batch_mnp.rules.environments.images import image_types
from cdk_batch_mnp.rules.security.scripts import commands_of, runs_code_from_elsewhere

SETTING = "ECS_AWSVPC_BLOCK_IMDS"

# A line break that printf writes stands before the name as a letter.
_NAMED = rf"(?:\b|(?<=\\n))(?:{SETTING}|awsvpc-block-imds)\b"
_SET = rf"{_NAMED}[\"']?\s*[=:]\s*[\"']?([\w$%]*)"
_WORD = r"\w+"
_OVERWRITES = r"""(?xm)
    (?:^|&&|;)[ \t]*+(?:sudo[ \t]++)?+
    (?:
        rm[ \t]++(?:-\w++[ \t]++)*+
      | (?:(?:echo|printf|cat|true|:)\b[^\n]{0,500}?)?(?<!>)>[ \t]*+
      | [^\n|]{0,500}+\|[ \t]*+(?:sudo[ \t]++)?+tee[ \t]++
    )
    ["']?/etc/ecs/ecs\.config(?![\w.-])
    """
# The ECS agent is written in Go, whose ParseBool accepts these; any other word means false.
_ON = frozenset({"1", "t", "T", "true", "True", "TRUE"})


@rule(
    ComputeEnvironment,
    "MNP606",
    "Containers cannot reach the instance role",
    severity=WARNING,
    why="Multi-node parallel jobs use the awsvpc network mode. Unless the ECS agent blocks it, "
    "their containers reach the instance metadata service, whatever the hop limit, and with it the "
    "credentials of the instance role, which can pull every image, write to every log group and "
    "deregister instances.",
    fix="Write ECS_AWSVPC_BLOCK_IMDS=true to /etc/ecs/ecs.config in the launch template's user "
    "data (a script in a MIME multi-part message runs before the agent starts), and set a job "
    "role.",
    source=sources.ecs("ecs-agent-config"),
)
def instance_role_out_of_reach(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Violation]:
    """Looks for ECS_AWSVPC_BLOCK_IMDS in the launch template's user data. The last setting counts.

    A later line that overwrites /etc/ecs/ecs.config undoes it. Silent if the setting may be
    made elsewhere: in a custom AMI, in user data that is unknown or that downloads or runs
    other files, or in launch template overrides. Environments on EKS have no ECS agent.
    """
    if environment.is_eks is not False or runs_multi_node_jobs(environment) is not True:
        return
    template = environment.launch_template
    if template is UNKNOWN or image_types(environment) is UNKNOWN:
        return
    problem = _problem(None if template is None else template.user_data)
    if problem is None:
        return
    if template is None:
        problem = f"has no launch template that sets {SETTING}"
    place = environment.id if template is None else f"the user data of {template.id}"
    yield Violation(
        resource=environment,
        property_path=LAUNCH_TEMPLATE,
        message=f"containers can reach the credentials of the instance role: {place} {problem}",
        actual=problem,
        expected=f"{SETTING}=true",
    )


def _problem(user_data: Maybe[str] | None) -> str | None:
    """Return why user data does not block access; ``None`` if it does, or may."""
    if user_data is UNKNOWN:
        return None
    text = commands_of(user_data or "")
    last = deque(re.finditer(_SET, text), maxlen=1)
    if not last and re.search(_NAMED, text):
        return None  # It may get its value in another way, such as with printf.
    if not last:
        problem = f"does not set {SETTING}"
    elif re.fullmatch(_WORD, last[0][1]) and last[0][1] not in _ON:
        problem = f"sets {SETTING}={last[0][1]}"
    elif last[0][1] in _ON and re.compile(_OVERWRITES).search(text, last[0].end()):
        problem = f"sets {SETTING}, and then overwrites /etc/ecs/ecs.config"
    else:
        return None
    return None if runs_code_from_elsewhere(text) else problem
