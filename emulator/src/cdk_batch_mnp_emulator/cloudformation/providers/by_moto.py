"""Types that moto's CloudFormation supports."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from moto.core.exceptions import ServiceException
from werkzeug.exceptions import HTTPException

from cdk_batch_mnp_emulator.account import ACCOUNT
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    ProvisioningError,
)
from cdk_batch_mnp_emulator.moto_settings import alone


def knows(type: str) -> bool:
    """Whether moto supports a type."""
    return type in _models()


@cache
def _models() -> Mapping[str, Any]:
    # This imports every service of moto, which most stacks do not need.
    from moto.cloudformation.parsing import get_model_map

    return get_model_map()


def _generated_name(context: Context) -> str:
    from moto.cloudformation.parsing import generate_resource_name

    stack_name = context.name.rsplit("-", 2)[0]
    return generate_resource_name(context.type, stack_name, context.logical_id)


class MotoProvider:
    """Provides all types that moto supports and that have no other provider here."""

    @alone()
    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the resource in moto."""
        model: Any = _models()[context.type]
        name_property = model.cloudformation_name_type()
        name = properties.get(name_property) if name_property else None
        name = name or _generated_name(context)
        named = dict(properties) | ({name_property: name} if name_property else {})
        try:
            return _Held.of(
                model.create_from_cloudformation_json(
                    name,
                    {"Type": context.type, "Properties": named},
                    ACCOUNT,
                    context.region,
                    LogicalId=context.logical_id,
                    StackId=context.stack_id,
                    ResourceType=context.type,
                ),
                name,
            )
        except Exception as error:
            raise _failure(error) from error

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Decided by the update."""
        return False

    @alone()
    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Update the resource in moto."""
        model: Any = _models()[context.type]
        if hasattr(model.update_from_cloudformation_json, "__isabstractmethod__"):
            raise ProvisioningError(f"the embedded AWS cannot update {context.type}")
        assert isinstance(provided, _Held)  # noqa: S101 - for the type checker
        try:
            return _Held.of(
                model.update_from_cloudformation_json(
                    original_resource=provided.model,
                    new_resource_name=provided.physical_id,
                    cloudformation_json={"Type": context.type, "Properties": dict(new)},
                    account_id=ACCOUNT,
                    region_name=context.region,
                ),
                provided.physical_id,
            )
        except Exception as error:
            raise _failure(error) from error

    @alone()
    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the resource in moto."""
        model: Any = _models()[context.type]
        assert isinstance(provided, _Held)  # noqa: S101 - for the type checker
        try:
            if hasattr(provided.model, "delete"):
                provided.model.delete(ACCOUNT, context.region)
            elif hasattr(model.delete_from_cloudformation_json, "__isabstractmethod__"):
                raise ProvisioningError(f"the embedded AWS cannot delete {context.type}")
            else:
                model.delete_from_cloudformation_json(
                    provided.physical_id,
                    {"Type": context.type, "Properties": dict(properties)},
                    ACCOUNT,
                    context.region,
                )
        except Exception as error:
            raise _failure(error) from error


class _Attributes(dict[str, Any]):
    """The attributes of a model, read when they are used."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self._model = model

    def __getitem__(self, name: str) -> Any:
        try:
            return self._model.get_cfn_attribute(name)
        except Exception:  # models report an unknown attribute in different ways
            raise KeyError(name) from None


class _Held(Provided):
    """A resource in moto."""

    __slots__ = ("model",)

    model: Any

    @classmethod
    def of(cls, model: Any, name: str) -> _Held:
        # Some models have no physical ID.
        held = cls(getattr(model, "physical_resource_id", name), _Attributes(model))
        object.__setattr__(held, "model", model)
        return held

    def __reduce__(self) -> tuple[Any, ...]:
        """Return how it is made anew; the dataclass would leave out the model."""
        return _Held.of, (self.model, self.physical_id)


def _failure(error: Exception) -> ProvisioningError:
    if isinstance(error, ProvisioningError):
        return error
    if isinstance(error, HTTPException | ServiceException):
        return ProvisioningError(getattr(error, "message", None) or str(error))
    # moto reads properties without checking that they exist.
    reason = f"{type(error).__name__}: {error}"
    return ProvisioningError(f"the embedded AWS cannot provide this resource ({reason})")
