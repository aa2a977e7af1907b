"""The errors of a stage, which stop its synthesis."""

from __future__ import annotations

from aws_cdk import App, Stack, Stage

from tests.cdk.apps import add_cluster, add_job, exception_of


def test_the_exception_of_a_stage_says_what_is_wrong_and_how_to_fix_it() -> None:
    stack = Stack(Stage(App(), "Production"), "Platform")
    add_job(add_cluster(stack), num_nodes=5)
    text = exception_of(stack)
    for expected in (
        "[Production] ERROR MNP106 ",
        "   at:       Production/Platform/Cluster/Solve: nodeProperties.numNodes\n",
        "   actual:   360 vCPUs\n",
        "   expected: at most 288 vCPUs\n",
        "   Suggested fix: Set max vCPUs of Production/Platform/Cluster/ComputeEnvironment to 360",
        "   Source: https://docs.aws.amazon.com/batch/",
        "   Acknowledge with 'MNP::MNP106'",
    ):
        assert expected in text
