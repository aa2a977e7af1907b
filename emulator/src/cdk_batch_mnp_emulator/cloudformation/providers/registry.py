"""The provider of each type, and of types that are not supported."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from cdk_batch_mnp_emulator.cloudformation.providers import (
    batch,
    efs,
    events,
    fsx,
    functions,
    gateways,
    iam,
    images,
    messages,
    nodes,
    secrets,
    storage,
    vpc,
)
from cdk_batch_mnp_emulator.cloudformation.providers.by_moto import MotoProvider, knows
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours import all as neighbours
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    ProvisioningError,
)

_log = logging.getLogger("cdk_batch_mnp_emulator")

_NEVER_DROPPED = ("AWS::Batch::", "AWS::EC2::")
"""Types that multi-node parallel jobs need: ignoring them would make the deployment meaningless."""

_NO_OP_TYPES = frozenset({"AWS::CDK::Metadata", "AWS::CloudFormation::WaitConditionHandle"})
"""Types that create nothing in AWS either."""


class Registry:
    """All providers by type.

    Args:
        own: Providers that are not in a module here.
    """

    def __init__(self, own: Mapping[str, Provider]) -> None:
        self._providers: Mapping[str, Provider] = {
            **batch.PROVIDERS,
            **efs.PROVIDERS,
            **events.PROVIDERS,
            **fsx.PROVIDERS,
            **functions.PROVIDERS,
            **gateways.PROVIDERS,
            **iam.PROVIDERS,
            **images.PROVIDERS,
            **messages.PROVIDERS,
            **nodes.PROVIDERS,
            **secrets.PROVIDERS,
            **storage.PROVIDERS,
            **vpc.PROVIDERS,
            **neighbours.PROVIDERS,
            **own,
        }
        self._by_moto = MotoProvider()

    def provides(self, type: str) -> bool:
        """Whether resources of a type are actually created."""
        return _provided_as(type) in self._providers or type in _NO_OP_TYPES or knows(type)

    def find(self, context: Context) -> Provider:
        """Return the provider for a resource.

        Raises:
            ProvisioningError: There is none, and the resource must not be ignored.
        """
        type = _provided_as(context.type)
        if type in self._providers:
            return self._providers[type]
        if type.startswith(_NEVER_DROPPED) and not knows(type):
            raise ProvisioningError(f"the embedded AWS does not support {type}")
        return self._by_moto if knows(type) else _NOT_PROVIDED


def _provided_as(type: str) -> str:
    return "AWS::CloudFormation::CustomResource" if type.startswith("Custom::") else type


class _NotProvided:
    """Creates nothing, and logs a warning."""

    def create(self, context: Context, properties: Properties) -> Provided:
        if context.type not in _NO_OP_TYPES:
            _log.warning(
                "%s (%s): the embedded AWS does not support this type; the resource is ignored",
                context.path,
                context.type,
            )
        return Provided(context.name)

    def must_replace(self, old: Properties, new: Properties) -> bool:
        return False

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        pass


_NOT_PROVIDED = _NotProvided()
