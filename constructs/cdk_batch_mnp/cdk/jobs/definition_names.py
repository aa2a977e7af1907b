"""The name and the ARN of a job definition, in its own stack and in others."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import jsii
from aws_cdk import CfnResource, IResolveContext, IStringProducer, Lazy, Stack, Token
from constructs import IConstruct

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.proxies import scope_of
from cdk_batch_mnp.cdk.jsii.unchanging import once, stack_of


class DefinitionNames:
    """Tokens that other stacks can use without an export of the ARN with the revision.

    For another stack, the CDK exports what ``Ref`` returns: the ARN with the revision. Each update
    of the definition changes that ARN, and CloudFormation does not update an export that is in use.
    So other stacks import the name that CloudFormation generated, which never changes.

    Args:
        scope: The construct of the definition.
        definition: Its resource.
        name: The name that it was given; ``None`` if CloudFormation generates it.
    """

    def __init__(self, scope: IConstruct, definition: CfnResource, name: str | None) -> None:
        self._scope = scope
        self._definition = definition
        self._given_name = name

    @property
    def name(self) -> str:
        """The name of the definition, without the revision."""
        if self._given_name is not None:
            return self._given_name
        return self._per_stack(self._generated_name, self._name_in)

    @property
    def arn_without_revision(self) -> str:
        """The ARN of the definition, without the revision."""
        return self._arn_of(self.name)

    @property
    def arn(self) -> str:
        """The ARN with the revision in the definition's own stack, without it in others."""
        return self._per_stack(self._definition.ref, self._arn_in)

    def _per_stack(self, here: str, elsewhere: Callable[[Stack], str]) -> str:
        return Lazy.uncached_string(_PerStack(self._stack, here, elsewhere))

    def _arn_in(self, stack: Stack) -> str:
        return self._arn_of(self._name_in(stack))

    def _name_in(self, stack: Stack) -> str:
        if self._given_name is not None:
            return self._given_name
        producer = _outermost(self._stack)
        if _differ(producer.account, stack.account) or _differ(producer.region, stack.region):
            path = self._definition.node.path.removesuffix("/Resource")
            raise ArgumentError(
                f"{path} is used in {stack.node.path}, which is in another "
                "account or Region and cannot read the name that CloudFormation generates; set "
                "job_definition_name"
            )
        stack.add_stack_dependency(producer, "the name of a job definition")
        return self._imported_name

    def _arn_of(self, name: str) -> str:
        return f"{_start_of_arns(self._stack)}{name}"

    @cached_property
    def _stack(self) -> Stack:
        return stack_of(self._scope)

    @cached_property
    def _generated_name(self) -> str:
        # In one message to Node, instead of one for each function.
        last_part = {"Fn::Select": [1, {"Fn::Split": ["/", self._definition.ref]}]}
        return Token.as_string({"Fn::Select": [0, {"Fn::Split": [":", last_part]}]})

    @cached_property
    def _imported_name(self) -> str:
        logical_id = self._stack.resolve(self._definition.logical_id)
        # The address, because two nested stacks may have the same logical ID.
        address = self._definition.node.addr[2:10]
        return self._stack.export_value(
            self._generated_name,
            name=f"{_outermost(self._stack).stack_name}:{logical_id}Name{address}",
        )


@once
def _start_of_arns(stack: Stack) -> str:
    return stack.format_arn(service="batch", resource="job-definition", resource_name="")


@jsii.implements(IStringProducer)
class _PerStack:
    def __init__(self, stack: Stack, here: str, elsewhere: Callable[[Stack], str]) -> None:
        self._stack = stack
        self._here = here
        self._elsewhere = elsewhere

    def produce(self, context: IResolveContext) -> str:
        """Return the value for the stack in which the token is resolved."""
        stack = stack_of(scope_of(context))
        # Each question to a construct is a message to Node; this one is asked for most outputs.
        if stack is self._stack:
            return self._here
        user, producer = _outermost(stack), _outermost(self._stack)
        if user.node.addr == producer.node.addr:
            # The CDK passes it to nested stacks as a parameter, and from them as an output.
            return self._here
        return self._elsewhere(user)


def _outermost(stack: Stack) -> Stack:
    while stack.nested_stack_parent is not None:
        stack = stack.nested_stack_parent
    return stack


def _differ(one: str, other: str) -> bool:
    return one != other and not Token.is_unresolved(one) and not Token.is_unresolved(other)
