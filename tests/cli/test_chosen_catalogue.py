"""Commands use the catalogue of instance types that is named to them."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result

from cdk_batch_mnp.cli.main import app
from cdk_batch_mnp.instances import Catalogue, InstanceType
from tests.cli.instances import run
from tests.template.folders import cluster, write


def test_another_catalogue_is_used(bare: Path) -> None:
    done = run("list", "--instances", str(bare))
    assert [line.split()[0] for line in done.stdout.splitlines()] == ["Type", "x9.huge"]
    assert done.stderr == "1 of 1 instance types with facts, catalogue of 2027-01-31\n"


X9 = InstanceType(name="x9.huge", vcpus=96, memory_mib=16384, architectures=("x86_64",))


def check(template: Path, *arguments: str | Path) -> Result:
    """The outcome of ``cdk-batch-mnp check`` with the rules on known types and on max vCPUs."""
    options = ["--select", "MNP115", "--select", "MNP106", "-p", "InstanceType=x9.huge"]
    return CliRunner().invoke(app, ["check", str(template), *options, *map(str, arguments)])


def test_the_check_believes_a_catalogue_that_knows_newer_types(tmp_path: Path) -> None:
    template, newer = tmp_path / "template.json", tmp_path / "newer.json"
    write(template, cluster({"Environment.ComputeResources.MaxvCpus": 4 * 72}))
    silent = check(template)
    assert "the catalogue does not know the instance type x9.huge" in silent.stdout
    assert "MNP106" not in silent.stdout

    Catalogue({"x9.huge": X9}).save(newer)
    checked = check(template, "--instances", str(newer))
    assert "MNP115" not in checked.stdout
    assert "x x9.huge (" in checked.stdout


def test_the_check_refuses_a_catalogue_that_cannot_be_read(tmp_path: Path) -> None:
    template, broken = tmp_path / "template.json", tmp_path / "broken.json"
    write(template, cluster())
    broken.write_text("{")
    done = check(template, "--instances", str(broken))
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith(f"cdk-batch-mnp: {broken}: is not valid JSON")
    assert done.stderr.count("\n") == 1
