"""Finds job definitions and job queues by the names that people have for them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cdk_batch_mnp_emulator.account import last_part
from cdk_batch_mnp_emulator.cloudformation.template import parse
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.run.assembly import StackToDeploy

DEFINITION = "AWS::Batch::JobDefinition"
QUEUE = "AWS::Batch::JobQueue"

_NESTED = "AWS::CloudFormation::Stack"
_PATH = "aws:cdk:path"
_LABEL = re.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,127}")
_LEAVES = ("/Resource", "/Default")
"""What the CDK puts at the end of the path of a construct's own resource."""


class ChoiceError(Exception):
    """No resource has a name, or several have it; the message lists what there is."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A deployed job definition or job queue.

    Attributes:
        region: Where it is.
        arn: Its ARN.
        logical_id: In its template.
        path: Of its construct, or empty.
        outputs: Keys and export names of stack outputs that are its ARN or name.
    """

    region: str
    arn: str
    logical_id: str
    path: str
    outputs: tuple[str, ...]

    @property
    def name(self) -> str:
        """Its name, without a revision."""
        return last_part(self.arn).partition(":")[0]

    @property
    def label(self) -> str:
        """A short name that a job can have, too: the id of its construct, or its logical id."""
        ids = [each for each in self.path.split("/") if _LABEL.fullmatch(each)]
        return ids[-1] if ids and self.path.endswith(ids[-1]) else self.logical_id

    @property
    def _names(self) -> set[str]:
        return {self.logical_id, self.path, self.arn, self.name, last_part(self.arn), *self.outputs}

    def has(self, name: str) -> bool:
        """Whether a name is one of its names."""
        return name in self._names

    def is_inside(self, name: str) -> bool:
        """Whether a name is the end of its construct path, such as ``Cluster/Solver``."""
        return f"/{self.path}".endswith(f"/{name}")

    def __str__(self) -> str:
        """Return all of its names."""
        named = (self.path, f"name {self.name}", *(f"output {key}" for key in self.outputs))
        return ", ".join((self.logical_id, *filter(None, named)))


def deployed(endpoint: Endpoint, stacks: Sequence[StackToDeploy]) -> dict[str, list[Deployed]]:
    """Return the job definitions and job queues of stacks, nested stacks included, by type."""
    found: dict[str, list[Deployed]] = {DEFINITION: [], QUEUE: []}
    for stack in stacks:
        cloudformation = endpoint.client("cloudformation", stack.region)
        for resource_type, resource in _resources(cloudformation, stack.region, stack.name):
            found[resource_type].append(resource)
    return found


def choose(found: Sequence[Deployed], name: str | None, *, what: str, option: str) -> Deployed:
    """Return the resource that has a name, or the only one if no name is asked for.

    Args:
        found: To choose from.
        name: A logical id, a construct path or the end of one, a resource name, an ARN, or the key
            of an output.
        what: The kind of resource, for the message.
        option: That a name comes from.

    Raises:
        ChoiceError: There is not exactly one.
    """
    if not found:
        raise ChoiceError(f"the templates have no {what}")
    if name is None:
        matching, wrong = list(found), f"the templates have several {what}s: choose with {option}"
    else:
        matching = [each for each in found if each.has(name)]
        path = _without_leaf(name.strip("/"))
        matching = matching or [each for each in found if path and each.is_inside(path)]
        wrong = (
            f"{option} {name} matches several {what}s"
            if matching
            else f"{option} {name} matches no {what}"
        )
    if len(matching) == 1:
        return matching[0]
    return _refuse(wrong, matching or found)


def _refuse(wrong: str, found: Sequence[Deployed]) -> Deployed:
    raise ChoiceError("\n".join([f"{wrong}:", *(f"  {each}" for each in found)]))


def _without_leaf(path: str) -> str:
    for leaf in _LEAVES:
        path = path.removesuffix(leaf)
    return path


def _resources(cloudformation: Any, region: str, stack: str) -> Iterator[tuple[str, Deployed]]:
    described = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]
    body = cloudformation.get_template(StackName=stack)["TemplateBody"]
    template = parse(body) if isinstance(body, str) else body
    for resource in cloudformation.describe_stack_resources(StackName=stack)["StackResources"]:
        type, arn = resource["ResourceType"], resource.get("PhysicalResourceId", "")
        if type == _NESTED:
            yield from _resources(cloudformation, region, arn)
        elif type in {DEFINITION, QUEUE}:
            metadata = (
                template["Resources"].get(resource["LogicalResourceId"], {}).get("Metadata", {})
            )
            path = _without_leaf(str(metadata.get(_PATH, "")))
            names = {arn, last_part(arn), last_part(arn).partition(":")[0]}
            outputs = tuple(
                name
                for output in described.get("Outputs", [])
                if output["OutputValue"] in names
                for name in (output["OutputKey"], output.get("ExportName"))
                if name
            )
            yield type, Deployed(region, arn, resource["LogicalResourceId"], path, outputs)
