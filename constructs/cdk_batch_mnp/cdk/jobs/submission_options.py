"""Keyword options of states that submit jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, TypedDict

from aws_cdk import Duration
from aws_cdk import aws_stepfunctions as sfn

from cdk_batch_mnp.cdk.jsii.argument_error import ArgumentError
from cdk_batch_mnp.cdk.jsii.checked import checked_fields
from cdk_batch_mnp.lazy.dataclass import dataclass


@checked_fields()
@dataclass(frozen=True, kw_only=True)
class NodeGroupOverride:
    """What a submission changes for the nodes of a node group.

    Values may come from the input of the state: ``sfn.JsonPath.string_at("$.case")``, or
    ``"{% $states.input.case %}"`` in a state with JSONata.

    Attributes:
        command: Command instead of that of the container; numbers become strings. Default: that of
            the definition.
        args: Arguments instead of those of the container, on Amazon EKS; numbers become strings.
            Default: those of the definition.
        environment: Environment variables in addition to those of the container, or instead of
            them; numbers become strings. Default: none.
        container: Name of the container. Required if the group has several. Default: the only one.

    Raises:
        ArgumentError: An argument is unknown or of the wrong type, or nothing is overridden.

    Source: Batch API, NodePropertyOverride.
    """

    command: Sequence[str | float] | None = None
    args: Sequence[str | float] | None = None
    environment: Mapping[str, str | float] = field(default_factory=dict)
    container: str | None = None

    def __post_init__(self) -> None:
        """Check the arguments."""
        if not self.command and not self.args and not self.environment:
            raise ArgumentError("nothing is overridden; set command or environment")


class SubmitJobOptions(TypedDict, total=False):
    """Options of :class:`MnpSubmitJob`.

    Source: Batch API, SubmitJob; Amazon States Language.
    """

    num_nodes: int | float | str | None
    """Number of nodes of the job, 1 to 1000, or where it is in the input of the state.

    That is a path such as ``sfn.JsonPath.number_at("$.n")``, or with JSONata an expression such as
    ``"{% $states.input.n %}"``. Requires a node group with an open-ended range. Default: the number
    of the definition.
    """

    node_overrides: Mapping[str, NodeGroupOverride]
    """Overrides by the name of the node group; of an imported definition, by its node range.

    Node ranges must be written as in the imported definition, such as ``"1:"``. Default: none.
    """

    parameters: Mapping[str, str | float]
    """Values of the ``Ref::name`` placeholders in commands; numbers become strings. Default: none.
    """

    attempts: int | float | str | None
    """Number of attempts, 1 to 10, or where it is in the input, as for ``num_nodes``.

    Default: that of the definition.
    """

    timeout: Duration | None
    """Timeout of an attempt, at least 60 seconds. Default: that of the definition."""

    share_identifier: str | None
    """Share identifier of the job. Required by queues with a fair-share policy, and only by them.

    Default: none.
    """

    scheduling_priority_override: int | float | str | None
    """Priority among jobs with the same share identifier, 0 to 9999, as for ``num_nodes``.

    Default: that of the definition.
    """

    depends_on: Sequence[str]
    """IDs of up to 20 jobs that must succeed before this one starts. Default: none."""

    tags: Mapping[str, str]
    """Tags of the job. Default: none."""

    integration_pattern: sfn.IntegrationPattern
    """``RUN_JOB`` waits until the job has ended, and fails if the job does.

    ``REQUEST_RESPONSE`` does not wait. Default: ``RUN_JOB``.
    """

    query_language: sfn.QueryLanguage | None
    """Language of what the state computes: JSONPath or JSONata.

    Default: that of the state machine, which is JSONPath unless it says otherwise.
    """

    comment: str | None
    """Comment of the state. Default: none."""

    assign: Mapping[str, Any] | None
    """Variables that later states can use. Default: none."""

    outputs: Any
    """Output of the state, with JSONata. Default: the result of the job."""

    input_path: str | None
    """The part of the input that the state reads, with JSONPath. Default: the whole input."""

    result_selector: Mapping[str, Any] | None
    """What of the result the state keeps, with JSONPath. Default: the whole result."""

    result_path: str | None
    """Where in the input the result is placed, with JSONPath. Default: instead of the input."""

    output_path: str | None
    """The part of the state's data that is its output, with JSONPath. Default: all."""
