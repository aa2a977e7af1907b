"""AWS::ECR: repositories of the images that containers run."""

from __future__ import annotations

from cdk_batch_mnp_emulator.account import ACCOUNT
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
    reset,
    without,
)

_APART = ("EmptyOnDelete", "LifecyclePolicy", "RepositoryPolicyText", "Tags")

_DEFAULTS = {
    "ImageScanningConfiguration": {"ScanOnPush": False},
    "ImageTagMutability": "MUTABLE",
}


class Repository:
    """Provides AWS::ECR::Repository."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the repository with its policies."""
        answer = context.call(
            "ecr",
            "CreateRepository",
            **{"RepositoryName": context.name.lower()} | without(properties, *_APART),
            Tags=context.tag_list(properties),
        )["repository"]
        name = answer["repositoryName"]
        self._set_policies(context, name, {}, properties)
        uri = f"{ACCOUNT}.dkr.ecr.{context.region}.amazonaws.com/{name}"
        return Provided(name, {"Arn": answer["repositoryArn"], "RepositoryUri": uri})

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the repository gets another name or encryption."""
        return bool(changed(old, new) & {"EncryptionConfiguration", "RepositoryName"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Change the repository in its place."""
        name = provided.physical_id
        wanted = {**new, **reset(old, new, _DEFAULTS)}
        for property_name, operation in (
            ("ImageTagMutability", "PutImageTagMutability"),
            ("ImageScanningConfiguration", "PutImageScanningConfiguration"),
        ):
            if property_name in wanted and old.get(property_name) != wanted[property_name]:
                value = {property_name: wanted[property_name]}
                context.call("ecr", operation, RepositoryName=name, **value)
        self._set_policies(context, name, old, new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the repository; with images in it only if the template allows that."""
        force = properties.get("EmptyOnDelete", False)
        context.call("ecr", "DeleteRepository", RepositoryName=provided.physical_id, Force=force)

    def _set_policies(self, context: Context, name: str, old: Properties, new: Properties) -> None:
        lifecycle = new.get("LifecyclePolicy", {}).get("LifecyclePolicyText")
        if "LifecyclePolicy" in old and not lifecycle:
            context.call("ecr", "DeleteLifecyclePolicy", RepositoryName=name)
        if "RepositoryPolicyText" in old and "RepositoryPolicyText" not in new:
            context.call("ecr", "DeleteRepositoryPolicy", RepositoryName=name)
        if lifecycle and old.get("LifecyclePolicy") != new["LifecyclePolicy"]:
            context.call(
                "ecr", "PutLifecyclePolicy", RepositoryName=name, LifecyclePolicyText=lifecycle
            )
        policy = new.get("RepositoryPolicyText")
        if policy and old.get("RepositoryPolicyText") != policy:
            context.call("ecr", "SetRepositoryPolicy", RepositoryName=name, PolicyText=policy)


PROVIDERS: dict[str, Provider] = {"AWS::ECR::Repository": Repository()}
