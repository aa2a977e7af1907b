"""Databases and caches, catalogs and queries, delivery streams and builds."""

from __future__ import annotations

import json
from typing import Any

from cdk_batch_mnp_emulator.cloudformation.providers.api_resource import (
    ReplacedOnChange,
    Tagging,
)
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

_RDS = "arn:aws:rds:{Region}:{Account}"
_DEFAULT_PORTS = {"mysql": 3306, "mariadb": 3306, "postgres": 5432, "aurora-postgresql": 5432}


def _rds_tags(kind: str) -> Tagging:
    return Tagging(
        "ResourceName",
        resource=f"{_RDS}:{kind}:{{Id}}",
        tag_call="AddTagsToResource",
        untag_call="RemoveTagsFromResource",
    )


class RdsResource(ServiceResource):
    """Provides a type of AWS::RDS."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call. Names are in lower case."""
        own = {self.name: str(properties.get(self.name, context.name)).lower()}
        return super().request(context, {**properties, **own})


class Database(RdsResource):
    """Provides AWS::RDS::DBInstance and AWS::RDS::DBCluster."""

    def request(self, context: Context, properties: Properties) -> dict[str, Any]:
        """Return the arguments of the create call."""
        request = super().request(context, properties)
        if self.name == "DBInstanceIdentifier" and "DBClusterIdentifier" not in properties:
            request.setdefault("AllocatedStorage", 20)
        return request

    def provided(self, context: Context, known: Any, properties: Properties) -> Provided:
        """Return the database, with its endpoint."""
        made = super().provided(context, known, properties)
        endpoint = known.get("Endpoint", "")
        port = known.get("Port") or _DEFAULT_PORTS.get(str(known.get("Engine")), 3306)
        if isinstance(endpoint, dict):
            address, port = endpoint.get("Address", ""), endpoint.get("Port", port)
        else:
            address = endpoint
        attributes = {
            "Endpoint.Address": address,
            "Endpoint.Port": str(port),
            "ReadEndpoint.Address": known.get("ReaderEndpoint", address),
        }
        return Provided(made.physical_id, {**made.attributes, **attributes})

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Delete the database without a snapshot."""
        with gone_already():
            context.call("rds", self.delete_call, **self.named(provided), SkipFinalSnapshot=True)


class SecretAttachment(ReplacedOnChange):
    """Provides AWS::SecretsManager::SecretTargetAttachment: where the database of a secret is."""

    def create(self, context: Context, properties: Properties) -> Provided:
        """Add the address of the database to the secret."""
        secret, target = properties["SecretId"], properties["TargetId"]
        found = context.call("secretsmanager", "GetSecretValue", SecretId=secret)
        value = json.loads(found["SecretString"])
        value |= _connection(context, properties["TargetType"], target)
        text = json.dumps(value)
        context.call("secretsmanager", "PutSecretValue", SecretId=secret, SecretString=text)
        return Provided(secret, {"Id": secret})

    def delete(self, context: Context, provided: Provided, properties: Properties) -> None:
        """Leave the secret as it is."""


def _connection(context: Context, type: str, target: str) -> dict[str, Any]:
    if type == "AWS::RDS::DBCluster":
        named = {"DBClusterIdentifier": target}
        (found,) = context.call("rds", "DescribeDBClusters", **named)["DBClusters"]
        host, port = found["Endpoint"], found.get("Port")
        own = {"dbClusterIdentifier": target}
    elif type == "AWS::RDS::DBInstance":
        named = {"DBInstanceIdentifier": target}
        (found,) = context.call("rds", "DescribeDBInstances", **named)["DBInstances"]
        host, port = found["Endpoint"]["Address"], found["Endpoint"]["Port"]
        own = {"dbInstanceIdentifier": target}
    else:
        return {}
    engine = str(found["Engine"]).removeprefix("aurora-").replace("postgresql", "postgres")
    return {"engine": engine, "host": host, "port": port, **own}


def _build_source(source: Properties) -> dict[str, Any]:
    own = {"buildspec" if key == "BuildSpec" else key: each for key, each in source.items()}
    # moto asks for a place even where there is none.
    return {"Location": own["Type"], **own} if own["Type"] == "NO_SOURCE" else own


PROVIDERS: dict[str, Provider] = {
    "AWS::Athena::WorkGroup": ServiceResource(
        service="athena",
        create_call="CreateWorkGroup",
        delete_call="DeleteWorkGroup",
        id="Name",
        name="Name",
        id_argument="WorkGroup",
        renamed={"WorkGroupConfiguration": "Configuration"},
        is_recreated=True,
        ignored=("RecursiveDeleteOption", "State"),
        tagging=Tagging("ResourceARN", resource="arn:aws:athena:{Region}:{Account}:workgroup/{Id}"),
    ),
    "AWS::CodeBuild::Project": ServiceResource(
        service="codebuild",
        create_call="CreateProject",
        delete_call="DeleteProject",
        answer="project",
        id="name",
        name="Name",
        attributes={"Arn": "arn"},
        is_recreated=True,
        converted={"Source": _build_source},
        ignored=("Triggers", "Visibility"),
    ),
    "AWS::ElastiCache::CacheCluster": ServiceResource(
        service="elasticache",
        create_call="CreateCacheCluster",
        delete_call="DeleteCacheCluster",
        answer="CacheCluster",
        id="CacheClusterId",
        name="ClusterName",
        renamed={"ClusterName": "CacheClusterId", "VpcSecurityGroupIds": "SecurityGroupIds"},
        attributes={"RedisEndpoint.Address": "{Id}.cache.local", "RedisEndpoint.Port": "Port"},
    ),
    "AWS::ElastiCache::SubnetGroup": ServiceResource(
        service="elasticache",
        is_only_checked=True,
        create_call="CreateCacheSubnetGroup",
        delete_call="DeleteCacheSubnetGroup",
        answer="CacheSubnetGroup",
        id="CacheSubnetGroupName",
        name="CacheSubnetGroupName",
        renamed={"Description": "CacheSubnetGroupDescription"},
    ),
    "AWS::Glue::Database": ServiceResource(
        service="glue",
        create_call="CreateDatabase",
        update_call="UpdateDatabase",
        delete_call="DeleteDatabase",
        id="{DatabaseInput[Name]}",
        id_argument="Name",
        keys=("CatalogId",),
    ),
    "AWS::KinesisFirehose::DeliveryStream": ServiceResource(
        service="firehose",
        create_call="CreateDeliveryStream",
        delete_call="DeleteDeliveryStream",
        id="DeliveryStreamName",
        name="DeliveryStreamName",
        attributes={"Arn": "DeliveryStreamARN"},
        is_recreated=True,
        tagging=Tagging(
            "DeliveryStreamName",
            tag_call="TagDeliveryStream",
            untag_call="UntagDeliveryStream",
        ),
    ),
    "AWS::RDS::DBCluster": Database(
        service="rds",
        create_call="CreateDBCluster",
        update_call="ModifyDBCluster",
        delete_call="DeleteDBCluster",
        answer="DBCluster",
        id="DBClusterIdentifier",
        name="DBClusterIdentifier",
        attributes={
            "DBClusterArn": "DBClusterArn",
            "DBClusterResourceId": "DbClusterResourceId",
        },
        create_only=frozenset({"DBClusterIdentifier", "DBSubnetGroupName", "Engine"}),
        ignored=("AssociatedRoles",),
        tagging=_rds_tags("cluster"),
    ),
    "AWS::RDS::DBClusterParameterGroup": RdsResource(
        service="rds",
        create_call="CreateDBClusterParameterGroup",
        delete_call="DeleteDBClusterParameterGroup",
        answer="DBClusterParameterGroup",
        id="DBClusterParameterGroupName",
        name="DBClusterParameterGroupName",
        renamed={"Family": "DBParameterGroupFamily"},
        ignored=("Parameters", "Tags"),
    ),
    "AWS::RDS::DBInstance": Database(
        service="rds",
        create_call="CreateDBInstance",
        update_call="ModifyDBInstance",
        delete_call="DeleteDBInstance",
        answer="DBInstance",
        id="DBInstanceIdentifier",
        name="DBInstanceIdentifier",
        renamed={"VPCSecurityGroups": "VpcSecurityGroupIds"},
        attributes={"DBInstanceArn": "DBInstanceArn", "DbiResourceId": "DbiResourceId"},
        create_only=frozenset(
            {
                "DBInstanceIdentifier",
                "DBName",
                "DBSubnetGroupName",
                "Engine",
                "MasterUsername",
                "StorageEncrypted",
            }
        ),
        ignored=("AssociatedRoles", "DeleteAutomatedBackups", "UseDefaultProcessorFeatures"),
        tagging=_rds_tags("db"),
    ),
    "AWS::RDS::DBParameterGroup": RdsResource(
        service="rds",
        create_call="CreateDBParameterGroup",
        delete_call="DeleteDBParameterGroup",
        answer="DBParameterGroup",
        id="DBParameterGroupName",
        name="DBParameterGroupName",
        renamed={"Family": "DBParameterGroupFamily"},
        ignored=("Parameters", "Tags"),
    ),
    "AWS::RDS::DBSubnetGroup": RdsResource(
        service="rds",
        create_call="CreateDBSubnetGroup",
        delete_call="DeleteDBSubnetGroup",
        answer="DBSubnetGroup",
        id="DBSubnetGroupName",
        name="DBSubnetGroupName",
        is_recreated=True,  # moto loses a group that is modified
        tagging=_rds_tags("subgrp"),
    ),
    "AWS::SecretsManager::SecretTargetAttachment": SecretAttachment(),
}
