"""Security groups, network interfaces and EFA."""

from __future__ import annotations

from tests.corpus.changes import (
    CONTAINER,
    INTERFACES,
    LEFT_OUT,
    RESOURCES,
    Table,
    ref,
    security_group,
)

SECURITY_GROUPS: Table = {
    "MNP406": (
        (
            "ingress from the addresses of another network",
            "isolated",
            {"Group.SecurityGroupIngress.0.CidrIp": "10.9.0.0/16"},
        ),
        (
            "no ingress",
            "cluster",
            {"NodesAmongThemselves": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        ),
        (
            "a rule of another group",
            "cluster",
            {"Other": security_group(), "NodesAmongThemselves.GroupId": ref("Other")},
        ),
        (
            "SSH alone",
            "cluster",
            {
                "NodesAmongThemselves.IpProtocol": "tcp",
                "NodesAmongThemselves.FromPort": 22,
                "NodesAmongThemselves.ToPort": 22,
            },
        ),
        ("no rule at all", "isolated", {"Group.SecurityGroupIngress": LEFT_OUT}),
        (
            "HTTPS alone goes out",
            "cluster",
            {
                "Nodes.SecurityGroupEgress": [
                    {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIp": "0.0.0.0/0"}
                ]
            },
        ),
    ),
    "MNP407": (
        (
            "SSH from everywhere",
            "cluster",
            {
                "Ssh": {
                    "Type": "AWS::EC2::SecurityGroupIngress",
                    "Properties": {
                        "GroupId": ref("Nodes"),
                        "IpProtocol": "tcp",
                        "FromPort": 22,
                        "ToPort": 22,
                        "CidrIp": "0.0.0.0/0",
                    },
                }
            },
        ),
        (
            "all of IPv6",
            "isolated",
            {"Group.SecurityGroupIngress.+": {"IpProtocol": "-1", "CidrIpv6": "::/0"}},
        ),
    ),
    "MNP408": (
        (
            "nothing to itself",
            "efa",
            {"GroupOut": {"Type": "AWS::CloudFormation::WaitConditionHandle"}},
        ),
        (
            "TCP alone from itself",
            "efa",
            {"GroupIn.IpProtocol": "tcp", "GroupIn.FromPort": 0, "GroupIn.ToPort": 65535},
        ),
    ),
    "MNP409": (
        ("groups in both places", "efa", {f"{RESOURCES}.SecurityGroupIds": [ref("Group")]}),
    ),
    "MNP410": (
        ("a card that is not", "efa", {f"{INTERFACES}.3.NetworkCardIndex": 4}),
        ("no primary interface", "efa", {f"{INTERFACES}.0.DeviceIndex": 1}),
        ("a public address", "efa", {f"{INTERFACES}.0.AssociatePublicIpAddress": True}),
    ),
    "MNP411": (
        ("no device", "efa", {f"{CONTAINER}.LinuxParameters.Devices": LEFT_OUT}),
        ("one device too few", "efa", {f"{CONTAINER}.LinuxParameters.Devices.3": LEFT_OUT}),
        ("no memlock", "efa", {f"{CONTAINER}.Ulimits": LEFT_OUT}),
        (
            "devices without EFA",
            "cluster",
            {
                f"{CONTAINER}.LinuxParameters": {
                    "Devices": [{"HostPath": "/dev/infiniband/uverbs0"}]
                }
            },
        ),
    ),
    "MNP415": (
        ("no groups", "cluster", {f"{RESOURCES}.SecurityGroupIds": LEFT_OUT}),
        ("an empty list", "isolated", {f"{RESOURCES}.SecurityGroupIds": []}),
        ("an EFA interface without any", "efa", {f"{INTERFACES}.0.Groups": LEFT_OUT}),
    ),
    "MNP416": (
        (
            "the CDK empties it",
            "efa",
            {
                "Emptied": {
                    "Type": "Custom::VpcRestrictDefaultSG",
                    "Properties": {
                        "ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:empty",
                        "DefaultSecurityGroupId": {"Fn::GetAtt": ["Vpc", "DefaultSecurityGroup"]},
                        "Account": ref("AWS::AccountId"),
                    },
                }
            },
        ),
    ),
    "MNP417": (
        (
            "a type with one EFA",
            "efa",
            {
                f"{RESOURCES}.InstanceTypes": ["p4d.24xlarge", "g5.48xlarge"],
                f"{RESOURCES}.MaxvCpus": 384,
                f"{CONTAINER}.InstanceType": "g5.48xlarge",
                f"{CONTAINER}.ResourceRequirements.1.Value": "600000",
            },
        ),
    ),
    "MNP427": (
        (
            "a group of another VPC",
            "cluster",
            {
                "OtherVpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
                "Nodes.VpcId": ref("OtherVpc"),
            },
        ),
        (
            "a group of interfaces in another VPC",
            "efa",
            {
                "OtherVpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.9.0.0/16"}},
                "Group.VpcId": ref("OtherVpc"),
            },
        ),
    ),
    "MNP428": (
        (
            "two resources for the group of interfaces",
            "efa",
            {
                "GroupInAgain": {
                    "Type": "AWS::EC2::SecurityGroupIngress",
                    "Properties": {
                        "GroupId": ref("Group"),
                        "IpProtocol": "-1",
                        "SourceSecurityGroupId": ref("Group"),
                    },
                },
            },
        ),
        (
            "two resources",
            "cluster",
            {
                name: {
                    "Type": "AWS::EC2::SecurityGroupIngress",
                    "Properties": {
                        "GroupId": ref("Nodes"),
                        "IpProtocol": "tcp",
                        "FromPort": 27000,
                        "ToPort": 27000,
                        "CidrIp": "10.0.0.9/32",
                        "Description": f"The license server, for {name}",
                    },
                }
                for name in ("Solver", "Mesher")
            },
        ),
    ),
}
