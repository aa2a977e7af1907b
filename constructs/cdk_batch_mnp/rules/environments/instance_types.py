"""Rules about the instance types that environments list and definitions name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from cdk_batch_mnp.engine.rule import ERROR, WARNING, Severity, Violation, rule
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.instances.catalogue import CATALOGUE_VARIABLE
from cdk_batch_mnp.model.compute_environment import COMPUTE_RESOURCES, ComputeEnvironment
from cdk_batch_mnp.model.job_definition import NODE_RANGES, JobDefinition
from cdk_batch_mnp.model.property_path import PropertyPath
from cdk_batch_mnp.model.resource import Resource
from cdk_batch_mnp.model.spelling import spelling_of
from cdk_batch_mnp.model.unknown import has_value
from cdk_batch_mnp.rules import sources
from cdk_batch_mnp.rules.environments.listed_types import BUNDLES, listed

_TYPES = COMPUTE_RESOURCES / "instanceTypes"
_PART = r"[a-z0-9]+(-[a-z0-9]+)*"
_FAMILY = re.compile(rf"[a-z]{_PART}")
_TYPE = re.compile(rf"[a-z]{_PART}\.{_PART}")


def _is_known(name: str, catalogue: Catalogue) -> bool:
    if "." in name:
        return catalogue.exists(name)
    return name in BUNDLES or bool(catalogue.family(name))


def _unknown_type(
    name: str, resource: Resource, path: PropertyPath, catalogue: Catalogue
) -> Violation:
    is_name = (_TYPE if "." in name else _FAMILY).fullmatch(name) is not None
    what = "instance type" if "." in name else "instance family"
    known = catalogue.names() if "." in name else catalogue.families()
    near = spelling_of(known).nearest(name.lower())
    meant = f" Perhaps {near} is meant." if near else ""
    severity: Severity = WARNING
    message = f"nothing is known of the {what} {name}"
    if not is_name:
        severity = ERROR
        message = f"{name!r} is no name of an {what}"
    return Violation(
        resource=resource,
        property_path=path,
        message=message,
        actual=name,
        expected="a known instance type",
        fix="Check the spelling. If it is right, give the facts of the type: write a catalogue "
        "with `cdk-batch-mnp instances refresh` and name its file in the variable "
        f"{CATALOGUE_VARIABLE}; a cluster also takes vcpus_per_node.{meant}"
        if is_name
        else f"Correct the name: small letters and digits, as in c5.18xlarge.{meant}",
        severity=severity,
    )


@rule(
    ComputeEnvironment,
    "MNP115",
    "The instance types are known",
    severity=WARNING,
    why="A type that does not exist is never launched. One that is only too new for the catalogue "
    "works, but nothing can be said of its vCPUs, memory, GPUs and network: rules stay silent.",
    fix="Check the spelling, or give the type's facts with `cdk-batch-mnp instances refresh`.",
    source=sources.ec2("instance-types"),
)
def types_exist(environment: ComputeEnvironment, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks the types and families up in the catalogue.

    What cannot be the name of a type at all is an error; one that is merely unknown may be new.
    """
    for each in listed(environment):
        if not _is_known(each, catalogue):
            yield _unknown_type(each, environment, _TYPES, catalogue)


@rule(
    JobDefinition,
    "MNP327",
    "The job's instance type is known",
    severity=WARNING,
    why="A type that does not exist is never launched. One that is only too new for the catalogue "
    "works, but nothing can be said of what its nodes can hold: rules stay silent.",
    fix="Check the spelling, or give the type's facts with `cdk-batch-mnp instances refresh`.",
    source=sources.api("NodeRangeProperty"),
)
def type_exists(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
    """Looks the exact type of all node groups up in the catalogue.

    Only a size that is unknown of a known family is told, and what cannot be the name of a type:
    of new families, MNP115 tells once at the environment.
    """
    name = definition.instance_type
    if not has_value(name) or "." not in name or catalogue.exists(name):
        return
    if catalogue.family(name.partition(".")[0]) or not _TYPE.fullmatch(name):
        path = NODE_RANGES
        yield _unknown_type(name, definition, path, catalogue)
