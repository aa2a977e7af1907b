"""Attributes of constructs that never change, read from Node only once per construct.

Each read of an attribute is a round trip to the Node process; otherwise two hundred job definitions
of a cluster would read the same Region and log group name two hundred times.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar
from weakref import WeakKeyDictionary

from aws_cdk import ITaggable, Stack, TagManager
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import IConstruct, Node

from cdk_batch_mnp.cdk.jsii.proxies import read

_S = TypeVar("_S")
_T = TypeVar("_T")


def once(function: Callable[[_S], _T]) -> Callable[[_S], _T]:
    """Cache the result of a function per object."""
    found: WeakKeyDictionary[_S, _T] = WeakKeyDictionary()

    @wraps(function)
    def remembered(subject: _S) -> _T:
        if subject not in found:
            found[subject] = function(subject)
        return found[subject]

    return remembered


_paths: WeakKeyDictionary[IConstruct, str] = WeakKeyDictionary()
_scopes: WeakKeyDictionary[IConstruct, IConstruct] = WeakKeyDictionary()


def note_place(construct: IConstruct, scope: IConstruct, path: str) -> None:
    """Store the scope and the path of a construct that is created in Python."""
    _scopes[construct] = scope
    _paths[construct] = path


def path_of(construct: IConstruct) -> str:
    """Return a construct's path in the construct tree."""
    if construct not in _paths:
        _paths[construct] = node_of(construct).path
    return _paths[construct]


@once
def node_of(construct: IConstruct) -> Node:
    """Return the node of a construct in the construct tree."""
    node: Node = read(construct, "node")
    return node


def stack_of(construct: IConstruct) -> Stack:
    """Return the stack that a construct is in."""
    while not isinstance(construct, Stack):
        if construct not in _scopes:
            return _asked_stack_of(construct)
        construct = _scopes[construct]
    return construct


@once
def _asked_stack_of(construct: IConstruct) -> Stack:
    return Stack.of(construct)


def region_of(scope: IConstruct) -> str:
    """Return the Region of a construct's stack, or a token for it."""
    return _region_of(stack_of(scope))


@once
def _region_of(stack: Stack) -> str:
    return stack.region


@once
def tags_of(resource: ITaggable) -> TagManager:
    """Return the tags of a resource."""
    return resource.tags


@once
def role_arn_of(role: iam.IRole) -> str:
    """Return a token for a role's ARN."""
    arn: str = read(role, "role_arn")
    return arn


@once
def log_group_name_of(log_group: logs.ILogGroup) -> str:
    """Return a token for a log group's name."""
    name: str = read(log_group, "log_group_name")
    return name


@once
def subnet_id_of(subnet: ec2.ISubnet) -> str:
    """Return the ID of a subnet, or a token for it."""
    id: str = read(subnet, "subnet_id")
    return id
