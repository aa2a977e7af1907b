"""Rules about instance types that may not exist."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Severity, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.instances.catalogue import INSTANCES_CONTEXT
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.model.node_group import NODE_RANGES
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.spelling import spelling_of
from cdk_batch_mnp.model.unknown import has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.listed_types import BUNDLES, listed

_TYPES = COMPUTE_RESOURCES / "instanceTypes"
_PART = r"[a-z0-9]+(-[a-z0-9]+)*"
_FAMILY = rf"[a-z]{_PART}"
_TYPE = rf"[a-z]{_PART}\.{_PART}"


def _is_known(name: str, catalogue: Catalogue) -> bool:
    if "." in name:
        return catalogue.exists(name)
    return name in BUNDLES or bool(catalogue.family(name))


def _unknown_type(
    name: str, resource: Resource, path: PropertyPath, catalogue: Catalogue
) -> Violation:
    is_name = re.fullmatch(_TYPE if "." in name else _FAMILY, name) is not None
    what = "instance type" if "." in name else "instance family"
    known = catalogue.names() if "." in name else catalogue.families()
    near = spelling_of(known).nearest(name.lower())
    hint = f" Did you mean {near}?" if near else ""
    severity: Severity = WARNING
    message = f"the catalogue does not know the {what} {name}"
    if not is_name:
        severity = ERROR
        message = f"{name!r} is not a valid {what}"
    return Violation(
        resource=resource,
        property_path=path,
        message=message,
        actual=name,
        expected="a known instance type",
        fix="Check the spelling. For a new type, write a newer catalogue with "
        "`cdk-batch-mnp instances refresh`: a CDK app uses the one that its context "
        f"{INSTANCES_CONTEXT} names, and the command that of --instances. A cluster also accepts "
        f"vcpus_per_node.{hint}"
        if is_name
        else f"Correct the name. Instance types have lower-case letters and digits, such as "
        f"c5.18xlarge.{hint}",
        severity=severity,
    )


@rule(
    ComputeEnvironment,
    "MNP115",
    "Instance types exist",
    severity=WARNING,
    why="AWS Batch never launches a type that does not exist. A type that is only too new for the "
    "catalogue works, but its vCPUs, memory, GPUs and network are unknown, and the rules that need "
    "them stay silent.",
    fix="Check the spelling. For a new type, update the catalogue with `cdk-batch-mnp instances "
    "refresh`.",
    source=sources.ec2("instance-types"),
)
def types_exist(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks up the types and families in the catalogue.

    A name that no instance type can have is an error. A type that is merely unknown may be new,
    and is a warning.
    """
    for name in listed(environment):
        if not _is_known(name, catalogue):
            yield _unknown_type(name, environment, _TYPES, catalogue)


@rule(
    JobDefinition,
    "MNP327",
    "The job's instance type exists",
    severity=WARNING,
    why="AWS Batch never launches a type that does not exist. A type that is only too new for the "
    "catalogue works, but what its nodes can hold is unknown, and the rules that need it stay "
    "silent.",
    fix="Check the spelling. For a new type, update the catalogue with `cdk-batch-mnp instances "
    "refresh`.",
    source=sources.api("NodeRangeProperty"),
)
def type_exists(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks up the exact type of the node groups in the catalogue.

    Reports an unknown size of a known family, and names that no instance type can have. Types
    of unknown families are left to MNP115, which reports them at the compute environment.
    """
    name = definition.instance_type
    if not has_value(name) or "." not in name or catalogue.exists(name):
        return
    if catalogue.family(name.partition(".")[0]) or not re.fullmatch(_TYPE, name):
        path = NODE_RANGES
        yield _unknown_type(name, definition, path, catalogue)
