"""Deployments: create, update and delete resources in order, or roll back."""

from __future__ import annotations

import contextlib
import logging
import secrets
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.dependencies import in_order
from cdk_batch_mnp_emulator.cloudformation.desired import TargetState, available_zones
from cdk_batch_mnp_emulator.cloudformation.intrinsics import Scope
from cdk_batch_mnp_emulator.cloudformation.plan import planned
from cdk_batch_mnp_emulator.cloudformation.providers.registry import Registry
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provider,
    ProvisioningError,
)
from cdk_batch_mnp_emulator.cloudformation.stack import DeployedResource, Stack, now
from cdk_batch_mnp_emulator.cloudformation.stacks import Stacks
from cdk_batch_mnp_emulator.cloudformation.structure import Json, invalid
from cdk_batch_mnp_emulator.endpoint import Endpoint
from cdk_batch_mnp_emulator.errors import ServiceError

_log = logging.getLogger("cdk_batch_mnp_emulator")

_LONGEST_LINE = 500
_RETAINED = ("Retain", "RetainExceptOnCreate")
_NO_METADATA: Json = {}
_FAILURES = (ProvisioningError, ServiceError)


@dataclass(slots=True)
class Deployment:
    """Brings one stack to its target state.

    Attributes:
        stacks: All stacks, for imports and exports.
        registry: The resource providers.
        endpoint: Endpoint that the providers call.
    """

    stack: Stack
    stacks: Stacks
    registry: Registry
    endpoint: Endpoint
    _imports: set[str] = field(default_factory=set)
    _undo: list[Callable[[], None]] = field(default_factory=list)
    _left_over: list[DeployedResource] = field(default_factory=list)

    def create(self, desired: TargetState) -> None:
        """Create all resources. If one fails, delete them again unless rollback is disabled."""
        stack = self.stack
        stack.created = now()
        stack.move_to("CREATE_IN_PROGRESS", "User Initiated")
        try:
            self._apply(desired)
        except Exception as error:  # clients would wait forever for a stack in progress
            _log_unless_reported(error)
            if stack.options.get("DisableRollback"):
                stack.move_to("CREATE_FAILED", str(error))
                return
            stack.move_to("ROLLBACK_IN_PROGRESS", f"{error} Rollback requested by user.")
            self._delete(list(stack.resources.values()), keep_retained=False)
            stack.outputs, stack.exports = [], {}
            stack.move_to("ROLLBACK_FAILED" if stack.resources else "ROLLBACK_COMPLETE")
        else:
            stack.move_to("CREATE_COMPLETE")

    def update(self, desired: TargetState) -> None:
        """Create, update and replace resources, then delete the old ones; or roll back."""
        stack = self.stack
        stack.updated = now()
        stack.move_to("UPDATE_IN_PROGRESS", "User Initiated")
        try:
            self._apply(desired)
        except Exception as error:  # clients would wait forever for a stack in progress
            _log_unless_reported(error)
            stack.move_to("UPDATE_ROLLBACK_IN_PROGRESS", str(error))
            try:
                for undo in reversed(self._undo):
                    undo()
                self._follow_new_ids()
            except ProvisioningError as failure:
                stack.move_to("UPDATE_ROLLBACK_FAILED", str(failure))
            else:
                stack.move_to("UPDATE_ROLLBACK_COMPLETE")
            return
        stack.move_to("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self._delete(self._left_over)
        stack.move_to("UPDATE_COMPLETE")

    def delete(self) -> None:
        """Delete all resources except retained ones, in the order of their dependencies."""
        stack = self.stack
        stack.move_to("DELETE_IN_PROGRESS", "User Initiated")
        for name in stack.exports:
            if users := self.stacks.importers(stack.region, name):
                reason = f"Export {name} cannot be deleted as it is in use by {', '.join(users)}"
                stack.move_to("DELETE_FAILED", reason)
                return
        self._delete(list(stack.resources.values()))
        if stack.resources:
            names = ", ".join(stack.resources)
            stack.move_to(
                "DELETE_FAILED", f"The following resource(s) failed to delete: [{names}]."
            )
            return
        stack.deleted = now()
        stack.exports, stack.imports = {}, set()
        stack.move_to("DELETE_COMPLETE")

    def _apply(self, desired: TargetState) -> None:
        scope = self._scope(desired)
        plan = planned(scope)
        for name in plan.order:
            self._provide(name, plan.resources[name], plan.needs[name], scope, desired.tags)
        for name in set(self.stack.resources) - set(plan.resources):
            gone = self.stack.resources.pop(name)
            self._left_over.append(gone)
            self._undo.append(partial(self._restore, name, gone))
        self._finish(desired, scope)

    def _follow_new_ids(self) -> None:
        """Update what refers to a resource that has another ID since its update was undone.

        The definition of a job is registered again, as its next revision.
        """
        stack = self.stack
        self._left_over.clear()
        previous = TargetState(
            stack.body, stack.template, stack.parameters, stack.resolved, stack.tags
        )
        scope = self._scope(previous)
        plan = planned(scope)
        for name in plan.order:
            self._provide(name, plan.resources[name], plan.needs[name], scope, stack.tags)
        stack.outputs = _outputs(stack.template, scope)
        stack.exports = _exports(stack.outputs)
        self._delete(self._left_over)

    def _finish(self, desired: TargetState, scope: Scope) -> None:
        stack = self.stack
        outputs = _outputs(desired.template, scope)
        exports = _exports(outputs)
        for name in exports:
            if (owner := self.stacks.exporter(stack.region, name)) not in {None, stack.name}:
                raise invalid(f"Export with name {name} is already exported by stack {owner}.")
        for name, value in stack.exports.items():
            if exports.get(name) != value and (users := self.stacks.importers(stack.region, name)):
                what = "updated" if name in exports else "deleted"
                raise invalid(f"Export {name} cannot be {what} as it is in use by {users}")
        stack.body, stack.template = desired.body, desired.template
        stack.parameters, stack.resolved = desired.parameters, desired.resolved
        stack.tags, stack.imports = desired.tags, self._imports
        stack.outputs, stack.exports = outputs, exports

    def _scope(self, desired: TargetState) -> Scope:
        def import_value(name: str) -> Any:
            self._imports.add(name)
            return self.stacks.exported(self.stack.region, name)

        def deployed(name: str) -> DeployedResource:
            if name not in self.stack.resources:
                raise invalid(f"Template format error: Unresolved resource dependencies [{name}]")
            return self.stack.resources[name]

        def attribute(name: str, key: str) -> Any:
            resource = deployed(name)
            try:
                return resource.provided.attributes[key]
            except KeyError:
                if self.registry.provides(resource.type):
                    raise invalid(
                        f"Template error: resource {name} does not support attribute type {key} "
                        "in Fn::GetAtt"
                    ) from None
                raise ProvisioningError(
                    f"{name}: the embedded AWS does not support {resource.type}, and the template "
                    f"uses its attribute {key}"
                ) from None

        return Scope(
            template=desired.template,
            parameters=desired.resolved,
            stack_id=self.stack.id,
            stack_name=self.stack.name,
            region=self.stack.region,
            zones=lambda region: available_zones(self.endpoint, region),
            reference=lambda name: deployed(name).provided.physical_id,
            attribute=attribute,
            import_value=import_value,
        )

    def _provide(
        self,
        name: str,
        resource: Json,
        dependencies: set[str],
        scope: Scope,
        tags: Mapping[str, str],
    ) -> None:
        context = self._context(name, resource["Type"], tags, resource.get("Metadata", {}))
        old = self.stack.resources.get(name)
        try:
            provider = self.registry.find(context)
            properties = scope.resolve(resource.get("Properties", {}))
            deployed = self._create_or_update(context, provider, properties, old)
        except _FAILURES as error:
            self._report_failure(context, old, str(error))
            raise ProvisioningError(
                f"The following resource(s) failed to {'update' if old else 'create'}: [{name}]."
            ) from error
        self.stack.resources[name] = replace(
            deployed,
            depends_on=frozenset(dependencies),
            is_retained=resource.get("DeletionPolicy") in _RETAINED,
        )

    def _create_or_update(
        self,
        context: Context,
        provider: Provider,
        properties: Properties,
        old: DeployedResource | None,
    ) -> DeployedResource:
        if old is not None and old.type == context.type:
            if old.properties == properties:
                return old
            with _failures_reported(context):
                is_replaced = provider.must_replace(old.properties, properties)
            if not is_replaced:
                return self._change(context, provider, properties, old)
        self._report(
            context,
            "" if old is None else old.provided.physical_id,
            "CREATE_IN_PROGRESS" if old is None else "UPDATE_IN_PROGRESS",
            ""
            if old is None
            else "Requested update requires the creation of a new physical resource; hence "
            "creating one.",
        )
        with _failures_reported(context):
            provided = provider.create(context, properties)
        deployed = DeployedResource(
            logical_id=context.logical_id,
            type=context.type,
            provided=provided,
            properties=properties,
            depends_on=frozenset(),
            is_retained=False,
            status="CREATE_COMPLETE" if old is None else "UPDATE_COMPLETE",
        )
        self._report(context, provided.physical_id, deployed.status)

        def undo() -> None:
            with _failures_reported(context):
                provider.delete(context, provided, properties)
            self._restore(context.logical_id, old)

        self._undo.append(undo)
        if old is not None:
            self._left_over.append(old)
        return deployed

    def _change(
        self,
        context: Context,
        provider: Provider,
        properties: Properties,
        old: DeployedResource,
    ) -> DeployedResource:
        self._report(context, old.provided.physical_id, "UPDATE_IN_PROGRESS")
        with _failures_reported(context):
            provided = provider.update(context, old.provided, old.properties, properties)
        if provided.is_replacement:
            self._left_over.append(old)

        def undo() -> None:
            with _failures_reported(context):
                restored = provider.update(context, provided, properties, old.properties)
                if restored.is_replacement:
                    provider.delete(context, provided, properties)
            self._restore(context.logical_id, replace(old, provided=restored))

        self._undo.append(undo)
        self._report(context, provided.physical_id, "UPDATE_COMPLETE")
        return replace(
            old,
            provided=provided,
            properties=properties,
            status="UPDATE_COMPLETE",
            since=now(),
        )

    def _restore(self, name: str, old: DeployedResource | None) -> None:
        if old is None:
            self.stack.resources.pop(name, None)
        else:
            self.stack.resources[name] = old

    def _delete(self, resources: list[DeployedResource], *, keep_retained: bool = True) -> None:
        # A resource is deleted before its dependencies. Resources that fail to delete are kept.
        names = {each.logical_id for each in resources}
        order = in_order({each.logical_id: set(each.depends_on & names) for each in resources})
        position = {name: index for index, name in enumerate(order)}
        for resource in sorted(resources, key=lambda each: -position[each.logical_id]):
            context = self._context(resource.logical_id, resource.type, self.stack.tags)
            physical_id = resource.provided.physical_id
            if resource.is_retained and keep_retained:
                self._report(context, physical_id, "DELETE_SKIPPED")
            else:
                self._report(context, physical_id, "DELETE_IN_PROGRESS")
                try:
                    with _failures_reported(context):
                        self.registry.find(context).delete(
                            context, resource.provided, resource.properties
                        )
                except ProvisioningError as error:
                    self._report(context, physical_id, "DELETE_FAILED", str(error))
                    resource.status = "DELETE_FAILED"
                    continue
                self._report(context, physical_id, "DELETE_COMPLETE")
            if self.stack.resources.get(resource.logical_id) is resource:
                del self.stack.resources[resource.logical_id]

    def _context(
        self, name: str, type: str, tags: Mapping[str, str], metadata: Json = _NO_METADATA
    ) -> Context:
        letters = string.ascii_letters + string.digits
        suffix = "".join(secrets.choice(letters) for _ in range(12))
        return Context(
            type=type,
            logical_id=name,
            stack_id=self.stack.id,
            name=f"{self.stack.name[:24]}-{name[:24]}-{suffix}",
            region=self.stack.region,
            tags=tags,
            endpoint=self.endpoint,
            path=str(metadata.get("aws:cdk:path", f"{self.stack.name}/{name}")),
        )

    def _report(self, context: Context, physical_id: str, status: str, reason: str = "") -> None:
        self.stack.report(context.logical_id, physical_id, context.type, status, reason)

    def _report_failure(self, context: Context, old: DeployedResource | None, reason: str) -> None:
        status = "CREATE_FAILED" if old is None else "UPDATE_FAILED"
        self._report(context, "" if old is None else old.provided.physical_id, status, reason)


def _log_unless_reported(error: Exception) -> None:
    if not isinstance(error, _FAILURES):
        _log.error("a deployment failed: %s", _named(error))


def _named(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:_LONGEST_LINE]


@contextlib.contextmanager
def _failures_reported(context: Context) -> Iterator[None]:
    """Turn every failure of a provider into a failure of the stack."""
    try:
        yield
    except ProvisioningError:
        raise
    except KeyError as error:
        raise ProvisioningError(f"#: required key [{error.args[0]}] not found") from error
    except Exception as error:
        _log.error("%s: %s: %s", context.logical_id, context.type, _named(error))
        raise ProvisioningError(
            f"the embedded AWS cannot provide this resource ({_named(error)})"
        ) from error


def _outputs(template: Json, scope: Scope) -> list[dict[str, Any]]:
    outputs = []
    for name, output in template.get("Outputs", {}).items():
        if "Condition" in output and not scope.holds(output["Condition"]):
            continue
        described = {"OutputKey": name, "OutputValue": str(scope.resolve(output["Value"]))}
        if "Description" in output:
            described["Description"] = output["Description"]
        if "Export" in output:
            described["ExportName"] = scope.resolve(output["Export"]["Name"])
        outputs.append(described)
    return outputs


def _exports(outputs: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        output["ExportName"]: output["OutputValue"] for output in outputs if "ExportName" in output
    }
