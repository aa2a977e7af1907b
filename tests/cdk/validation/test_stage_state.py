"""The instance types that an app names are those of its stages."""

from __future__ import annotations

from pathlib import Path

import pytest
from aws_cdk import App

from cdk_batch_mnp.instances import CatalogueError, InstanceType, default_catalogue
from tests.cdk.apps import add_cluster, new_stack


def test_an_app_can_name_a_catalogue_of_its_own(tmp_path: Path) -> None:
    path = tmp_path / "types.json"
    default_catalogue().with_types(InstanceType(name="x9.huge", vcpus=512)).save(path)
    stack = new_stack(app=App(context={"cdk-batch-mnp:instances": str(path)}))
    cluster = add_cluster(stack, instance_type="x9.huge")
    assert cluster.compute_environment.instance.vcpus == 512


def test_a_catalogue_that_cannot_be_used_is_refused_with_its_path(tmp_path: Path) -> None:
    stack = new_stack(app=App(context={"cdk-batch-mnp:instances": str(tmp_path / "types.json")}))
    with pytest.raises(CatalogueError, match=r"types\.json: No such file"):
        add_cluster(stack)
