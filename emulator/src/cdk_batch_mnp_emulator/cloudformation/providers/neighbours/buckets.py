"""AWS::S3: buckets with their settings, and access points."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from cdk_batch_mnp_emulator.account import DEFAULT_REGION
from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import NOTHING
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import (
    ServiceResource,
)
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
)


@dataclass(frozen=True)
class _Setting:
    """A property of buckets that a call sets.

    Attributes:
        call: That sets it.
        argument: Of the value.
        undo: Call that removes it; empty if a value does.
        value: Returns the argument for the property.
        default: Argument without the property, if no call removes it.
    """

    call: str
    argument: str
    undo: str = ""
    value: Callable[[Any], Any] = lambda value: value
    default: Any = None


def _lifecycle(value: Any) -> Any:
    return {"Rules": [_lifecycle_rule(rule) for rule in value["Rules"]]}


def _lifecycle_rule(rule: Mapping[str, Any]) -> dict[str, Any]:
    tags = rule.get("TagFilters", [])
    sizes = {name: int(rule[name]) for name in _SIZES if name in rule}
    parts = {**({"Prefix": rule["Prefix"]} if "Prefix" in rule else {}), **sizes}
    if len(parts) + len(tags) > 1:
        where: Any = {"And": {**parts, **({"Tags": tags} if tags else {})}}
    else:
        where = {"Tag": tags[0]} if tags else parts or {"Prefix": ""}
    own: dict[str, Any] = {"Filter": where, "Status": rule["Status"]}
    own |= {name: rule[name] for name in ("Id",) if name in rule}
    if "Id" in own:
        own["ID"] = own.pop("Id")
    expiration = {
        api: rule[name]
        for name, api in (
            ("ExpirationInDays", "Days"),
            ("ExpirationDate", "Date"),
            ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker"),
        )
        if name in rule
    }
    if expiration:
        own["Expiration"] = expiration
    if "AbortIncompleteMultipartUpload" in rule:
        own["AbortIncompleteMultipartUpload"] = rule["AbortIncompleteMultipartUpload"]
    if "NoncurrentVersionExpirationInDays" in rule:
        days = rule["NoncurrentVersionExpirationInDays"]
        own["NoncurrentVersionExpiration"] = {"NoncurrentDays": days}
    if "NoncurrentVersionExpiration" in rule:
        own["NoncurrentVersionExpiration"] = rule["NoncurrentVersionExpiration"]
    if "Transitions" in rule:
        own["Transitions"] = [_transition(each, "Days", "Date") for each in rule["Transitions"]]
    if "NoncurrentVersionTransitions" in rule:
        own["NoncurrentVersionTransitions"] = [
            _transition(transition, "NoncurrentDays", "")
            for transition in rule["NoncurrentVersionTransitions"]
        ]
    return own


_ACLS = ("private", "public-read", "public-read-write", "authenticated-read")
_SIZES = ("ObjectSizeGreaterThan", "ObjectSizeLessThan")


def _transition(value: Mapping[str, Any], days: str, date: str) -> dict[str, Any]:
    names = {"TransitionInDays": days, "TransitionDate": date}
    return {names.get(key, key): each for key, each in value.items()}


def _cors(value: Any) -> Any:
    names = {"ExposedHeaders": "ExposeHeaders", "Id": "ID", "MaxAge": "MaxAgeSeconds"}
    rules = [{names.get(key, key): own for key, own in r.items()} for r in value["CorsRules"]]
    return {"CORSRules": rules}


def _encryption(value: Any) -> Any:
    rules = []
    for rule in value["ServerSideEncryptionConfiguration"]:
        own = dict(rule)
        if "ServerSideEncryptionByDefault" in own:
            own["ApplyServerSideEncryptionByDefault"] = own.pop("ServerSideEncryptionByDefault")
        default = own.get("ApplyServerSideEncryptionByDefault", {})
        names = {"KMSMasterKeyID": "KMSMasterKeyID", "SSEAlgorithm": "SSEAlgorithm"}
        own["ApplyServerSideEncryptionByDefault"] = {
            name: default[name] for name in names if name in default
        }
        kept = ("ApplyServerSideEncryptionByDefault", "BucketKeyEnabled")
        rules.append({key: each for key, each in own.items() if key in kept})
    return {"Rules": rules}


def _logging(value: Any) -> Any:
    own = {
        "TargetBucket": value["DestinationBucketName"],
        "TargetPrefix": value.get("LogFilePrefix", ""),
    }
    return {"LoggingEnabled": own} if "DestinationBucketName" in value else {}


def _notifications(value: Any) -> Any:
    configuration: dict[str, Any] = {}
    if "EventBridgeConfiguration" in value:
        configuration["EventBridgeConfiguration"] = {}
    for name, api, target, arn in (
        ("LambdaConfigurations", "LambdaFunctionConfigurations", "Function", "LambdaFunctionArn"),
        ("QueueConfigurations", "QueueConfigurations", "Queue", "QueueArn"),
        ("TopicConfigurations", "TopicConfigurations", "Topic", "TopicArn"),
    ):
        if name in value:
            configuration[api] = [_notification(each, target, arn) for each in value[name]]
    return configuration


def _notification(value: Mapping[str, Any], target: str, arn: str) -> dict[str, Any]:
    own: dict[str, Any] = {arn: value[target], "Events": [value["Event"]]}
    rules = value.get("Filter", {}).get("S3Key", {}).get("Rules")
    return own | ({"Filter": {"Key": {"FilterRules": rules}}} if rules else {})


def _website(value: Any) -> Any:
    own = dict(value)
    for name, key in (("IndexDocument", "Suffix"), ("ErrorDocument", "Key")):
        if name in own:
            own[name] = {key: own[name]}
    if "RoutingRules" in own:
        names = {"RoutingRuleCondition": "Condition", "RedirectRule": "Redirect"}
        own["RoutingRules"] = [
            {names.get(key, key): member for key, member in rule.items()}
            for rule in own["RoutingRules"]
        ]
    return own


_SETTINGS: Mapping[str, _Setting] = {
    "AccelerateConfiguration": _Setting(
        "PutBucketAccelerateConfiguration",
        "AccelerateConfiguration",
        value=lambda value: {"Status": value["AccelerationStatus"]},
        default={"AccelerationStatus": "Suspended"},
    ),
    "BucketEncryption": _Setting(
        "PutBucketEncryption",
        "ServerSideEncryptionConfiguration",
        "DeleteBucketEncryption",
        _encryption,
    ),
    "CorsConfiguration": _Setting("PutBucketCors", "CORSConfiguration", "DeleteBucketCors", _cors),
    "LifecycleConfiguration": _Setting(
        "PutBucketLifecycleConfiguration",
        "LifecycleConfiguration",
        "DeleteBucketLifecycle",
        _lifecycle,
    ),
    "LoggingConfiguration": _Setting(
        "PutBucketLogging", "BucketLoggingStatus", value=_logging, default={}
    ),
    "NotificationConfiguration": _Setting(
        "PutBucketNotificationConfiguration",
        "NotificationConfiguration",
        value=_notifications,
        default={},
    ),
    "OwnershipControls": _Setting(
        "PutBucketOwnershipControls", "OwnershipControls", "DeleteBucketOwnershipControls"
    ),
    "PublicAccessBlockConfiguration": _Setting(
        "PutPublicAccessBlock", "PublicAccessBlockConfiguration", "DeletePublicAccessBlock"
    ),
    "VersioningConfiguration": _Setting(
        "PutBucketVersioning", "VersioningConfiguration", default={"Status": "Suspended"}
    ),
    "WebsiteConfiguration": _Setting(
        "PutBucketWebsite", "WebsiteConfiguration", "DeleteBucketWebsite", _website
    ),
}


class Bucket(ServiceResource):
    """Provides AWS::S3::Bucket."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the bucket with its settings."""
        name = str(properties.get("BucketName", context.name.lower()))
        request: dict[str, Any] = {"Bucket": name}
        if context.region != DEFAULT_REGION:
            request["CreateBucketConfiguration"] = {"LocationConstraint": context.region}
        if str(properties.get("ObjectLockEnabled")).lower() == "true":
            request["ObjectLockEnabledForBucket"] = True
        if (ownership := properties.get("OwnershipControls")) and ownership.get("Rules"):
            request["ObjectOwnership"] = ownership["Rules"][0]["ObjectOwnership"]
        words = re.findall("[A-Z][a-z]+", properties.get("AccessControl", ""))
        if (acl := "-".join(words).lower()) in _ACLS:
            request["ACL"] = acl
        context.call("s3", "CreateBucket", **request)
        domain = f"{name}.s3.{context.region}.amazonaws.com"
        attributes = {
            "Arn": f"arn:aws:s3:::{name}",
            "DomainName": f"{name}.s3.amazonaws.com",
            "DualStackDomainName": f"{name}.s3.dualstack.{context.region}.amazonaws.com",
            "RegionalDomainName": domain,
            "WebsiteURL": f"http://{name}.s3-website.{context.region}.amazonaws.com",
        }
        provided = Provided(name, {**attributes, "(keys)": {"Bucket": name}})
        self.set_up(context, provided, NOTHING, properties)
        self._warn_of(context, properties)
        return provided

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the bucket gets another name, or a lock of its objects."""
        return bool(changed(old, new) & {"BucketName", "ObjectLockEnabled"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Set what has changed."""
        self.set_up(context, provided, old, new)
        return provided

    def set_up(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> None:
        """Set the properties that have changed, and the tags."""
        named = {"Bucket": provided.physical_id}
        for name, setting in _SETTINGS.items():
            if old.get(name) == new.get(name):
                continue
            if name not in new and setting.undo:
                context.call("s3", setting.undo, **named)
            else:
                value = new.get(name, setting.default)
                converted = setting.value(value) if value else value
                context.call("s3", setting.call, **named, **{setting.argument: converted})
        if old.get("Tags") != new.get("Tags") or not old:
            tags = context.tag_list(new)
            if tags:
                context.call("s3", "PutBucketTagging", **named, Tagging={"TagSet": tags})
            elif old:
                context.call("s3", "DeleteBucketTagging", **named)

    def _warn_of(self, context: Context, properties: Properties) -> None:
        known = {*_SETTINGS, "AccessControl", "BucketName", "ObjectLockEnabled", "Tags"}
        self.warn_of(context, [name for name in properties if name not in known])


PROVIDERS: dict[str, Provider] = {
    "AWS::S3::AccessPoint": ServiceResource(
        is_only_checked=True,
        service="s3control",
        create_call="CreateAccessPoint",
        delete_call="DeleteAccessPoint",
        id="Name",
        name="Name",
        fixed={"AccountId": "{Account}"},
        attributes={
            "Alias": "{Name}-s3alias",
            "Arn": "arn:aws:s3:{Region}:{Account}:accesspoint/{Name}",
            "Name": "Name",
        },
        ignored=("Policy", "Tags"),
    ),
    "AWS::S3::Bucket": Bucket(
        service="s3", create_call="CreateBucket", delete_call="DeleteBucket", id="Bucket"
    ),
}
