"""Asserting that the stacks of an app hold, as they are."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from aws_cdk import App, CfnParameter, Stack, Stage, Validations
from aws_cdk import aws_batch as batch

from cdk_batch_mnp import MnpPolicyValidation, assert_mnp_valid
from cdk_batch_mnp.cdk.validation.stage_state import takes_defaults


def add_stock_definition(stack: Stack, seconds: int | float) -> None:
    """A definition of the CDK's own, with a timeout."""
    group = batch.CfnJobDefinition.NodeRangePropertyProperty(
        target_nodes="0:",
        container=batch.CfnJobDefinition.ContainerPropertiesProperty(
            image="solver",
            instance_type="c5.18xlarge",
            vcpus=72,
            memory=130000,
            job_role_arn="arn:aws:iam::123456789012:role/job",
        ),
    )
    batch.CfnJobDefinition(
        stack,
        "Job",
        type="multinode",
        node_properties=batch.CfnJobDefinition.NodePropertiesProperty(
            main_node=0, num_nodes=4, node_range_properties=[group]
        ),
        timeout=batch.CfnJobDefinition.TimeoutProperty(attempt_duration_seconds=seconds),
    )


@pytest.mark.parametrize("make", [lambda app: app, lambda app: Stage(app, "Production")])
def test_a_stack(make: Callable[[App], Stage]) -> None:
    stack = Stack(make(App()), "Jobs")
    add_stock_definition(stack, 59)
    with pytest.raises(AssertionError, match="MNP317"):
        assert_mnp_valid(stack, warnings=False)


@pytest.mark.parametrize(
    ("context", "expected"), [(None, True), (True, True), (False, False), ("false", False)]
)
def test_the_context_says_whether_parameters_take_their_defaults(
    context: object, expected: bool
) -> None:
    app = App(context={} if context is None else {"cdk-batch-mnp:parameter-defaults": context})
    assert takes_defaults(app.node) is expected


def test_another_value_of_the_context() -> None:
    app = App(context={"cdk-batch-mnp:parameter-defaults": "maybe"})
    with pytest.raises(ValueError, match="parameter-defaults is 'maybe', not true or false"):
        takes_defaults(app.node)


@pytest.mark.parametrize("uses_defaults", [True, False])
def test_a_synthesis_with_and_without_defaults(uses_defaults: bool) -> None:
    app = App(context={"cdk-batch-mnp:parameter-defaults": uses_defaults})
    Validations.of(app).add_plugins(MnpPolicyValidation())
    stack = Stack(app, "Jobs")
    seconds = CfnParameter(stack, "Seconds", type="Number", default=59)
    add_stock_definition(stack, seconds.value_as_number)
    if uses_defaults:
        with pytest.raises(RuntimeError, match="alidation"):
            app.synth()
    else:
        app.synth()
