"""The order in which the resources of a template are created and deleted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from graphlib import CycleError, TopologicalSorter

from cdk_batch_mnp_emulator.cloudformation.intrinsics import Scope
from cdk_batch_mnp_emulator.cloudformation.structure import Json, invalid


def dependencies(resources: Mapping[str, Json], scope: Scope) -> dict[str, set[str]]:
    """Return the resources that each resource depends on, by reference or by ``DependsOn``.

    Raises:
        ServiceError: A resource refers to one whose condition is false.
    """
    found = {}
    for name, resource in resources.items():
        depends_on = resource.get("DependsOn", [])
        explicit = {depends_on} if isinstance(depends_on, str) else set(depends_on)
        named = set(scope.depends_on(resource.get("Properties", {})))
        # DependsOn may name a resource whose condition is false; a reference may not.
        absent = {each for each in named if each in scope.template["Resources"]} - set(resources)
        if absent:
            raise invalid(
                f"Template format error: Unresolved resource dependencies "
                f"[{', '.join(sorted(absent))}] in the Resources block of the template"
            )
        found[name] = (named | explicit) & set(resources)
    return found


def in_order(dependencies: Mapping[str, Iterable[str]]) -> list[str]:
    """Return the names in order, each after its dependencies.

    Raises:
        ServiceError: There is a circular dependency.
    """
    try:
        return list(TopologicalSorter(dependencies).static_order())
    except CycleError as error:
        names = ", ".join(sorted(set(error.args[1])))
        raise invalid(f"Circular dependency between resources: [{names}]") from None
