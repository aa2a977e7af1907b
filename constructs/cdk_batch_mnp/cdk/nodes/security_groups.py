"""The security groups of the nodes, and of the network interfaces of their tasks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from aws_cdk import Acknowledgment, Annotations, Stack, Validations
from aws_cdk import aws_ec2 as ec2
from constructs import Construct, IConstruct

from cdk_batch_mnp.cdk.jsii.unchanging import once

UNKNOWN_DEFAULT_GROUP = "cdk-batch-mnp:defaultSecurityGroup"
"""Id of the warning about a VPC whose default security group is not known."""

_RESTRICT_DEFAULT_SECURITY_GROUP = "RestrictDefaultSecurityGroupCustomResource"
_RULES = "MnpDefaultSecurityGroup"


@once
def group_id_of(group: ec2.ISecurityGroup) -> str:
    """Return a security group's ID, or a token for it."""
    return group.security_group_id


def make_group(
    scope: Construct, vpc: ec2.IVpc, *, efa: bool, allow_all_outbound: bool = True
) -> ec2.SecurityGroup:
    """Create the nodes' security group, which allows ingress only from itself.

    EFA traffic bypasses the IP stack, so an egress rule for all addresses does not cover it. A
    second rule allows egress to the group itself. Source: EC2 User Guide, get started with EFA.
    """
    group = ec2.SecurityGroup(
        scope,
        "SecurityGroup",
        vpc=vpc,
        description="Nodes of multi-node parallel jobs: all traffic among themselves.",
        allow_all_outbound=allow_all_outbound,
    )
    # MPI and NCCL use arbitrary ports between the nodes.
    group.add_ingress_rule(group, ec2.Port.all_traffic(), "All traffic from the nodes themselves")
    if not allow_all_outbound:
        group.add_egress_rule(group, ec2.Port.all_traffic(), "All traffic to the nodes themselves")
        return group
    if efa:
        # The L2 ignores egress rules if it allows all outbound traffic.
        id = group_id_of(group)
        ec2.CfnSecurityGroupEgress(
            group,
            "ToItself",
            group_id=id,
            ip_protocol="-1",
            destination_security_group_id=id,
            description="All EFA traffic to the nodes themselves",
        )
    return group


def accept_egress_rules(group: ec2.ISecurityGroup) -> None:
    """Acknowledge that a created group that allows all outbound traffic ignores egress rules.

    ``connections.allow_to(...)`` covers nodes and tasks, and the tasks' group may need the rule.
    The warning that this group ignores it would not help.
    """
    annotations = Annotations.of(group)
    for family in ("ipv4", "ipv6"):
        annotations.acknowledge_warning(
            f"@aws-cdk/aws-ec2:{family}IgnoreEgressRule",
            "The nodes' group allows all outbound traffic.",
        )


def template_groups(template: ec2.ILaunchTemplate | None) -> Sequence[ec2.ISecurityGroup]:
    """Return the security groups of a launch template; none if it has none or is imported."""
    if not isinstance(template, ec2.LaunchTemplate):
        return ()
    try:
        return template.connections.security_groups
    except RuntimeError:
        # The L2 has connections only if it has a security group.
        return ()


def allow_to(
    nodes: Sequence[ec2.ISecurityGroup],
    others: Sequence[ec2.ISecurityGroup],
    ports: Sequence[ec2.Port],
    description: str,
) -> None:
    """Allow nodes to reach another construct on some ports.

    The rules are in the nodes' stack, which already depends on the stack of the other construct. A
    group that allows all outbound traffic gets no egress rule, and no warning as with
    ``Connections.allow_to``.
    """
    all_ours = [(ours, ours.allow_all_outbound) for ours in nodes]
    for theirs in others:
        for ours, allows_all_outbound in all_ours:
            for port in ports:
                theirs.add_ingress_rule(ours, port, description, True)
                if not allows_all_outbound:
                    ours.add_egress_rule(theirs, port, description)


def open_default_group(
    scope: Construct, vpc: ec2.IVpc, given: ec2.ISecurityGroup | None
) -> ec2.ISecurityGroup | None:
    """Allow the tasks of the nodes to reach each other through the VPC's default group.

    With EFA, the security groups are set on the nodes' interfaces and cannot be set in the
    environment, so tasks use the VPC's default group. AWS creates it with rules that allow ingress
    from itself and all egress. If the CDK removes these rules, two rules are added once per VPC:
    all traffic from and to the group itself. Users add rules for other connections of the
    containers (S3, other services, a license server) with the ``connections`` of the group.

    Args:
        scope: The compute environment.
        vpc: VPC of the nodes.
        given: The default group, if the user manages its rules; no rules are added to it.

    Returns:
        The default group, or ``None`` with a warning if it is unknown.

    Source: Batch User Guide, compute environments for multi-node parallel jobs.
    """
    if given is not None:
        if isinstance(vpc, ec2.Vpc) and given.security_group_id != vpc.vpc_default_security_group:
            reason = "The rules of the default group are managed elsewhere."
            Validations.of(scope).acknowledge(Acknowledgment(id="MNP::MNP416", reason=reason))
        return given
    if not isinstance(vpc, ec2.Vpc):
        Validations.of(scope).add_warning(UNKNOWN_DEFAULT_GROUP, _UNKNOWN_GROUP)
        return None
    emptying = vpc.node.try_find_child(_RESTRICT_DEFAULT_SECURITY_GROUP)
    id = vpc.vpc_default_security_group
    if emptying is not None and vpc.node.try_find_child(_RULES) is None:
        rules = Construct(vpc, _RULES)
        ec2.CfnSecurityGroupIngress(
            rules,
            "FromItself",
            group_id=id,
            ip_protocol="-1",
            source_security_group_id=id,
            description="All traffic among tasks of multi-node parallel jobs",
        )
        ec2.CfnSecurityGroupEgress(
            rules,
            "ToItself",
            group_id=id,
            ip_protocol="-1",
            destination_security_group_id=id,
            description="All traffic among tasks of multi-node parallel jobs",
        )
        # The custom resource that restricts the group revokes these very rules.
        rules.node.add_dependency(emptying)
    if emptying is None:
        return ec2.SecurityGroup.from_security_group_id(scope, "DefaultSecurityGroup", id)
    return _emptied_group(Stack.of(scope), vpc, emptying)


def _emptied_group(stack: Stack, vpc: ec2.Vpc, emptying: IConstruct) -> ec2.ISecurityGroup:
    # One per stack, because EC2 rejects a rule that two clusters add; and in the stack of the
    # clusters, because it may contain what a rule refers to.
    name = f"{_RULES}Of{vpc.node.addr}"
    found = stack.node.try_find_child(name)
    if found is None:
        group = ec2.SecurityGroup.from_security_group_id(
            stack, name, vpc.vpc_default_security_group, allow_all_outbound=False
        )
        # The custom resource that restricts the group would revoke a rule that allows all outbound
        # traffic.
        group.node.add_dependency(emptying)
        return group
    return cast("ec2.ISecurityGroup", found)


_UNKNOWN_GROUP = (
    "the nodes have EFA, so their tasks use the default security group of the VPC, which is "
    "imported; the nodes reach each other only if that group allows all traffic from itself. AWS "
    "creates it with this rule; the CDK's restrict_default_security_group removes it. Check with "
    "`aws ec2 describe-security-groups --filters Name=group-name,Values=default "
    "Name=vpc-id,Values=...`, add the rule if it is missing, and pass the group as "
    "default_security_group"
)
