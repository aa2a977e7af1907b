"""Makes clients of botocore sooner: a run of the tests makes hundreds, of the same few services."""

from __future__ import annotations

from typing import Any

from botocore.client import ClientCreator
from botocore.hooks import EventAliaser


def apply() -> None:
    """Keep for all clients what botocore makes anew for each."""
    _make_classes_once()
    _find_names_of_events_once()


def _make_classes_once() -> None:
    # A client of EC2 has hundreds of methods.
    creator: Any = ClientCreator
    make, made = creator._create_client_class, dict[tuple[str, str], Any]()

    def make_once(self: Any, service: str, model: Any) -> Any:
        key = (service, model.api_version)
        if key not in made:
            made[key] = make(self, service, model)
        return made[key]

    creator._create_client_class = make_once


def _find_names_of_events_once() -> None:
    # Each client looks through thirty aliases for each name of an event that it meets.
    aliaser: Any = EventAliaser
    begin, found = aliaser.__init__, dict[str, str]()

    def begin_with_names(self: Any, *arguments: Any, **named: Any) -> None:
        begin(self, *arguments, **named)
        self._alias_name_cache = found

    aliaser.__init__ = begin_with_names
