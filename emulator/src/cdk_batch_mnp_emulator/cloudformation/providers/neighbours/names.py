"""Zones, records and resolvers of Route 53, certificates, and namespaces of services."""

from __future__ import annotations

from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import Tagging
from cdk_batch_mnp_emulator.cloudformation.providers.neighbours.service_resource import (
    ServiceResource,
    gone_already,
)
from cdk_batch_mnp_emulator.cloudformation.resource import (
    Context,
    Properties,
    Provided,
    Provider,
    changed,
    without,
)


class HostedZone(ServiceResource):
    """Provides AWS::Route53::HostedZone, public or private."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call, with the first VPC."""
        request: dict[str, Any] = {"Name": properties["Name"], "CallerReference": context.name}
        vpcs = properties.get("VPCs", [])
        config = dict(properties.get("HostedZoneConfig", {}))
        if vpcs:
            request["VPC"] = vpcs[0]
            config["PrivateZone"] = True
        return request | ({"HostedZoneConfig": config} if config else {})

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the zone, and associate the other VPCs."""
        answer = context.call("route53", "CreateHostedZone", **self.request(context, properties))
        id = answer["HostedZone"]["Id"].rpartition("/")[2]
        for vpc in properties.get("VPCs", [])[1:]:
            context.call("route53", "AssociateVPCWithHostedZone", HostedZoneId=id, VPC=vpc)
        servers = answer.get("DelegationSet", {}).get("NameServers", [])
        provided = Provided(id, {"Id": id, "NameServers": servers, "(keys)": {"Id": id}})
        self._tag(context, id, {}, properties)
        return provided

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether the zone gets another name, or becomes public or private."""
        is_private = [bool(each.get("VPCs")) for each in (old, new)]
        return "Name" in changed(old, new) or is_private[0] != is_private[1]

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Set comment, VPCs and tags."""
        id = provided.physical_id
        comments = [each.get("HostedZoneConfig", {}).get("Comment", "") for each in (old, new)]
        if comments[0] != comments[1]:
            context.call("route53", "UpdateHostedZoneComment", Id=id, Comment=comments[1])
        before, after = old.get("VPCs", []), new.get("VPCs", [])
        for verb, vpcs in (
            ("AssociateVPCWithHostedZone", [each for each in after if each not in before]),
            ("DisassociateVPCFromHostedZone", [each for each in before if each not in after]),
        ):
            for vpc in vpcs:
                context.call("route53", verb, HostedZoneId=id, VPC=vpc)
        self._tag(context, id, old, new)
        return provided

    def _tag(self, context: Context, id: str, old: Properties, new: Properties) -> None:
        before, after = (
            {tag["Key"]: tag["Value"] for tag in properties.get("HostedZoneTags", [])}
            for properties in (old, new)
        )
        if before == after:
            return
        request: dict[str, Any] = {"ResourceType": "hostedzone", "ResourceId": id}
        if after:
            request["AddTags"] = [{"Key": key, "Value": after[key]} for key in after]
        if gone := sorted(set(before) - set(after)):
            request["RemoveTagKeys"] = gone
        context.call("route53", "ChangeTagsForResource", **request)


class Records:
    """Provides AWS::Route53::RecordSet and AWS::Route53::RecordSetGroup."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Create the records."""
        self._change(context, "CREATE", properties)
        return Provided(str(properties.get("Name", context.name)))

    def must_replace(self, old: Properties, new: Properties) -> bool:
        """Whether a record gets another name or zone."""
        return bool(changed(old, new) & {"HostedZoneId", "HostedZoneName", "Name"})

    def update(
        self, context: Context, provided: Provided, old: Properties, new: Properties
    ) -> Provided:
        """Set the records of the new template, and delete those that it does not have."""
        kept = {_key(record) for record in _records(new)}
        gone = [record for record in _records(old) if _key(record) not in kept]
        self._change(context, "DELETE", {**old, "RecordSets": gone})
        self._change(context, "UPSERT", new)
        return provided

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the records."""
        with gone_already():
            self._change(context, "DELETE", properties)

    def _change(self, context: Context, action: str, properties: Properties) -> None:
        changes = []
        for record in _records(properties):
            own = without(record, "HostedZoneId", "HostedZoneName", "Comment")
            if "ResourceRecords" in own:
                own["ResourceRecords"] = [{"Value": each} for each in own["ResourceRecords"]]
            changes.append({"Action": action, "ResourceRecordSet": own})
        if changes:
            context.call(
                "route53",
                "ChangeResourceRecordSets",
                HostedZoneId=_zone(context, {**_records(properties)[0], **properties}),
                ChangeBatch={"Changes": changes},
            )


def _records(properties: Properties) -> list[Properties]:
    return list(properties.get("RecordSets", [properties]))


def _key(record: Properties) -> tuple[Any, ...]:
    return tuple(record.get(name) for name in ("Name", "Type", "SetIdentifier"))


def _zone(context: Context, properties: Properties) -> str:
    if "HostedZoneId" in properties:
        return str(properties["HostedZoneId"])
    name = properties["HostedZoneName"]
    zones = context.call("route53", "ListHostedZonesByName", DNSName=name)["HostedZones"]
    return str(next(each["Id"] for each in zones if each["Name"] == name))


def _namespace(kind: str) -> ServiceResource:
    return _Namespace(
        service="servicediscovery",
        create_call=f"Create{kind}Namespace",
        delete_call="DeleteNamespace",
        id="Id",
        name="Name",
        attributes={"Arn": "Arn", "Id": "Id"},
        tagging=Tagging("ResourceARN", resource="{Arn}"),
    )


class _Namespace(ServiceResource):
    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        super().delete(context, provided, properties)
        if zone := provided.attributes["HostedZoneId"]:
            with gone_already():
                context.call("route53", "DeleteHostedZone", Id=zone)

    def provided(self, context: Context, known: Any, properties: Properties) -> Provided:
        operation = context.call(
            "servicediscovery", "GetOperation", OperationId=known["OperationId"]
        )
        id = operation["Operation"]["Targets"]["NAMESPACE"]
        found = context.call("servicediscovery", "GetNamespace", Id=id)["Namespace"]
        properties_of = found.get("Properties", {}).get("DnsProperties", {})
        zone = str(properties_of.get("HostedZoneId", "")).rpartition("/")[2]
        made = super().provided(context, {**known, "Id": id, "Arn": found["Arn"]}, properties)
        return Provided(id, {**made.attributes, "HostedZoneId": zone})


PROVIDERS: dict[str, Provider] = {
    "AWS::CertificateManager::Certificate": ServiceResource(
        service="acm",
        create_call="RequestCertificate",
        delete_call="DeleteCertificate",
        id="CertificateArn",
        ignored=("DomainValidationOptions", "CertificateTransparencyLoggingPreference"),
        tagging=Tagging(
            "CertificateArn",
            tag_call="AddTagsToCertificate",
            untag_call="RemoveTagsFromCertificate",
        ),
    ),
    "AWS::Route53::HealthCheck": ServiceResource(
        service="route53",
        create_call="CreateHealthCheck",
        delete_call="DeleteHealthCheck",
        answer="HealthCheck",
        id="Id",
        id_argument="HealthCheckId",
        attributes={"HealthCheckId": "Id"},
        fixed={"CallerReference": "{Name}"},
        ignored=("HealthCheckTags",),
    ),
    "AWS::Route53::HostedZone": HostedZone(
        service="route53",
        create_call="CreateHostedZone",
        delete_call="DeleteHostedZone",
        id="Id",
    ),
    "AWS::Route53::RecordSet": Records(),
    "AWS::Route53::RecordSetGroup": Records(),
    "AWS::Route53Resolver::ResolverEndpoint": ServiceResource(
        service="route53resolver",
        create_call="CreateResolverEndpoint",
        update_call="UpdateResolverEndpoint",
        delete_call="DeleteResolverEndpoint",
        answer="ResolverEndpoint",
        id="Id",
        id_argument="ResolverEndpointId",
        attributes={"Arn": "Arn", "ResolverEndpointId": "Id", "Direction": "Direction"},
        fixed={"CreatorRequestId": "{Name}"},
        tagging=Tagging("ResourceArn", resource="{Arn}"),
    ),
    "AWS::Route53Resolver::ResolverRule": ServiceResource(
        service="route53resolver",
        create_call="CreateResolverRule",
        delete_call="DeleteResolverRule",
        answer="ResolverRule",
        id="Id",
        id_argument="ResolverRuleId",
        attributes={"Arn": "Arn", "ResolverRuleId": "Id", "DomainName": "DomainName"},
        fixed={"CreatorRequestId": "{Name}"},
        converted={"TargetIps": lambda ips: [{"Port": 53, **ip} for ip in ips]},
        tagging=Tagging("ResourceArn", resource="{Arn}"),
    ),
    "AWS::Route53Resolver::ResolverRuleAssociation": ServiceResource(
        service="route53resolver",
        create_call="AssociateResolverRule",
        delete_call="DisassociateResolverRule",
        answer="ResolverRuleAssociation",
        id="Id",
        id_argument="ResolverRuleId",
        key="{ResolverRuleId}",
        keys=("VPCId",),
        attributes={"ResolverRuleAssociationId": "Id"},
        renamed={"VPCId": "VPCId"},
    ),
    "AWS::ServiceDiscovery::HttpNamespace": _namespace("Http"),
    "AWS::ServiceDiscovery::PrivateDnsNamespace": _namespace("PrivateDns"),
    "AWS::ServiceDiscovery::PublicDnsNamespace": _namespace("PublicDns"),
    "AWS::ServiceDiscovery::Service": ServiceResource(
        service="servicediscovery",
        create_call="CreateService",
        delete_call="DeleteService",
        answer="Service",
        id="Id",
        name="Name",
        attributes={"Arn": "Arn", "Id": "Id", "Name": "Name"},
        ignored=("ServiceAttributes",),
        tagging=Tagging("ResourceARN", resource="{Arn}"),
    ),
}
