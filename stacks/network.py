"""The network: one zone, with a NAT gateway or with VPC endpoints."""

from __future__ import annotations

from aws_cdk import Environment, Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

from stacks.settings import NetworkSettings

_PREFIX_LENGTH = 20


class NetworkStack(Stack):
    """A VPC with a subnet for the nodes, in one zone.

    Args:
        scope: The app.
        id: Construct id of the stack.
        settings: The network's settings.
        has_secrets: Whether containers of jobs have secrets, which nodes read from Secrets Manager.
        env: Account and Region.
    """

    def __init__(
        self,
        scope: Construct,
        id: str,
        *,
        settings: NetworkSettings,
        has_secrets: bool = False,
        env: Environment | None = None,
    ) -> None:
        super().__init__(scope, id, env=env, description="Network of multi-node parallel jobs")
        nat = settings.way_out == "nat"
        nodes = ec2.SubnetConfiguration(
            name="Nodes",
            subnet_type=ec2.SubnetType.PRIVATE_WITH_EGRESS
            if nat
            else ec2.SubnetType.PRIVATE_ISOLATED,
            cidr_mask=_PREFIX_LENGTH,
        )
        public = ec2.SubnetConfiguration(
            name="Public",
            subnet_type=ec2.SubnetType.PUBLIC,
            cidr_mask=24,
            map_public_ip_on_launch=False,
        )
        zone = settings.availability_zone
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(settings.cidr),
            availability_zones=[zone] if zone else None,
            max_azs=None if zone else 1,
            nat_gateways=1 if nat else 0,
            subnet_configuration=[public, nodes] if nat else [nodes],
            gateway_endpoints={
                # Image layers come from S3. The gateway endpoint is free of charge, and bypasses
                # the NAT gateway.
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)
            },
            flow_logs={"All": ec2.FlowLogOptions()},
        )
        self.subnets = self.vpc.private_subnets if nat else self.vpc.isolated_subnets
        if not nat:
            self._add_endpoints(settings.cidr, has_secrets)

    def _add_endpoints(self, cidr: str, has_secrets: bool) -> None:
        services = ec2.InterfaceVpcEndpointAwsService
        group = ec2.SecurityGroup(
            self,
            "Endpoints",
            vpc=self.vpc,
            description="Endpoints of AWS services, for the VPC",
            allow_all_outbound=False,
        )
        group.add_ingress_rule(ec2.Peer.ipv4(cidr), ec2.Port.tcp(443), "HTTPS from the VPC")
        for name, service in (
            ("Ecs", services.ECS),
            ("EcsAgent", services.ECS_AGENT),
            ("EcsTelemetry", services.ECS_TELEMETRY),
            ("EcrApi", services.ECR),
            ("EcrDocker", services.ECR_DOCKER),
            ("Logs", services.CLOUDWATCH_LOGS),
            *([("Secrets", services.SECRETS_MANAGER)] if has_secrets else ()),
        ):
            self.vpc.add_interface_endpoint(
                name,
                service=service,
                subnets=ec2.SubnetSelection(subnets=self.subnets),
                security_groups=[group],
                open=False,
            )
