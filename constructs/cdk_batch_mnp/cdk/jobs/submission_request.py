"""The requests of states that submit jobs, in the API's spelling."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from aws_cdk import aws_stepfunctions as sfn

from cdk_batch_mnp.cdk.eks.job_definition import MnpEksJobDefinition
from cdk_batch_mnp.cdk.jobs.container_properties import text_of
from cdk_batch_mnp.cdk.jobs.imported_definition import ImportedJobDefinition
from cdk_batch_mnp.cdk.jobs.job_definition import MnpJobDefinition
from cdk_batch_mnp.cdk.jobs.submission_options import NodeGroupOverride, SubmitJobOptions
from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError, at_path
from cdk_batch_mnp.cdk.jsii.durations import seconds_of
from cdk_batch_mnp.cdk.jsii.tokens import is_token
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.node_range import NodeRange

SubmittedDefinition = MnpJobDefinition | MnpEksJobDefinition | ImportedJobDefinition

_JSONATA = pattern(r"\{%.*%\}", re.DOTALL)


def optional_members(definition: SubmittedDefinition, options: SubmitJobOptions) -> dict[str, Any]:
    """Return the optional members of a SubmitJob request.

    Raises:
        ArgumentError: An override does not fit the definition, or a number is another text than a
            JSONata expression.
    """
    found: dict[str, Any] = {}
    nodes: dict[str, Any] = {}
    if (number := _number(options, "num_nodes")) is not None:
        nodes["NumNodes"] = number
    if overrides := options.get("node_overrides"):
        nodes["NodePropertyOverrides"] = [
            _override(definition, name, override) for name, override in overrides.items()
        ]
    if nodes:
        found["NodeOverrides"] = nodes
    if parameters := options.get("parameters"):
        found["Parameters"] = {name: text_of(value) for name, value in parameters.items()}
    if (attempts := _number(options, "attempts")) is not None:
        found["RetryStrategy"] = {"Attempts": attempts}
    if (timeout := options.get("timeout")) is not None:
        found["Timeout"] = {"AttemptDurationSeconds": seconds_of("timeout", timeout)}
    if (share := options.get("share_identifier")) is not None:
        found["ShareIdentifier"] = share
    if (priority := _number(options, "scheduling_priority_override")) is not None:
        found["SchedulingPriorityOverride"] = priority
    if depends_on := options.get("depends_on"):
        found["DependsOn"] = [{"JobId": job} for job in depends_on]
    if tags := options.get("tags"):
        found["Tags"] = dict(tags)
    return found


def _number(options: SubmitJobOptions, name: str) -> Any:
    value: Any = options.get(name)
    if isinstance(value, str) and not is_token(value) and not _JSONATA.fullmatch(value):
        hint = f"; use {int(value)}" if value.strip().isdecimal() else ""
        raise ArgumentError(
            f"{name} must be a number or a JSONata expression ('{{% ... %}}'), got {value!r}{hint}"
        )
    return value


def _override(
    definition: SubmittedDefinition, name: str, override: NodeGroupOverride
) -> dict[str, Any]:
    """Return a NodePropertyOverride."""
    with at_path(f"node_overrides[{name!r}]"):
        if isinstance(definition, ImportedJobDefinition):
            return _override_of_range(definition, name, override)
        groups = {group.name: group for group in definition.node_groups}
        if name not in groups:
            raise ArgumentError(
                f"the job definition has no such node group; it has {', '.join(map(repr, groups))}"
            )
        rendered = definition.node_range_properties[list(groups).index(name)]
        target = {"TargetNodes": rendered["targetNodes"]}
        if isinstance(definition, MnpEksJobDefinition):
            pod = _container_of(list(groups[name].pod_containers), override)
            return {**target, **_in_pod({"Name": pod, **_changed_in_pod(override)})}
        if override.command and definition.launcher is not None:
            raise ArgumentError(
                "the command of a job with a launcher cannot be overridden; write Ref::name in the "
                "command of the definition and set parameters, or override environment"
            )
        container = _container_of(list(groups[name].all_containers), override)
        changed = _changed(override)
        if "container" in rendered:
            return {**target, "ContainerOverrides": changed}
        return {**target, **_in_task({"Name": container, **changed})}


def _override_of_range(
    definition: ImportedJobDefinition, name: str, override: NodeGroupOverride
) -> dict[str, Any]:
    """Return the override of an imported definition, whose node groups are unknown."""
    try:
        NodeRange.of(name)
    except ValueError as error:
        raise ArgumentError(
            f"the node groups of an imported definition are unknown, so this must be its node "
            f"range: {error}"
        ) from None
    if definition.is_on_eks:
        pod = {} if override.container is None else {"Name": override.container}
        return {"TargetNodes": name, **_in_pod({**pod, **_changed_in_pod(override)})}
    changed = _changed(override)
    if override.container is None:
        return {"TargetNodes": name, "ContainerOverrides": changed}
    return {"TargetNodes": name, **_in_task({"Name": override.container, **changed})}


def _in_task(container: dict[str, Any]) -> dict[str, Any]:
    return {"EcsPropertiesOverride": {"TaskProperties": [{"Containers": [container]}]}}


def _in_pod(container: dict[str, Any]) -> dict[str, Any]:
    return {"EksPropertiesOverride": {"PodProperties": {"Containers": [container]}}}


def _container_of(names: Sequence[str], override: NodeGroupOverride) -> str:
    given = override.container
    if given is None and len(names) == 1:
        return names[0]
    if given is None or given not in names:
        actual = "not set" if given is None else repr(given)
        raise ArgumentError(
            f"container is {actual}, but must be one of {', '.join(map(repr, names))}"
        )
    return given


def _changed(override: NodeGroupOverride) -> dict[str, Any]:
    if override.args:
        raise ArgumentError("args is for Amazon EKS; set command")
    return _members(override, "Environment")


def _changed_in_pod(override: NodeGroupOverride) -> dict[str, Any]:
    return _members(override, "Env")


def _members(override: NodeGroupOverride, environment: str) -> dict[str, Any]:
    """Return what is overridden, with the variables in a member of this name."""
    found: dict[str, Any] = {}
    if override.command:
        found["Command"] = _words(override.command)
    if override.args:
        found["Args"] = _words(override.args)
    if override.environment:
        found[environment] = _variables(override)
    return found


def _words(command: Sequence[str | float]) -> Any:
    words = [text_of(word) for word in command]
    is_computed = any(is_token(word) and sfn.JsonPath.is_encoded_json_path(word) for word in words)
    return sfn.JsonPath.array(*words) if is_computed else words


def _variables(override: NodeGroupOverride) -> list[dict[str, str]]:
    return [{"Name": name, "Value": text_of(value)} for name, value in override.environment.items()]
