"""Images that the CDK builds, as the rules see them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp.model.api_struct import ApiStruct
from cdk_batch_mnp.template.evaluation.options import Options
from cdk_batch_mnp.template.readers.built_images import image_platforms
from cdk_batch_mnp.template.readers.setup import read_setup
from cdk_batch_mnp.template.source.assembly import groups_of

HASH = "ab" * 32
WRONG = Path(__file__).parents[2] / "corpus/wrong/MNP337_image_built_for_another_architecture"


def platforms(group: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, str]:
    definition = ApiStruct({"NodeProperties": {"NodeRangeProperties": [group]}})
    return {str(path): found for path, found in image_platforms(definition, known.get).items()}


def test_the_images_of_all_containers() -> None:
    known = {HASH: "linux/arm64"}
    container = {"Image": f"registry/assets:{HASH}"}
    start = "nodeProperties.nodeRangeProperties[0]"
    assert platforms({"Container": container}, known) == {f"{start}.container": "linux/arm64"}
    tasks = {"TaskProperties": [{"Containers": [{"Image": "busybox:1"}, container]}]}
    assert platforms({"EcsProperties": tasks}, known) == {
        f"{start}.ecsProperties.taskProperties[0].containers[1]": "linux/arm64"
    }


@pytest.mark.parametrize("image", ["busybox", f"registry/assets:{HASH}", f"a:{HASH[1:]}", 3, None])
def test_images_that_are_not_built(image: object) -> None:
    assert platforms({"Container": {"Image": image}}, {}) == {}


def test_an_assembly_whose_assets_cannot_be_read(tmp_path: Path) -> None:
    for name in ("manifest.json", "Jobs.template.json"):
        (tmp_path / name).write_text((WRONG / name).read_text())
    for content in (None, "{", json.dumps({"dockerImages": 3})):
        if content is not None:
            (tmp_path / "Jobs.assets.json").write_text(content)
        groups, unusable = groups_of(tmp_path, Options())
        stacks = groups[0]()
        (definition,) = read_setup(stacks).job_definitions
        assert (definition.image_platforms, unusable, stacks.problems) == ({}, [], [])
