"""In which order the resources of a template come and go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from cdk_batch_mnp.local.cloudformation.intrinsics import Scope
from cdk_batch_mnp.local.cloudformation.template import Json, invalid


def leaning(resources: Mapping[str, Json], scope: Scope) -> dict[str, set[str]]:
    """Give which resources each one leans on, by reference or by ``DependsOn``.

    Raises:
        ServiceError: A name stands for nothing in the template.
    """
    found = {}
    for name, resource in resources.items():
        depends_on = resource.get("DependsOn", [])
        explicit = [depends_on] if isinstance(depends_on, str) else depends_on
        named = {*scope.leans_on(resource.get("Properties", {})), *explicit}
        unknown = {
            each
            for each in named
            if each not in scope.template["Resources"]
            and each not in scope.parameters
            and not each.startswith("AWS::")
        }
        if unknown:
            raise invalid(
                f"Template format error: Unresolved resource dependencies {sorted(unknown)} in "
                "the Resources block of the template"
            )
        found[name] = {each for each in named if each in resources}
    return found


def in_order(leaning: Mapping[str, Iterable[str]]) -> list[str]:
    """Give the names so that each comes after those that it leans on.

    Raises:
        ServiceError: They lean on each other in a circle.
    """
    try:
        return list(TopologicalSorter(leaning).static_order())
    except CycleError as error:
        names = ", ".join(sorted(set(error.args[1])))
        raise invalid(f"Circular dependency between resources: [{names}]") from None
