"""AWS::ECR: repositories of the images that containers run."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import (
    ApiResource,
    Setting,
    Tagging,
)
from cdk_batch_mnp_emulator.cloudformation.resource import Context, Properties, Provided, Provider


class Repository(ApiResource):
    """Provides AWS::ECR::Repository."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call. Generated names are in lower case."""
        own_name = {"RepositoryName": context.name.lower()}
        return super().request(context, {**own_name, **properties})

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the repository, with its images only if the template allows it."""
        force = properties.get("EmptyOnDelete", False)
        context.call(self.service, self.delete_call, **self.named(provided), Force=force)


PROVIDERS: dict[str, Provider] = {
    "AWS::ECR::Repository": Repository(
        service="ecr",
        create_call="CreateRepository",
        delete_call="DeleteRepository",
        answer="repository",
        id="RepositoryName",
        attributes={
            "Arn": "repositoryArn",
            "RepositoryUri": "{Account}.dkr.ecr.{Region}.amazonaws.com/{Id}",
        },
        apart=("EmptyOnDelete",),
        create_only=frozenset({"EncryptionConfiguration", "RepositoryName"}),
        settings=(
            Setting(
                "ImageScanningConfiguration",
                "PutImageScanningConfiguration",
                default={"ScanOnPush": False},
                at_creation=True,
            ),
            Setting(
                "ImageTagMutability", "PutImageTagMutability", default="MUTABLE", at_creation=True
            ),
            Setting(
                "LifecyclePolicy",
                "PutLifecyclePolicy",
                is_spread=True,
                reset_call="DeleteLifecyclePolicy",
            ),
            Setting(
                "RepositoryPolicyText",
                "SetRepositoryPolicy",
                argument="PolicyText",
                reset_call="DeleteRepositoryPolicy",
            ),
        ),
        tagging=Tagging("ResourceArn", resource="{Arn}"),
    )
}
