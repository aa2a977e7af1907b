"""Clusters and services of Amazon ECS, load balancers and the policy of a registry."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import Setting, Tagging
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import (
    ServiceResource,
    gone_already,
)
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
)

_LOWER = ("key", "value")
_ELB_TAGS = Tagging("ResourceArns", is_listed=True, tag_call="AddTags", untag_call="RemoveTags")
_ECS_TAGS = Tagging("resourceArn", resource="{Arn}", names=_LOWER)


class Service(ServiceResource):
    """Provides AWS::ECS::Service."""

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the service with its tasks."""
        named = self.named(provided)
        with gone_already():
            context.call("ecs", "DeleteService", **named, Force=True)


class ElbResource(ServiceResource):
    """Provides a type of AWS::ElasticLoadBalancingV2."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call. Names have at most 32 characters."""
        return super().request(context, {**self.short_name(context), **properties})

    def short_name(self, context: Context) -> dict[str, Any]:
        """Return the generated name, shortened."""
        if not self.name:
            return {}
        return {self.name: f"{context.logical_id[:19].rstrip('-')}-{context.name[-12:]}"}


class LoadBalancer(ElbResource):
    """Provides AWS::ElasticLoadBalancingV2::LoadBalancer."""

    def provided(self, context: Context, known: Any, properties: Properties) -> Provided:
        """Return the load balancer."""
        own = known["LoadBalancers"][0]
        made = super().provided(context, {**known, **own}, properties)
        arn = own["LoadBalancerArn"]
        attributes = {
            "CanonicalHostedZoneID": own.get("CanonicalHostedZoneId", ""),
            "DNSName": own["DNSName"],
            "LoadBalancerArn": arn,
            "LoadBalancerFullName": arn.partition("loadbalancer/")[2],
            "LoadBalancerName": own["LoadBalancerName"],
            "SecurityGroups": own.get("SecurityGroups", []),
        }
        return Provided(arn, {**made.attributes, **attributes})

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call."""
        request = super().request(context, properties)
        if "SubnetMappings" in request:
            request["Subnets"] = [each["SubnetId"] for each in request.pop("SubnetMappings")]
        return request


class TargetGroup(ElbResource):
    """Provides AWS::ElasticLoadBalancingV2::TargetGroup."""

    def provided(self, context: Context, known: Any, properties: Properties) -> Provided:
        """Return the target group."""
        own = known["TargetGroups"][0]
        made = super().provided(context, {**known, **own}, properties)
        arn = own["TargetGroupArn"]
        attributes = {
            "LoadBalancerArns": own.get("LoadBalancerArns", []),
            "TargetGroupArn": arn,
            "TargetGroupFullName": arn.rpartition(":")[2],
            "TargetGroupName": own["TargetGroupName"],
        }
        return Provided(arn, {**made.attributes, **attributes})


class Listener(ElbResource):
    """Provides AWS::ElasticLoadBalancingV2::Listener and ListenerRule."""

    def provided(self, context: Context, known: Any, properties: Properties) -> Provided:
        """Return the listener or rule."""
        (own,) = known.get("Listeners") or known["Rules"]
        return super().provided(context, {**known, **own}, properties)


PROVIDERS: dict[str, Provider] = {
    "AWS::ECR::RegistryPolicy": ServiceResource(
        service="ecr",
        create_call="PutRegistryPolicy",
        update_call="PutRegistryPolicy",
        delete_call="DeleteRegistryPolicy",
        id="{Account}",
    ),
    "AWS::ECS::Cluster": ServiceResource(
        service="ecs",
        create_call="CreateCluster",
        update_call="UpdateCluster",
        delete_call="DeleteCluster",
        answer="cluster",
        renamed={"ClusterSettings": "settings"},
        id="ClusterName",
        name="ClusterName",
        id_argument="cluster",
        attributes={"Arn": "clusterArn"},
        tagging=_ECS_TAGS,
    ),
    "AWS::ECS::ClusterCapacityProviderAssociations": ServiceResource(
        service="ecs",
        is_only_checked=True,
        create_call="PutClusterCapacityProviders",
        delete_call="PutClusterCapacityProviders",
        id="Cluster",
    ),
    "AWS::ECS::Service": Service(
        service="ecs",
        create_call="CreateService",
        update_call="UpdateService",
        delete_call="DeleteService",
        answer="service",
        id="serviceArn",
        id_argument="service",
        name="ServiceName",
        keys=("Cluster",),
        renamed={"LoadBalancers": "loadBalancers"},
        attributes={"Name": "serviceName", "ServiceArn": "serviceArn"},
        create_only=frozenset(
            {"Cluster", "LaunchType", "Role", "SchedulingStrategy", "ServiceName"}
        ),
        ignored=("Tags",),
    ),
    "AWS::ECS::TaskDefinition": ServiceResource(
        service="ecs",
        create_call="RegisterTaskDefinition",
        delete_call="DeregisterTaskDefinition",
        answer="taskDefinition",
        id="taskDefinitionArn",
        id_argument="taskDefinition",
        name="Family",
        attributes={"TaskDefinitionArn": "taskDefinitionArn"},
        ignored=("Tags",),
    ),
    "AWS::ElasticLoadBalancingV2::Listener": Listener(
        service="elbv2",
        create_call="CreateListener",
        update_call="ModifyListener",
        delete_call="DeleteListener",
        id="ListenerArn",
        attributes={"ListenerArn": "ListenerArn"},
        ignored=("ListenerAttributes", "Tags"),
    ),
    "AWS::ElasticLoadBalancingV2::ListenerRule": Listener(
        service="elbv2",
        create_call="CreateRule",
        update_call="ModifyRule",
        delete_call="DeleteRule",
        id="RuleArn",
        attributes={"RuleArn": "RuleArn"},
        create_only=frozenset({"ListenerArn", "Priority"}),
        ignored=("Tags",),
    ),
    "AWS::ElasticLoadBalancingV2::LoadBalancer": LoadBalancer(
        service="elbv2",
        create_call="CreateLoadBalancer",
        delete_call="DeleteLoadBalancer",
        id="LoadBalancerArn",
        name="Name",
        ignored=(
            "MinimumLoadBalancerCapacity",
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic",
        ),
        settings=(
            Setting(
                "LoadBalancerAttributes", "ModifyLoadBalancerAttributes", argument="Attributes"
            ),
            Setting("SecurityGroups", "SetSecurityGroups", at_creation=True),
            Setting("Subnets", "SetSubnets", at_creation=True),
        ),
        tagging=_ELB_TAGS,
    ),
    "AWS::ElasticLoadBalancingV2::TargetGroup": TargetGroup(
        service="elbv2",
        create_call="CreateTargetGroup",
        update_call="ModifyTargetGroup",
        delete_call="DeleteTargetGroup",
        id="TargetGroupArn",
        name="Name",
        apart=("Targets",),
        settings=(
            Setting("TargetGroupAttributes", "ModifyTargetGroupAttributes", argument="Attributes"),
        ),
        tagging=_ELB_TAGS,
    ),
}
