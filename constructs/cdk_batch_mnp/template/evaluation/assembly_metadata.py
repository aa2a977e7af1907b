"""Facts about constructs that a cloud assembly records outside of its templates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.template.source.limits import MAX_CONSTRUCT_DEPTH


@dataclass(slots=True)
class AssemblyMetadata:
    """Facts about constructs that a cloud assembly records.

    Attributes:
        acknowledged: Construct path to rule IDs with reasons.
        paths: Template file and logical ID to construct path.
        nested: Construct path of a nested stack to its template file.
        read_platforms: Each returns the platforms of the container images that are built for a
            stack, by the hash of the image; an empty text if none is set.
        has_files: Whether there is an assembly, with the files that its templates name.
        from_tree: Returns what the construct tree knows, if it is there: an app can have its paths
            and logical IDs left out of what it writes. Called only for what is not found otherwise.
    """

    acknowledged: dict[str, dict[str, str]] = field(default_factory=dict)
    paths: dict[tuple[str, str], str] = field(default_factory=dict)
    nested: dict[str, str] = field(default_factory=dict)
    read_platforms: list[Callable[[], Mapping[str, str]]] = field(default_factory=list)
    has_files: bool = False
    from_tree: Callable[[], AssemblyMetadata] | None = None
    _platforms: dict[str, str] = field(default_factory=dict)

    def path_of(self, template: str, logical_id: str) -> str | None:
        """Return the construct path of a resource, by its template's file name."""
        found = self.paths.get((template, logical_id))
        if found is None and self.from_tree is not None:
            found = self.from_tree().path_of(template, logical_id)
        return found

    def template_of(self, nested_stack: str) -> str | None:
        """Return the template file of a nested stack, by its construct path."""
        found = self.nested.get(nested_stack)
        if found is None and self.from_tree is not None:
            found = self.from_tree().template_of(nested_stack)
        return found

    def platform_of(self, image_hash: str) -> str | None:
        """Return the platform of an image that is built, by its hash; ``None`` if it is not one."""
        # Few templates have such images, so the files that name them are read when one does.
        for read in self.read_platforms:
            self._platforms.update(read())
        self.read_platforms.clear()
        return self._platforms.get(image_hash)

    def acknowledged_at(self, path: str, spend: Callable[[int], None]) -> Mapping[str, str]:
        """Return the acknowledgements on a construct or any of its parents, rule ID to reason.

        Args:
            path: The path of the construct.
            spend: Charges steps of work to the budget.
        """
        if not self.acknowledged:
            return {}
        found: dict[str, str] = {}
        # No construct is deeper, and every split costs the length of the rest.
        parts = path.split("/", MAX_CONSTRUCT_DEPTH)[:MAX_CONSTRUCT_DEPTH]
        spend(len(parts))
        parent = ""
        for part in parts:
            parent = f"{parent}/{part}" if parent else part
            found.update(self.acknowledged.get(parent, {}))
        return found
