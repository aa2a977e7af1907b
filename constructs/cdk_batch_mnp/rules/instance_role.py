"""Rules about what containers can do with the role of the instance that they run on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.finding import Hit
from cdk_batch_mnp.rules.images import image_types
from cdk_batch_mnp.rules.listed_types import has_instances
from cdk_batch_mnp.rules.rule import WARNING, rule
from cdk_batch_mnp.rules.scripts import commands_of, runs_code_from_elsewhere

SETTING = "ECS_AWSVPC_BLOCK_IMDS"

_SET = re.compile(rf"\b(?:{SETTING}|awsvpc-block-imds)\b[\"']?\s*[=:]\s*[\"']?([\w$%]*)")
# The ECS agent is written in Go, whose ParseBool takes these.
_ON = frozenset({"1", "t", "T", "true", "True", "TRUE"})
_OFF = frozenset({"0", "f", "F", "false", "False", "FALSE"})


@rule(
    ComputeEnvironment,
    "MNP606",
    "Containers cannot reach the instance role",
    severity=WARNING,
    why="Multi-node parallel jobs run in awsvpc mode. Unless the ECS agent is set to block it, "
    "their containers reach the instance metadata service, whatever the hop limit is, and with it "
    "the credentials of the instance role: it can pull every image, write to every log group and "
    "deregister instances.",
    mend="Write ECS_AWSVPC_BLOCK_IMDS=true to /etc/ecs/ecs.config in the launch template's user "
    "data (a script in a MIME multi-part text runs before the agent starts), and give jobs a job "
    "role.",
    source=sources.ecs("ecs-agent-config"),
)
def instance_role_out_of_reach(
    environment: ComputeEnvironment, catalogue: Catalogue
) -> Iterator[Hit]:
    """Looks for ECS_AWSVPC_BLOCK_IMDS in the launch template's user data; the last one counts.

    It is silent where the setting may be made out of sight: an image that is not Batch's own, user
    data that is not known or that fetches or runs other files, a launch template for some types.
    Environments on EKS have no ECS agent.
    """
    if environment.is_eks is not False or not has_instances(environment):
        return
    template = environment.launch_template
    if template is UNKNOWN or image_types(environment) is UNKNOWN:
        return
    text = None if template is None else template.user_data
    blocked, seen = _is_blocked(text)
    if blocked is False:
        place = "no launch template" if template is None else f"the user data of {template.id}"
        yield Hit(
            resource=environment,
            property_path="computeResources.launchTemplate",
            message="containers reach the credentials of the instance role: "
            + (
                f"{place} sets {SETTING} to {seen}"
                if seen
                else f"there is {place} that sets {SETTING}"
                if template is None
                else f"{place} does not set {SETTING}"
            ),
            seen=f"{SETTING}={seen}" if seen else "nothing, which means false",
            limit=f"{SETTING}=true",
        )


def _is_blocked(user_data: Maybe[str] | None) -> tuple[Maybe[bool], str]:
    """Whether the agent keeps containers from the instance role, and what the text says."""
    if user_data is UNKNOWN:
        return UNKNOWN, ""
    text = commands_of(user_data or "")
    said = [each[1] for each in _SET.finditer(text)]
    if not said:
        return (UNKNOWN if runs_code_from_elsewhere(text) else False), ""
    value = said[-1]
    if value in _ON:
        return True, value
    if value in _OFF:
        return (UNKNOWN if runs_code_from_elsewhere(text) else False), value
    return UNKNOWN, value
