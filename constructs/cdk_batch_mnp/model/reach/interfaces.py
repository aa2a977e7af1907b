"""The network interfaces of nodes: those of instances, and those of tasks."""

from __future__ import annotations

from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.compute_environment import ComputeEnvironment
from cdk_batch_mnp.model.launch_template import LaunchTemplate, NetworkInterface
from cdk_batch_mnp.model.network import Subnet
from cdk_batch_mnp.model.reach.filters import Groups
from cdk_batch_mnp.model.reach.services import Interface
from cdk_batch_mnp.model.unknown import UNKNOWN, Maybe, Unknown, has_value

_GETS_ADDRESS = pattern(r"(?i)associate-address|elastic.?ip|eip")
"""Words in user data that may give the instance a public address after its start."""
_PROXY = pattern(r"(?i)proxy")


def instance_interface(environment: ComputeEnvironment, subnet: Subnet) -> Interface:
    """Return the interface through which an instance in a subnet reaches services.

    The ECS agent and the container runtime of the instance use it: to register, to pull images, to
    send logs and to fetch secrets. It has the groups of the launch template's interfaces if there
    are any, otherwise those of the environment, of the launch template, or the VPC's default.

    Source: Batch User Guide, launch templates; EC2 User Guide, public IPv4 addresses.
    """
    return Interface(
        subnet=subnet,
        groups=_instance_groups(environment, subnet),
        has_public_address=_has_public_address(environment, subnet),
    )


def task_interface(environment: ComputeEnvironment, subnet: Subnet) -> Interface:
    """Return the interface of a multi-node task in a subnet, which never has a public address.

    Source: Batch User Guide, compute environments for multi-node parallel jobs.
    """
    groups = environment.security_groups
    return Interface(
        subnet=subnet,
        groups=_default_groups(subnet) if groups in (None, ()) else _known(groups),
        has_public_address=False,
    )


def may_use_proxy(environment: ComputeEnvironment) -> bool:
    """Return whether user data may name a proxy, through which nodes reach services.

    A launch template that is not known is assumed to name none.
    """
    template = environment.launch_template
    if not has_value(template) or template.user_data is None:
        return False
    return template.user_data is UNKNOWN or bool(_PROXY.search(template.user_data))


def _known(groups: Groups | None) -> Groups:
    return UNKNOWN if groups is None else groups


def _default_groups(subnet: Subnet) -> Groups:
    return UNKNOWN if subnet.vpc is UNKNOWN else (subnet.vpc.default_security_group,)


def _template(environment: ComputeEnvironment) -> Maybe[LaunchTemplate] | None:
    """Return the template of every instance; unknown if overrides may replace it."""
    if environment.has_template_overrides is not False:
        return UNKNOWN
    return environment.launch_template


def _interfaces(
    template: Maybe[LaunchTemplate] | None,
) -> Maybe[tuple[Maybe[NetworkInterface], ...]]:
    if template is None or template is UNKNOWN:
        return () if template is None else UNKNOWN
    return template.network_interfaces


def _instance_groups(environment: ComputeEnvironment, subnet: Subnet) -> Groups:
    template = _template(environment)
    interfaces = _interfaces(template)
    if isinstance(interfaces, Unknown):
        return UNKNOWN
    if interfaces:
        return _of_interfaces(interfaces, subnet)
    for groups in (
        environment.security_groups,
        template.known_security_groups if has_value(template) else None,
    ):
        if groups not in (None, ()):
            return _known(groups)
    return _default_groups(subnet)


def _of_interfaces(interfaces: tuple[Maybe[NetworkInterface], ...], subnet: Subnet) -> Groups:
    """Return the groups of the interfaces with an address, if they are the same on all of them."""
    found: list[Groups] = []
    for interface in interfaces:
        if interface is UNKNOWN or interface.interface_type is UNKNOWN:
            return UNKNOWN
        if interface.interface_type == "efa-only":
            continue
        sets_none = interface.security_groups in (None, ())
        found.append(_default_groups(subnet) if sets_none else interface.known_groups)
    return found[0] if found and all(each == found[0] for each in found) else UNKNOWN


def _has_public_address(environment: ComputeEnvironment, subnet: Subnet) -> Maybe[bool]:
    template = _template(environment)
    if template is UNKNOWN:
        return UNKNOWN
    given = _given_address(template, subnet)
    if given is not False or template is None or template.user_data is None:
        return given
    data = template.user_data
    return UNKNOWN if data is UNKNOWN or _GETS_ADDRESS.search(data) else False


def _given_address(template: LaunchTemplate | None, subnet: Subnet) -> Maybe[bool]:
    interfaces = () if template is None else template.network_interfaces
    if isinstance(interfaces, Unknown) or UNKNOWN in interfaces:
        return UNKNOWN
    known = [interface for interface in interfaces if interface is not UNKNOWN]
    if any(each.associate_public_ip_address is not None for each in known):
        asked = {each.associate_public_ip_address for each in known}
        return True if True in asked else UNKNOWN if UNKNOWN in asked else False
    # EC2 assigns no public address to an instance that starts with several interfaces.
    return False if len(known) > 1 else subnet.maps_public_addresses
