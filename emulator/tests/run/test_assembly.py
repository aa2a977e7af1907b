"""What a cloud assembly asks to be deployed, and that it runs without the CDK's command."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp_emulator.run.assembly import App, read
from cdk_batch_mnp_emulator.run.manifest import SourceError
from run.apps import (
    assets,
    definition,
    file_asset,
    platform,
    queue,
    stack,
    write,
    write_assembly,
)
from warm import run_warm

EMPTY: dict[str, Any] = {"Resources": {}}
BUCKET = "cdk-hnb659fds-assets-123456789012-us-east-1"


def names(app: App) -> list[str]:
    return [each.name for each in app.stacks]


def test_stacks_come_after_those_that_they_depend_on(tmp_path: Path) -> None:
    artifacts = {
        "Tree": {"type": "cdk:tree", "properties": {"file": "tree.json"}},
        "Jobs": stack("Jobs", "Network", "Jobs.assets", stackName="TeamJobs"),
        "Jobs.assets": assets("Jobs.assets.json"),
        "Network": stack("Network", region="eu-west-1", parameters={"A": "b"}),
    }
    folder = write_assembly(tmp_path, artifacts, {"Jobs": EMPTY, "Network": EMPTY})
    write(folder / "Jobs.assets.json", {"files": {}})
    app = read(folder, "us-east-2")
    assert names(app) == ["Network", "TeamJobs"]
    assert [each.region for each in app.stacks] == ["eu-west-1", "us-east-2"]
    assert app.stacks[0].parameters == {"A": "b"}


def test_a_template_of_an_assembly_is_deployed_with_what_it_needs_alone(tmp_path: Path) -> None:
    artifacts = {
        "Other": stack("Other"),
        "Jobs": stack("Jobs", "Network"),
        "Network": stack("Network"),
    }
    folder = write_assembly(tmp_path, artifacts, dict.fromkeys(artifacts, EMPTY))
    assert names(read(folder / "Jobs.template.json", "us-east-1")) == ["Network", "Jobs"]
    assert names(read(folder, "us-east-1")) == ["Other", "Network", "Jobs"]


def test_a_template_beside_a_manifest_that_does_not_name_it_is_one_of_its_own(
    tmp_path: Path,
) -> None:
    write_assembly(tmp_path, {"Jobs": stack("Jobs")}, {"Jobs": EMPTY})
    assert names(read(write(tmp_path / "0 of mine.yaml", EMPTY), "us-east-1")) == [
        "Template-0-of-mine"
    ]


def test_the_stacks_of_stages_are_deployed_too(tmp_path: Path) -> None:
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": "assembly-Test"}}
    folder = write_assembly(tmp_path, {"assembly-Test": stage})
    write_assembly(
        folder / "assembly-Test",
        {"TestJobs": stack("TestJobs", stackName="Test-Jobs")},
        {"TestJobs": EMPTY},
    )
    assert names(read(folder, "us-east-1")) == ["Test-Jobs"]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        (".", "artifact Stage is an assembly around it"),
        ("../cdk.out", "artifact Stage is an assembly around it"),
        ("none", "none: no such folder"),
        ("a\x00b", "no such folder"),
    ],
)
def test_a_nested_assembly_that_cannot_be_read_is_named(
    tmp_path: Path, name: str, message: str
) -> None:
    stage = {"type": "cdk:cloud-assembly", "properties": {"directoryName": name}}
    folder = write_assembly(tmp_path / "cdk.out", {"Stage": stage})
    with pytest.raises(SourceError) as caught:
        read(folder, "us-east-1")
    assert message in str(caught.value)


def test_assets_have_the_names_of_the_account_and_the_region(tmp_path: Path) -> None:
    artifacts = {"Jobs.assets": assets("Jobs.assets.json"), "Jobs": stack("Jobs", "Jobs.assets")}
    folder = write_assembly(tmp_path, artifacts, {"Jobs": EMPTY})
    (folder / "asset.1").mkdir()
    (folder / "asset.1" / "a.txt").write_text("a")
    image = {
        "source": {"directory": "asset.2"},
        "destinations": {
            "current": {
                "repositoryName": "cdk-assets-${AWS::AccountId}-${AWS::Region}",
                "imageTag": "2",
            }
        },
    }
    write(
        folder / "Jobs.assets.json",
        {"files": {"1": file_asset("asset.1", "zip", "1.zip")}, "dockerImages": {"2": image}},
    )
    app = read(folder, "us-east-1")
    (asset,) = app.files
    assert (asset.bucket, asset.key, asset.region) == (BUCKET, "1.zip", "us-east-1")
    with zipfile.ZipFile(io.BytesIO(asset.content())) as archive:
        assert archive.read("a.txt") == b"a"
    (built,) = app.images
    assert built.image == (
        "123456789012.dkr.ecr.us-east-1.amazonaws.com/cdk-assets-123456789012-us-east-1:2"
    )
    assert built.folder == folder / "asset.2"


@pytest.mark.parametrize(
    ("manifest", "message"),
    [
        pytest.param("", "invalid JSON", id="empty"),
        pytest.param("[]", "input should be an object", id="a list"),
        pytest.param('{"artifacts": []}', "artifacts: input should be", id="a list of artifacts"),
        pytest.param('{"artifacts": {"A": 1}}', "artifacts.A: input should be", id="a number"),
        pytest.param('{"artifacts": {}}', "the cloud assembly has no stack", id="no stack"),
        pytest.param(
            '{"artifacts": {"A": {"type": "aws:cloudformation:stack"}}}',
            "artifacts.A.properties.templateFile: field required",
            id="no template",
        ),
        pytest.param("[" * 100_000, "invalid JSON", id="deep"),
    ],
)
def test_a_manifest_that_cannot_be_used_is_named(
    tmp_path: Path, manifest: str, message: str
) -> None:
    (tmp_path / "manifest.json").write_text(manifest)
    with pytest.raises(SourceError) as caught:
        read(tmp_path, "us-east-1")
    assert str(caught.value).startswith(str(tmp_path))
    assert message in str(caught.value)


def test_stacks_that_depend_on_each_other_are_named(tmp_path: Path) -> None:
    artifacts = {"A": stack("A", "B"), "B": stack("B", "A")}
    write_assembly(tmp_path, artifacts, {"A": EMPTY, "B": EMPTY})
    with pytest.raises(SourceError, match=r"artifacts depend on each other: [AB] -> "):
        read(tmp_path, "us-east-1")


def test_a_template_that_is_missing_or_too_large_is_named(tmp_path: Path) -> None:
    write_assembly(tmp_path, {"A": stack("A")})
    with pytest.raises(SourceError, match=r"A\.template\.json: no such template"):
        read(tmp_path, "us-east-1")
    (tmp_path / "A.template.json").write_text(" " * 1_000_001)
    with pytest.raises(SourceError, match="templates of at most 1000000"):
        read(tmp_path, "us-east-1")


@pytest.mark.parametrize(
    ("file", "message"),
    [
        pytest.param({"source": {}, "destinations": {}}, "is made by a program", id="program"),
        pytest.param({"destinations": {}}, "files.1.source: field required", id="no source"),
        pytest.param(
            {"source": {"path": "a", "packaging": "tar"}, "destinations": {}},
            "files.1.source.packaging: input should be 'file' or 'zip'",
            id="packaging",
        ),
    ],
)
def test_assets_that_cannot_be_uploaded_are_named(
    tmp_path: Path, file: dict[str, Any], message: str
) -> None:
    artifacts = {"A": stack("A"), "A.assets": assets("A.assets.json")}
    write_assembly(tmp_path, artifacts, {"A": EMPTY})
    write(tmp_path / "A.assets.json", {"files": {"1": file}})
    with pytest.raises(SourceError) as caught:
        read(tmp_path, "us-east-1")
    assert str(tmp_path / "A.assets.json") in str(caught.value)
    assert message in str(caught.value)


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return run_warm("run", "cdk.out", *arguments, cwd=folder, timeout=120)


def write_app(folder: Path, job: dict[str, Any]) -> None:
    """An app of two stacks; the definition is in a nested stack, and reads an asset."""
    cdk_out = folder / "cdk.out"
    network = queue()
    network_template = {
        "Resources": network,
        "Outputs": {"Queue": {"Value": {"Ref": "Queue"}, "Export": {"Name": "the-queue"}}},
    }
    nested = {
        "Type": "AWS::CloudFormation::Stack",
        "Properties": {
            "TemplateURL": {
                "Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}/"
                "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}/nested.json"
            }
        },
    }
    jobs_template = {
        "Parameters": {
            "BootstrapVersion": {
                "Type": "AWS::SSM::Parameter::Value<String>",
                "Default": "/cdk-bootstrap/hnb659fds/version",
            }
        },
        "Resources": {"Nested": nested},
        "Outputs": {"UsedQueue": {"Value": {"Fn::ImportValue": "the-queue"}}},
    }
    artifacts = {
        "Jobs": stack("Jobs", "Jobs.assets", "Network"),
        "Jobs.assets": assets("Jobs.assets.json"),
        "Network": stack("Network"),
    }
    write_assembly(cdk_out, artifacts, {"Network": network_template, "Jobs": jobs_template})
    (cdk_out / "asset.data").mkdir()
    (cdk_out / "asset.data" / "data.txt").write_text("from an asset")
    write(cdk_out / "nested.template.json", {"Resources": {"Job": job}})
    write(
        cdk_out / "Jobs.assets.json",
        {
            "files": {
                "n": file_asset("nested.template.json", "file", "nested.json"),
                "d": file_asset("asset.data", "zip", "data.zip"),
            }
        },
    )


FETCH = f"""
import boto3, io, zipfile
data = boto3.client("s3").get_object(Bucket="{BUCKET}", Key="data.zip")["Body"].read()
print(zipfile.ZipFile(io.BytesIO(data)).read("data.txt").decode())
"""


def test_an_app_with_assets_and_a_nested_stack_runs(tmp_path: Path) -> None:
    write_app(tmp_path, definition())
    done = run(tmp_path, "--job", "Job", "--", "python3", "-c", "print('replaced')")
    assert (done.returncode, done.stderr) == (0, "")
    assert "[0] replaced" in done.stdout


def test_nodes_read_the_assets_of_the_app(tmp_path: Path) -> None:
    write_app(tmp_path, definition())
    done = run(tmp_path, "--", sys.executable, "-c", FETCH)
    assert done.returncode == 0, done.stdout
    assert "[0] from an asset" in done.stdout


def test_what_fails_in_a_nested_stack_is_the_reason(tmp_path: Path) -> None:
    write_app(tmp_path, definition(JobDefinitionName="a name with spaces"))
    done = run(tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    first, *failures = done.stderr.splitlines()
    assert "stack Jobs (cdk.out/Jobs.template.json) was not deployed" in first
    (failure,) = failures
    assert "Nested/Job (AWS::Batch::JobDefinition): " in failure
    assert "a name with spaces" in failure


def test_an_image_that_the_app_builds_is_its_folder(tmp_path: Path) -> None:
    image = {
        "Fn::Sub": "${AWS::AccountId}.dkr.ecr.${AWS::Region}.${AWS::URLSuffix}/"
        "cdk-assets-${AWS::AccountId}-${AWS::Region}:2"
    }
    job = definition("cat from_image.txt")
    for node_range in job["Properties"]["NodeProperties"]["NodeRangeProperties"]:
        node_range["Container"] = node_range["Container"] | {"Image": image}
    artifacts = {"App": stack("App", "App.assets"), "App.assets": assets("App.assets.json")}
    cdk_out = write_assembly(tmp_path / "cdk.out", artifacts, {"App": platform(Job=job)})
    (cdk_out / "asset.2").mkdir()
    (cdk_out / "asset.2" / "from_image.txt").write_text("in the image\n")
    destination = {
        "repositoryName": "cdk-assets-${AWS::AccountId}-${AWS::Region}",
        "imageTag": "2",
    }
    built = {"source": {"directory": "asset.2"}, "destinations": {"current": destination}}
    write(cdk_out / "App.assets.json", {"dockerImages": {"2": built}})
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "[0] in the image" in done.stdout


def test_a_name_that_no_bucket_can_have_is_named(tmp_path: Path) -> None:
    write_app(tmp_path, definition())
    manifest = tmp_path / "cdk.out" / "Jobs.assets.json"
    manifest.write_text(manifest.read_text().replace("cdk-hnb659fds-assets", "no bucket"))
    done = run(tmp_path)
    assert done.returncode == 2
    assert 'Invalid bucket name "no bucket-' in done.stderr
    assert "Traceback" not in done.stderr


def test_an_asset_that_is_missing_is_named(tmp_path: Path) -> None:
    write_app(tmp_path, definition())
    (tmp_path / "cdk.out" / "nested.template.json").unlink()
    done = run(tmp_path)
    assert done.returncode == 2
    assert done.stderr == ("cdk-batch-mnp-emulator: cdk.out/nested.template.json: no such file\n")
