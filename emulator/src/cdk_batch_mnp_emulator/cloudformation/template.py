"""Parse templates in JSON or YAML as CloudFormation does."""

from __future__ import annotations

import json
from typing import Any

import yaml

from cdk_batch_mnp_emulator.cloudformation.references import check_references
from cdk_batch_mnp_emulator.cloudformation.structure import DEEPEST, Json, check_structure, invalid
from cdk_batch_mnp_emulator.errors import ServiceError

MOST_INLINE = 51_200
"""Maximum bytes of a template in a request. Source: CloudFormation user guide, "Quotas"."""

MOST_PUBLISHED = 1_000_000
"""Maximum bytes of a template in S3. The quotas say 1 MB; the service's message has the exact
number.
"""


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short forms, such as ``!Ref``, and without aliases."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise invalid(
                "Template format error: YAML aliases are not allowed in CloudFormation templates"
            )
        return super().compose_node(parent, index)

    def fetch_flow_collection_start(self, token_class: type[yaml.Token]) -> None:
        # It reads a thousand brackets ahead, and searches all of them for a key at each.
        if self.flow_level > DEEPEST:
            raise _too_deep()
        super().fetch_flow_collection_start(token_class)


def _short_form(loader: yaml.SafeLoader, suffix: str, node: yaml.Node) -> Json:
    value: Any
    if isinstance(node, yaml.ScalarNode):
        value = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        assert isinstance(node, yaml.MappingNode)  # noqa: S101 - for the type checker
        value = loader.construct_mapping(node, deep=True)
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.add_multi_constructor("!", _short_form)
# A date, such as a policy's version, stays a string.
_Loader.yaml_implicit_resolvers = {
    first: [each for each in resolvers if each[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str) -> Json:
    """Parse a template, and check everything that needs no parameter values.

    Raises:
        ServiceError: It is neither JSON nor YAML, has an invalid structure or undefined references,
            or uses something that is not supported here.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MOST_PUBLISHED:
        raise invalid(f"Template may not exceed {MOST_PUBLISHED} bytes in size.")
    try:
        template = _read(text)
    except RecursionError:
        raise _too_deep() from None
    check_structure(template)
    check_references(template)
    return dict(template)


def check_inline(text: str) -> None:
    """Reject a template that is too large for a request.

    Raises:
        ServiceError: It is too large.
    """
    if len(text.encode("utf-8", "surrogatepass")) > MOST_INLINE:
        raise invalid(
            "1 validation error detected: Value at 'templateBody' failed to satisfy constraint: "
            f"Member must have length less than or equal to {MOST_INLINE}"
        )


def _too_deep() -> ServiceError:
    return invalid(f"Template format error: nested deeper than {DEEPEST} levels.")


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        try:
            return yaml.load(text, Loader=_Loader)  # noqa: S506 - a safe loader
        except (yaml.YAMLError, ValueError, TypeError) as error:
            raise invalid(f"Template format error: {error}") from None
