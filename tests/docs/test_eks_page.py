"""What docs/eks.md shows is what the code has."""

from __future__ import annotations

from pathlib import Path

from cdk_batch_mnp import MnpEksJobDefinition, assert_mnp_valid
from tests.docs.pages import ROOT, blocks, resources, synthesize


def test_the_program_of_the_page_synthesizes_what_is_right(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "eks.md").read_text(encoding="utf-8")
    synthesize("\n".join(blocks(page, "python")), tmp_path)
    (definition,) = resources(tmp_path, "AWS::Batch::JobDefinition")
    (node_range,) = definition["Properties"]["NodeProperties"]["NodeRangeProperties"]
    pod = node_range["EksProperties"]["PodProperties"]
    assert pod["ServiceAccountName"] == "trainer"
    (environment,) = resources(tmp_path, "AWS::Batch::ComputeEnvironment")
    configuration = environment["Properties"]["EksConfiguration"]
    assert configuration["KubernetesNamespace"] == "batch-jobs"
    images = environment["Properties"]["ComputeResources"]["Ec2Configuration"]
    assert images == [{"ImageType": "EKS_AL2023_NVIDIA", "ImageKubernetesVersion": "1.33"}]
    (template,) = tmp_path.glob("*.template.json")
    assert_mnp_valid(template)


def test_the_page_names_the_construct_of_the_definition() -> None:
    assert MnpEksJobDefinition.__name__ in (ROOT / "docs" / "eks.md").read_text(encoding="utf-8")
