"""The log group of one job of a cluster."""

from __future__ import annotations

from aws_cdk import aws_logs as logs
from aws_cdk.assertions import Template

from tests.cdk.apps import add_cluster, add_job, errors_of, new_stack, statements_of


def test_a_job_logs_to_its_own_group_with_a_role_of_its_own() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    own = logs.LogGroup(stack, "Own")
    job = add_job(cluster, "Audited", log_group=own)
    add_job(cluster, "Plain")
    assert job.log_group is own
    assert errors_of(stack) == []
    definitions = Template.from_stack(stack).find_resources("AWS::Batch::JobDefinition")
    for logical_id, definition in definitions.items():
        assert ("Own" in str(definition["Properties"]["NodeProperties"])) == (
            "Audited" in logical_id
        )
    (shared,) = statements_of(stack, "ClusterExecutionRole")
    (audited,) = statements_of(stack, "ClusterAuditedExecutionRole")
    assert "Own" not in str(shared["Resource"])
    assert "Own" in str(audited["Resource"])


def test_the_group_of_the_cluster_is_the_default() -> None:
    stack = new_stack()
    cluster = add_cluster(stack)
    assert add_job(cluster, log_group=None).log_group is cluster.log_group
    assert add_job(cluster, "Same", log_group=cluster.log_group).execution_role is (
        cluster.job_definitions[0].execution_role
    )
