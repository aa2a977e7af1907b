"""Rules of security groups are those for each range of the prefix lists that they name."""

from __future__ import annotations

from typing import Any

import pytest

from cdk_batch_mnp.model.unknown import UNKNOWN
from tests.template.stacks import environment

LIST = """
    List:
      Type: AWS::EC2::PrefixList
      Properties: {{PrefixListName: nodes, MaxEntries: 2, AddressFamily: IPv4, {entries}}}
"""
INSIDE = """
    Group:
      Type: AWS::EC2::SecurityGroup
      Properties:
        SecurityGroupIngress: [{IpProtocol: tcp, FromPort: 443, SourcePrefixListId: !Ref List}]
"""
SEPARATE = """
    Group: {Type: AWS::EC2::SecurityGroup, Properties: {}}
    Rule:
      Type: AWS::EC2::SecurityGroupIngress
      Properties: {GroupId: !Ref Group, IpProtocol: tcp, SourcePrefixListId: !Ref List}
"""


def peers(text: str) -> Any:
    found = environment(text, written="SecurityGroupIds: [!Ref Group]")
    (group,) = found.known_security_groups
    assert group.ingress is not UNKNOWN
    return [each if each is UNKNOWN else each.peer for each in group.ingress]


@pytest.mark.parametrize("group", [INSIDE, SEPARATE], ids=["inside", "separate"])
@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ("Entries: [{Cidr: 10.0.0.0/16}]", ["10.0.0.0/16"]),
        ("Entries: [{Cidr: 10.0.0.0/16}, {Cidr: 10.1.0.0/16}]", ["10.0.0.0/16", "10.1.0.0/16"]),
        ("Entries: [{Cidr: 10.0.0.0/16}, {Cidr: !ImportValue range}]", [UNKNOWN]),
        ("Entries: !ImportValue ranges", [UNKNOWN]),
        ("Entries: []", [UNKNOWN]),
        ("Tags: []", [UNKNOWN]),
    ],
)
def test_a_rule_for_a_prefix_list_is_one_for_each_range(
    group: str, entries: str, expected: Any
) -> None:
    assert peers(LIST.format(entries=entries) + group) == expected


def test_the_ranges_of_another_prefix_list_are_unknown() -> None:
    assert peers(INSIDE.replace("!Ref List", "!ImportValue list")) == [UNKNOWN]
    assert peers(INSIDE.replace("!Ref List", "pl-1")) == ["pl-1"]
