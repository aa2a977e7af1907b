"""The plan of a deployment: a template with its values, before anything is created."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cdk_batch_mnp_emulator.cloudformation.dependencies import dependencies, in_order
from cdk_batch_mnp_emulator.cloudformation.intrinsics import Scope
from cdk_batch_mnp_emulator.cloudformation.structure import Json, invalid


@dataclass(frozen=True, slots=True)
class Plan:
    """The resources of a template with its parameter values.

    Attributes:
        resources: Resources whose conditions are true, by logical ID.
        needs: The dependencies of each resource.
        order: Logical IDs, each after its dependencies.
    """

    resources: Mapping[str, Json]
    needs: Mapping[str, set[str]]
    order: list[str]


def planned(scope: Scope) -> Plan:
    """Return the plan of a template.

    Raises:
        ServiceError: A rule assertion fails, a resource depends on one whose condition is false, or
            there is a circular dependency.
    """
    template = scope.template
    _check_rules(scope)
    resources: dict[str, Json] = {
        name: resource
        for name, resource in template["Resources"].items()
        if "Condition" not in resource or scope.holds(resource["Condition"])
    }
    for name, output in template.get("Outputs", {}).items():
        if "Condition" in output and not scope.holds(output["Condition"]):
            continue
        absent = {
            logical_id
            for logical_id in scope.depends_on(
                {"Value": output["Value"], name: output.get("Export", {})}
            )
            if logical_id in template["Resources"] and logical_id not in resources
        }
        if absent:
            raise invalid(
                f"Template format error: Unresolved resource dependencies "
                f"[{', '.join(sorted(absent))}] in the Outputs block of the template"
            )
    needs = dependencies(resources, scope)
    return Plan(resources, needs, in_order(needs))


def _check_rules(scope: Scope) -> None:
    for rule in scope.template.get("Rules", {}).values():
        if "RuleCondition" in rule and not scope.is_true(rule["RuleCondition"]):
            continue
        for assertion in rule.get("Assertions", []):
            if not scope.is_true(assertion["Assert"]):
                raise invalid(assertion.get("AssertDescription", "Template rule does not hold"))
