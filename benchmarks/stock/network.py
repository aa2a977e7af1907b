"""The network of the stock platforms, as in stacks/network.py."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_ec2 as ec2
from constructs import Construct

CIDR = "10.0.0.0/16"


class NetworkStack(Stack):
    """One zone, with nodes behind a NAT gateway or with VPC endpoints only."""

    def __init__(self, scope: Construct, id: str, *, endpoints: bool = False) -> None:
        super().__init__(scope, id, description="Network of multi-node parallel jobs")
        public = ec2.SubnetConfiguration(
            name="Public",
            subnet_type=ec2.SubnetType.PUBLIC,
            cidr_mask=24,
            map_public_ip_on_launch=False,
        )
        kind = ec2.SubnetType.PRIVATE_ISOLATED if endpoints else ec2.SubnetType.PRIVATE_WITH_EGRESS
        nodes = ec2.SubnetConfiguration(name="Nodes", subnet_type=kind, cidr_mask=20)
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            ip_addresses=ec2.IpAddresses.cidr(CIDR),
            max_azs=1,
            nat_gateways=0 if endpoints else 1,
            subnet_configuration=[nodes] if endpoints else [public, nodes],
            gateway_endpoints={
                "S3": ec2.GatewayVpcEndpointOptions(service=ec2.GatewayVpcEndpointAwsService.S3)
            },
            flow_logs={"All": ec2.FlowLogOptions()},
        )
        self.subnets = self.vpc.isolated_subnets if endpoints else self.vpc.private_subnets
        if endpoints:
            self._add_endpoints()

    def _add_endpoints(self) -> None:
        group = ec2.SecurityGroup(
            self,
            "Endpoints",
            vpc=self.vpc,
            description="Endpoints of AWS services",
            allow_all_outbound=False,
        )
        group.add_ingress_rule(ec2.Peer.ipv4(CIDR), ec2.Port.tcp(443), "HTTPS from the VPC")
        services = ec2.InterfaceVpcEndpointAwsService
        for name, service in (
            ("Ecs", services.ECS),
            ("EcsAgent", services.ECS_AGENT),
            ("EcsTelemetry", services.ECS_TELEMETRY),
            ("EcrApi", services.ECR),
            ("EcrDocker", services.ECR_DOCKER),
            ("Logs", services.CLOUDWATCH_LOGS),
            ("Secrets", services.SECRETS_MANAGER),
        ):
            self.vpc.add_interface_endpoint(
                name,
                service=service,
                subnets=ec2.SubnetSelection(subnets=self.subnets),
                security_groups=[group],
                open=False,
            )
