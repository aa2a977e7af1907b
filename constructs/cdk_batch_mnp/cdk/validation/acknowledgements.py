"""Write acknowledgements to the Metadata of templates."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from aws_cdk import Stack, Validations
from constructs import IConstruct, MetadataEntry, Node

from cdk_batch_mnp.cdk.jsii.unchanging import node_of
from cdk_batch_mnp.cdk.validation.stage_state import Registered
from cdk_batch_mnp.model.resource import METADATA_KEY

PLUGIN = "MNP"
"""Name of the plugins of this library. In acknowledgements it comes before a rule's id."""

_NAMESPACES = (PLUGIN, "Annotation")
"""Prefixes of ids: the plugins', and the CDK's default."""


def write_acknowledgements(constructs: Mapping[str, Registered]) -> None:
    """Write the acknowledgements of constructs to the Metadata of their templates.

    Any finding can be acknowledged, including errors: quotas can be raised, and AWS may lift a
    constraint. The CDK writes the acknowledgements of a stack next to its template, but not those
    of an app or a stage. In the Metadata, every check of the template finds them.

    Args:
        constructs: The constructs by path.
    """
    reader = _Reader()
    for path, registered in constructs.items():
        own = reader.below_stack(path, registered.construct)
        if own:
            registered.resource.add_metadata(
                METADATA_KEY, {**registered.facts, "acknowledged": own}
            )
    for stack, reasons in reader.of_stacks:
        written = (stack.template_options.metadata or {}).get(METADATA_KEY)
        earlier = written if isinstance(written, Mapping) else {}
        accepted = {**earlier.get("acknowledged", {}), **reasons}
        stack.add_metadata(METADATA_KEY, {**earlier, "acknowledged": accepted})


_Reasons = dict[str, str]
"""Acknowledged rule ids, each with its reason."""


class _Reader:
    """Reads the acknowledgements of each construct once, because every read is a call to Node."""

    def __init__(self) -> None:
        self._stacks: list[tuple[Stack, _Reasons]] = []
        self._known: dict[str, tuple[_Reasons, _Reasons]] = {}
        """By path: all reasons, and those from below the nearest stack."""

    @property
    def of_stacks(self) -> Iterator[tuple[Stack, _Reasons]]:
        """The stacks that have been read, with the acknowledgements on them or above."""
        return (stack for stack in self._stacks if stack[1])

    def below_stack(self, path: str, construct: IConstruct) -> _Reasons:
        """Return the acknowledgements on a construct or above it, below its stack."""
        return self._read(path, construct)[1]

    def _read(self, path: str, construct: IConstruct) -> tuple[_Reasons, _Reasons]:
        if path not in self._known:
            node = node_of(construct)
            every, below = self._read_scope(path, node) if path else ({}, {})
            own = self._acknowledged_in(node.metadata)
            # The nearest reason takes precedence.
            every, below = {**every, **own}, {**below, **own}
            if isinstance(construct, Stack):
                self._stacks.append((construct, every))
                below = {}
            self._known[path] = every, below
        return self._known[path]

    def _read_scope(self, path: str, node: Node) -> tuple[_Reasons, _Reasons]:
        ids = path.split("/")
        around = "/".join(ids[:-1])
        if around not in self._known:
            # From the app on; the last one is the construct itself.
            for depth, scope in enumerate(node.scopes[:-1]):
                self._read("/".join(ids[:depth]), scope)
        return self._known[around]

    @staticmethod
    def _acknowledged_in(metadata: Iterable[MetadataEntry]) -> _Reasons:
        found: _Reasons = {}
        for entry in metadata:
            # The key is the last condition, because it is a message to Node.
            if isinstance(entry.data, Mapping) and entry.type == _key():
                for rule_id, reason in entry.data.items():
                    namespace, _, rule = str(rule_id).rpartition("::")
                    if namespace in _NAMESPACES:
                        found[rule] = str(reason)
        return found


@cache
def _key() -> str:
    return Validations.ACKNOWLEDGED_RULES_METADATA_KEY
