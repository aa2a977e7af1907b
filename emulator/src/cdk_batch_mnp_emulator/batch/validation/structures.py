"""Rules between the members of one structure, wherever it stands: one table, by structure.

Source: Batch API, the structure that each rule is for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from cdk_batch_mnp_emulator.batch.validation.bounds import Rule, shown
from cdk_batch_mnp_emulator.batch.validation.instance_types import BUNDLES, overlap, unknown

_INFINITE = -1
_CONDITIONS_OF_EXIT = ("onStatusReason", "onReason", "onExitCode")
_MAX_INTEGER = 2**31 - 1
_MOST_DIGITS = 15
_DECIMAL = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})?")


def repeated(values: Iterable[str]) -> list[str]:
    """Return what stands more than once."""
    return [value for value, times in Counter(values).items() if times > 1]


def _ulimit(ulimit: Mapping[str, Any]) -> Iterator[str]:
    soft, hard = ulimit["softLimit"], ulimit["hardLimit"]
    if hard != _INFINITE and (soft == _INFINITE or soft > hard):
        yield f"has softLimit {soft} above hardLimit {hard}"


def _efs(volume: Mapping[str, Any]) -> Iterator[str]:
    authorization = volume.get("authorizationConfig", {})
    is_encrypted = volume.get("transitEncryption", "").upper() == "ENABLED"
    if not is_encrypted and authorization.get("iam", "").upper() == "ENABLED":
        yield "must have transitEncryption ENABLED, since authorizationConfig.iam is ENABLED"
    if access_point := authorization.get("accessPointId"):
        if not is_encrypted:
            yield f"must have transitEncryption ENABLED, since it has access point {access_point}"
        if (root := volume.get("rootDirectory", "/")) not in {"", "/"}:
            yield f"must have no rootDirectory but /, since it has an access point; not {root}"


def _s3_files(volume: Mapping[str, Any]) -> Iterator[str]:
    if "accessPointArn" in volume and (root := volume.get("rootDirectory", "/")) not in {"", "/"}:
        yield f"must have no rootDirectory but /, since it has an access point; not {root}"


def _volume(volume: Mapping[str, Any]) -> Iterator[str]:
    kinds = [
        kind
        for kind in ("host", "efsVolumeConfiguration", "s3filesVolumeConfiguration")
        if kind in volume
    ]
    if len(kinds) > 1:
        yield f"must have one of {' and '.join(kinds)}, not both"


def _retry_strategy(retry: Mapping[str, Any]) -> Iterator[str]:
    if "evaluateOnExit" in retry and "attempts" not in retry:
        yield "must have attempts, since it has evaluateOnExit"


def _evaluate_on_exit(rule: Mapping[str, Any]) -> Iterator[str]:
    if not any(name in rule for name in _CONDITIONS_OF_EXIT):
        yield f"must have at least one of {', '.join(_CONDITIONS_OF_EXIT)}"


def _job_dependency(dependency: Mapping[str, Any]) -> Iterator[str]:
    kind = dependency.get("type", "").upper()
    if not dependency.get("jobId") and kind != "SEQUENTIAL":
        yield "must have jobId; only an array job's own SEQUENTIAL dependency goes without"


def _key_values_pair(pair: Mapping[str, Any]) -> Iterator[str]:
    if "name" not in pair:
        yield "must have a name"
    if not pair.get("values"):
        yield "must have values"
    if str(pair.get("name")).endswith("CREATED_AT"):
        for value in pair.get("values", []):
            if not _is_whole(value):
                yield f"must have milliseconds since 1970 as its value, not {shown(value)}"


def _list_jobs(request: Mapping[str, Any]) -> Iterator[str]:
    selectors = ("jobQueue", "arrayJobId", "multiNodeJobId")
    found = [name for name in selectors if name in request]
    if len(found) != 1:
        given = " and ".join(found) or "none"
        yield f"exactly one of {', '.join(selectors)} must be set, not {given}"
    if "filters" in request and "jobQueue" not in request:
        yield "filters can be used with jobQueue only"
    yield from _names_of_filters(
        request,
        "JOB_NAME",
        "JOB_DEFINITION",
        "BEFORE_CREATED_AT",
        "AFTER_CREATED_AT",
        "SHARE_IDENTIFIER",
    )


def _list_consumable_resources(request: Mapping[str, Any]) -> Iterator[str]:
    yield from _names_of_filters(request, "CONSUMABLE_RESOURCE_NAME")


def _list_jobs_by_consumable_resource(request: Mapping[str, Any]) -> Iterator[str]:
    yield from _names_of_filters(request, "JOB_STATUS", "JOB_NAME")


def _names_of_filters(request: Mapping[str, Any], *names: str) -> Iterator[str]:
    for index, pair in enumerate(request.get("filters", [])):
        if pair.get("name") not in names:
            yield f"filters[{index}].name must be one of {', '.join(names)}"


def _describe_job_definitions(request: Mapping[str, Any]) -> Iterator[str]:
    others = sorted(set(request) - {"jobDefinitions"})
    if request.get("jobDefinitions") and others:
        yield f"jobDefinitions can't be used with other parameters: {', '.join(others)}"


def _seccomp(profile: Mapping[str, Any]) -> Iterator[str]:
    is_local = profile["type"].upper() == "LOCALHOST"
    if is_local != ("localhostProfile" in profile):
        yield "must have localhostProfile with type Localhost, and with no other type"


def _eks_resources(resources: Mapping[str, Any]) -> Iterator[str]:
    limits, requests = resources.get("limits", {}), resources.get("requests", {})
    for kind, values in (("limits", limits), ("requests", requests)):
        for name, value in values.items():
            if wrong := _eks_quantity(name, value):
                yield f"{kind}.{name} {wrong}"
    for name in set(limits) & set(requests):
        if name != "cpu" and limits[name] != requests[name]:
            yield (
                f"{name} must be the same in limits ({limits[name]}) and in requests "
                f"({requests[name]})"
            )
    cpu, asked = _decimal(limits.get("cpu", "")), _decimal(requests.get("cpu", ""))
    if cpu is not None and asked is not None and cpu < asked:
        yield f"limits.cpu {cpu} must be at least requests.cpu {asked}"


def _eks_quantity(name: str, value: str) -> str:
    if name == "cpu":
        number = _decimal(value)
        if number is None or number <= 0 or number % Decimal("0.25"):
            return f"must be a positive multiple of 0.25, not {shown(value)}"
    elif name == "memory":
        digits = value.removesuffix("Mi")
        if value == digits or not _is_whole(digits) or int(digits) < 4:
            return f"must be whole MiB with the suffix Mi, and at least 4Mi, not {shown(value)}"
    elif not _is_whole(value) or int(value) < 1:
        return f"must be a whole number of at least 1, not {shown(value)}"
    return ""


def _resource_requirement(requirement: Mapping[str, Any]) -> Iterator[str]:
    kind, value = requirement["type"].upper(), requirement["value"]
    # Which fractions of a VCPU Fargate takes is checked where the platform is known.
    if kind == "VCPU" and value in {"0.25", "0.5"}:
        return
    least = 4 if kind == "MEMORY" else 1
    if not _is_whole(value) or not least <= int(value) <= _MAX_INTEGER:
        yield (
            f"of type {kind} must have a whole number of at least {least} as its value, not "
            f"{shown(value)}"
        )


def _ec2_configurations(configurations: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    if twice := repeated(item["imageType"] for item in configurations):
        yield f"ec2Configuration has imageType {', '.join(twice)} more than once"


def _compute_resource(resources: Mapping[str, Any]) -> Iterator[str]:
    yield from _ec2_configurations(resources.get("ec2Configuration", []))
    if missing := unknown(resources.get("instanceTypes", [])):
        named = ", ".join(map(shown, missing))
        yield f"instanceTypes has {named}, which is not an instance type or family"


def _launch_template(template: Mapping[str, Any]) -> Iterator[str]:
    yield from _names_one(template)
    chosen = [
        (index, name)
        for index, override in enumerate(template.get("overrides", []))
        for name in override.get("targetInstanceTypes", [])
    ]
    for position, (index, name) in enumerate(chosen):
        for _, other in chosen[:position]:
            if overlap(name, other):
                yield f"overrides[{index}].targetInstanceTypes {name} overlaps with {other}"


def _launch_template_override(template: Mapping[str, Any]) -> Iterator[str]:
    yield from _names_one(template)
    types = template.get("targetInstanceTypes", [])
    if not types:
        yield "must have targetInstanceTypes"
    for name in types:
        if name in BUNDLES:
            yield f"targetInstanceTypes must not have {name}"
        elif unknown([name]):
            yield f"targetInstanceTypes has {shown(name)}, which is not an instance type or family"


def _names_one(template: Mapping[str, Any]) -> Iterator[str]:
    given = [name for name in ("launchTemplateId", "launchTemplateName") if name in template]
    if len(given) != 1:
        yield (
            "must have either launchTemplateId or launchTemplateName, not "
            f"{'both' if given else 'neither'}"
        )


def _policies(policy: Mapping[str, Any]) -> Iterator[str]:
    if "fairsharePolicy" in policy and "quotaSharePolicy" in policy:
        yield "only one of fairsharePolicy and quotaSharePolicy can be set"


def _fairshare(policy: Mapping[str, Any]) -> Iterator[str]:
    names = [item["shareIdentifier"] for item in policy.get("shareDistribution", [])]
    for position, name in enumerate(names):
        for other in names[:position]:
            if _same_share(name, other) or _same_share(other, name):
                yield f"shareDistribution must not overlap: {other} and {name}"


def _same_share(name: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return name.removesuffix("*").startswith(pattern[:-1])
    return name == pattern


def _is_whole(value: str) -> bool:
    # int() takes digits of other scripts, signs, spaces and underscores; Batch does not.
    return value.isascii() and value.isdigit() and len(value) <= _MOST_DIGITS


def _decimal(value: str) -> Decimal | None:
    return Decimal(value) if _DECIMAL.fullmatch(value) else None


RULES: Mapping[str, Sequence[Rule]] = {
    "ComputeResource": [_compute_resource],
    "ComputeResourceUpdate": [_compute_resource],
    "CreateSchedulingPolicyRequest": [_policies],
    "DescribeJobDefinitionsRequest": [_describe_job_definitions],
    "EFSVolumeConfiguration": [_efs],
    "EksContainerResourceRequirements": [_eks_resources],
    "EksSeccompProfile": [_seccomp],
    "EvaluateOnExit": [_evaluate_on_exit],
    "FairsharePolicy": [_fairshare],
    "JobDependency": [_job_dependency],
    "KeyValuesPair": [_key_values_pair],
    "LaunchTemplateSpecification": [_launch_template],
    "LaunchTemplateSpecificationOverride": [_launch_template_override],
    "ListConsumableResourcesRequest": [_list_consumable_resources],
    "ListJobsByConsumableResourceRequest": [_list_jobs_by_consumable_resource],
    "ListJobsRequest": [_list_jobs],
    "ResourceRequirement": [_resource_requirement],
    "RetryStrategy": [_retry_strategy],
    "S3FilesVolumeConfiguration": [_s3_files],
    "Ulimit": [_ulimit],
    "UpdateSchedulingPolicyRequest": [_policies],
    "Volume": [_volume],
}
