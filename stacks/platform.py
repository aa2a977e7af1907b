"""The app: both stacks, checked with the AwsSolutions rules of cdk-nag."""

from __future__ import annotations

from aws_cdk import App, Environment, Validations
from cdk_nag import AwsSolutionsChecks

from stacks.acknowledgements import acknowledge
from stacks.mnp import MnpStack
from stacks.network import NetworkStack
from stacks.settings import PlatformSettings


def add_platform(app: App, settings: PlatformSettings) -> MnpStack:
    """Add the network and the cluster to an app."""
    env = (
        Environment(account=settings.account, region=settings.region)
        if settings.account or settings.region
        else None
    )
    network = NetworkStack(
        app,
        f"{settings.name}Network",
        settings=settings.network,
        has_secrets=any(job.launcher for job in settings.jobs),
        env=env,
    )
    stack = MnpStack(
        app,
        f"{settings.name}Mnp",
        settings=settings,
        vpc=network.vpc,
        subnets=network.subnets,
        env=env,
    )
    acknowledge(stack)
    Validations.of(app).add_plugins(AwsSolutionsChecks())
    return stack
