"""What users have accepted, and why, as the CDK keeps it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from aws_cdk import Validations
from constructs import Construct


class Acknowledgements(Mapping[str, str]):
    """The rules acknowledged at a construct or around it, each with the reason.

    Any finding can be acknowledged, errors too: quotas can be raised, and AWS may have learned what
    a rule does not know yet. The reason stands in the template, and AWS has the last word.

    ``Validations.of(scope).acknowledge(Acknowledgment(id="MNP116", reason="..."))`` writes what is
    read here. It is read from the CDK when a rule is broken, and only then.
    """

    def __init__(self, construct: Construct) -> None:
        self._construct = construct
        self._known: dict[str, str] | None = None

    @property
    def _reasons(self) -> dict[str, str]:
        if self._known is None:
            self._known = {}
            # The root comes first, so that a reason nearer to the construct is the one that stays.
            for scope in self._construct.node.scopes:
                for entry in scope.node.metadata:
                    if entry.type == Validations.ACKNOWLEDGED_RULES_METADATA_KEY:
                        self._known.update(_reasons(entry.data))
        return self._known

    def __getitem__(self, rule_id: str) -> str:
        return self._reasons[rule_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._reasons)

    def __bool__(self) -> bool:
        # Whether there is something to ask for must not be the question that asks for it.
        return True

    def __len__(self) -> int:
        return len(self._reasons)


def _reasons(data: object) -> dict[str, str]:
    if not isinstance(data, Mapping):
        return {}
    # The CDK puts a namespace before the id: that of warnings, or a plugin's name.
    return {str(id).rpartition("::")[2]: str(reason) for id, reason in data.items()}
