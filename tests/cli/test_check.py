"""`cdk-batch-mnp check`: what it takes, what it says, and its exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cdk_batch_mnp.engine.rule import Violation
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.model.job_definition import JobDefinition
from cdk_batch_mnp.rules import discovery
from cdk_batch_mnp.template.evaluation import intrinsics
from cdk_batch_mnp.template.reports import text_report
from tests.cli.command import call
from tests.template.folders import HALF, cluster, write

IDLE = {"Environment.ComputeResources.MinvCpus": 72}
STARTER = {"Job.NodeProperties.NodeRangeProperties.0.Container.Command": ["mpirun", "solver"]}


def run(folder: Path, *arguments: str, **options: str) -> subprocess.CompletedProcess[str]:
    return call(folder, "check", *arguments, **options)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of a right template, and of one with an error, a warning and a hint each."""
    write(tmp_path / "right.json", cluster())
    write(tmp_path / "error.json", cluster(HALF))
    write(tmp_path / "warning.json", cluster(IDLE))
    write(tmp_path / "hint.json", cluster(STARTER))
    (tmp_path / "broken.yaml").write_text("Resources:\n  a: [\n")
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty" / "values.yaml").write_text("replicas: 2\n")
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        pytest.param(["right.json"], 0, id="right"),
        pytest.param(["error.json"], 1, id="an error"),
        pytest.param(["warning.json"], 0, id="a warning"),
        pytest.param(["warning.json", "--strict"], 1, id="a warning, strictly"),
        pytest.param(["hint.json", "--strict"], 0, id="a hint, strictly"),
        pytest.param(["."], 1, id="a folder"),
        pytest.param(["right.json", "error.json"], 1, id="several"),
        pytest.param(["error.json", "--ignore", "MNP106"], 0, id="ignored"),
        pytest.param(["error.json", "--ignore", "mnp1"], 0, id="ignored by its beginning"),
        pytest.param(["error.json", "--ignore", "MNP3, MNP106"], 0, id="a list ignored"),
        pytest.param(["error.json", "--ignore", "MNP3,MNP4"], 1, id="a list of others ignored"),
        pytest.param(
            ["error.json", "--ignore", "MNP3", "--ignore", "MNP106"], 0, id="ignored one by one"
        ),
        pytest.param(["error.json", "--select", "MNP3,MNP106"], 1, id="a list selected"),
        pytest.param(["error.json", "--select", "MNP3"], 0, id="others selected"),
        pytest.param(["error.json", "--select", "MNP1"], 1, id="selected by its beginning"),
        pytest.param(["error.json", "-p", "NodeCount=2"], 0, id="with a parameter"),
        pytest.param(["error.json", "--no-parameter-defaults"], 0, id="without defaults"),
        pytest.param(["broken.yaml"], 2, id="broken"),
        pytest.param(["error.json", "broken.yaml"], 2, id="broken beside an error"),
        pytest.param(["not-there.json"], 2, id="not there"),
        pytest.param([], 2, id="nothing named"),
        pytest.param(["empty"], 2, id="a folder without templates"),
        pytest.param(["right.json", "empty"], 2, id="a folder without templates beside others"),
        pytest.param(
            ["right.json", "--select", "MNP1", "--ignore", "MNP1"], 2, id="no rule is left"
        ),
        pytest.param(["right.json", "--format", "html"], 2, id="no such format"),
        pytest.param(["right.json", "--select", "MNP999"], 2, id="no such rule"),
        pytest.param(["right.json", "--ignore", ""], 2, id="no rule"),
        pytest.param(["right.json", "--ignore", "MNP1,MNP999"], 2, id="no such rule in a list"),
        pytest.param(["right.json", "--ignore", "MNP1,"], 2, id="no rule after a comma"),
        pytest.param(["right.json", "-p", "NodeCount"], 2, id="no value"),
        pytest.param(["right.json", "--explain", "MNP999"], 2, id="no such page"),
    ],
)
def test_the_exit_status_says_what_was_found(
    folder: Path, arguments: list[str], status: int
) -> None:
    done = run(folder, *arguments)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    if status == 2:
        assert done.stderr.strip()


def test_a_file_that_cannot_be_read_is_reported_with_its_line_and_the_rest_is_checked(
    folder: Path,
) -> None:
    done = run(folder, "error.json", "broken.yaml")
    assert done.stderr.startswith("broken.yaml:3: is not YAML")
    assert "MNP106" in done.stdout


def test_a_folder_without_templates_is_reported(folder: Path) -> None:
    assert run(folder, "empty").stderr == "empty: has no template\n"


def test_a_dangling_reference_is_reported_and_the_rest_is_checked(folder: Path) -> None:
    write(folder / "typo.json", cluster({**HALF, "Queue.Priority": {"Ref": "NodeCuont"}}))
    done = run(folder, "typo.json")
    assert done.returncode == 2
    assert "refers to NodeCuont, which is neither a parameter nor a resource" in done.stderr
    assert done.stderr.rstrip().endswith("did you mean NodeCount?")
    assert "MNP106" in done.stdout


def test_standard_input_is_read(folder: Path) -> None:
    done = run(folder, "-", stdin=(folder / "error.json").read_text())
    assert done.returncode == 1
    assert done.stdout.startswith("-\n  Job AWS::Batch::JobDefinition\n")
    done = run(folder, "-", stdin="")
    assert (done.returncode, done.stderr) == (2, "-: is empty\n")


@pytest.mark.parametrize("format", ["text", "json", "sarif", "github", "junit"])
def test_every_format_is_written_to_standard_output(folder: Path, format: str) -> None:
    done = run(folder, "error.json", "-f", format)
    assert (done.returncode, done.stderr) == (1, "")
    assert "MNP106" in done.stdout


def test_output_that_takes_no_unicode_gets_what_it_takes(folder: Path) -> None:
    write(folder / "name.json", cluster({"Job.JobDefinitionName": "löser"}))
    done = run(folder, "name.json", encoding="ascii")
    assert done.returncode == 1
    assert "MNP318" in done.stdout


def test_a_rule_is_explained(folder: Path) -> None:
    done = run(folder, "--explain", "mnp106")
    assert done.returncode == 0
    rule = next(known for known in discovery.all_rules() if known.id == "MNP106")
    for text in (rule.title, rule.why, rule.fix, rule.source):
        assert text in done.stdout


def settle(folder: Path, section: str) -> None:
    (folder / "pyproject.toml").write_text(
        f'[project]\nname = "x"\n\n[tool.cdk-batch-mnp]\n{section}\n'
    )


@pytest.mark.parametrize(
    ("section", "arguments", "status"),
    [
        pytest.param('ignore = ["MNP106"]', ["error.json"], 0, id="ignore"),
        pytest.param('select = ["MNP3"]', ["error.json"], 0, id="select"),
        pytest.param('select = ["MNP3"]', ["error.json", "--select", "MNP1"], 1, id="select more"),
        pytest.param("strict = true", ["warning.json"], 1, id="strict"),
        pytest.param("strict = true", ["warning.json", "--no-strict"], 0, id="not strict"),
        pytest.param('instances = "no.json"', ["error.json"], 2, id="no such catalogue"),
        pytest.param('exclude = ["error.*"]', ["."], 0, id="exclude"),
        pytest.param("parameters = {NodeCount = 2}", ["error.json"], 0, id="parameters"),
        pytest.param("parameter-defaults = false", ["error.json"], 0, id="no defaults"),
    ],
)
def test_a_project_settles_its_checks(
    folder: Path, section: str, arguments: list[str], status: int
) -> None:
    settle(folder, section)
    assert run(folder, *arguments).returncode == status


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param(
            "NodeCout=8",
            "cdk-batch-mnp: no template has a parameter 'NodeCout'; did you mean 'NodeCount'?\n",
            id="misspelt",
        ),
        pytest.param("X=8", "cdk-batch-mnp: no template has a parameter 'X'\n", id="of no name"),
        pytest.param(
            "NodeCount=eight",
            "right.json:5: parameter NodeCount must be a Number, got 'eight'\n",
            id="no number",
        ),
    ],
)
def test_a_parameter_that_no_template_can_take_is_refused(
    folder: Path, given: str, message: str
) -> None:
    done = run(folder, "right.json", "-p", given)
    assert (done.returncode, done.stderr) == (2, message)


def test_parameters_of_the_settings_that_no_template_has_are_reported(folder: Path) -> None:
    settle(folder, "parameters = {NodeCout = 2}")
    done = run(folder, "right.json")
    assert done.returncode == 0
    assert done.stderr == (
        "cdk-batch-mnp: tool.cdk-batch-mnp.parameters: no template has a parameter 'NodeCout'; "
        "did you mean 'NodeCount'?\n"
    )


def test_settings_of_the_folders_above_count(folder: Path) -> None:
    settle(folder, 'format = "json"')
    inside = folder / "infra" / "jobs"
    inside.mkdir(parents=True)
    (folder / "infra" / "pyproject.toml").write_text('[project]\nname = "y"\n')
    assert json.loads(run(inside, "../../error.json").stdout)["summary"]["errors"] == 1


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("\nstrikt = true", "pyproject.toml: tool.cdk-batch-mnp.strikt is not a setting"),
        ('strict = "yes"', "pyproject.toml: tool.cdk-batch-mnp.strict must be true or false"),
        ('select = "MNP1"', "tool.cdk-batch-mnp.select must be a list of strings"),
        (
            "instances = 4",
            "pyproject.toml: tool.cdk-batch-mnp.instances must be the path of a file",
        ),
        ('format = "html"', "pyproject.toml: tool.cdk-batch-mnp.format must be one of text"),
        ("parameters = {A = []}", "pyproject.toml: tool.cdk-batch-mnp.parameters must be a table"),
        ("[tool.cdk-batch-mnp.other]", "pyproject.toml: tool.cdk-batch-mnp.other is not"),
        ("strict = ", "pyproject.toml: is not TOML: Invalid value (at line 5"),
    ],
)
def test_wrong_settings_are_reported_with_their_line(
    folder: Path, section: str, message: str
) -> None:
    settle(folder, section)
    done = run(folder, "right.json")
    assert done.returncode == 2
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


def test_checking_loads_neither_the_cdk_nor_the_sdk(folder: Path) -> None:
    program = (
        "import sys; from cdk_batch_mnp.cli.main import app\n"
        "try: app(['check', 'right.json'])\n"
        "except SystemExit: pass\n"
        "print(sorted({each.split('.')[0] for each in sys.modules}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=True
    )
    *reported, loaded = done.stdout.splitlines()
    assert reported == ["no findings in 1 template"]
    for module in ("aws_cdk", "jsii", "boto3", "botocore", "moto", "yaml", "rich"):
        assert f"'{module}'" not in loaded


def break_a_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(definition: JobDefinition, catalogue: Catalogue) -> Iterator[Violation]:
        if definition.num_nodes == 3:
            raise KeyError("a broken rule")
        return iter(())

    rules = tuple(
        replace(rule, check=broken) if rule.id == "MNP317" else rule
        for rule in discovery.all_rules()
    )
    monkeypatch.setattr(discovery, "all_rules", lambda: rules)


def break_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(names: object, argument: object) -> None:
        raise KeyError("a broken reader")

    monkeypatch.setitem(intrinsics._FUNCTIONS, "Fn::Cidr", broken)


@pytest.mark.parametrize(
    ("breaking", "change"),
    [
        pytest.param(break_a_rule, {"Job.NodeProperties.NumNodes": 3}, id="a rule"),
        pytest.param(break_the_reader, {"Job.Tags": {"Fn::Cidr": []}}, id="the reader"),
    ],
)
@pytest.mark.parametrize("format", ["text", "json", "sarif", "github", "junit"])
def test_a_crash_has_a_status_of_its_own_and_spoils_no_other_file(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    breaking: Callable[[pytest.MonkeyPatch], None],
    change: dict[str, object],
    format: str,
) -> None:
    write(tmp_path / "crash.json", cluster(change))
    write(tmp_path / "wrong.json", cluster(HALF))
    breaking(monkeypatch)
    done = run(tmp_path, "crash.json", "wrong.json", "--format", format)
    assert done.returncode == 3, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("crash.json: ")
    assert "crashed: KeyError: 'a broken r" in line
    assert "This is a bug in cdk-batch-mnp " in line
    assert line.endswith("https://github.com/cdk-batch-mnp/cdk-batch-mnp/issues")
    assert "MNP106" in done.stdout
    if format != "text":
        assert "a broken r" in done.stdout


def test_a_crash_outside_of_the_check_has_that_status_too(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a broken writer")

    monkeypatch.setattr(text_report, "summary", broken)
    done = run(folder, "right.json")
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert line.startswith("right.json: the check crashed: KeyError: 'a broken writer'")


def test_a_file_that_cannot_be_read_and_a_crash_are_both_reported(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_a_rule(monkeypatch)
    write(folder / "crash.json", cluster({"Job.NodeProperties.NumNodes": 3}))
    done = run(folder, "broken.yaml", "crash.json")
    assert done.returncode == 3
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "broken.yaml",
        "crash.json",
    ]


def test_an_assembly_of_empty_stacks_alone_is_not_passed(tmp_path: Path) -> None:
    properties = {"templateFile": "Empty.template.json"}
    artifact = {"type": "aws:cloudformation:stack", "properties": properties}
    write(tmp_path / "manifest.json", {"version": "55.0.0", "artifacts": {"Empty": artifact}})
    write(tmp_path / "Empty.template.json", {"Parameters": {}})
    done = run(tmp_path, ".")
    assert done.returncode == 2
    assert "no stack with resources was found" in done.stderr


REPEATED = """\
Resources:
  Log: {Type: AWS::Logs::LogGroup}
  Log: {Type: AWS::Logs::LogGroup}
"""


def test_a_repeated_key_is_a_warning_with_both_lines(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(REPEATED)
    done = run(tmp_path, "a.yaml")
    assert done.returncode == 0
    assert "a.yaml:3: warning: repeats the key 'Log', first on line 2" in done.stderr
    assert "1 repeated key" in done.stdout
    assert run(tmp_path, "a.yaml", "--strict").returncode == 1


def test_every_format_reports_a_repeated_key(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(REPEATED)
    found = json.loads(run(tmp_path, "a.yaml", "--format", "json").stdout)
    assert found["repeatedKeys"] == [{"file": "a.yaml", "line": 3, "first": 2, "key": "Log"}]
    assert found["summary"]["repeatedKeys"] == 1
    for kind, text in (
        ("github", "::warning file=a.yaml,line=3"),
        ("sarif", '"level": "warning"'),
        ("junit", 'name="keys"'),
    ):
        assert text in run(tmp_path, "a.yaml", "--format", kind).stdout
    assert "<failure" in run(tmp_path, "a.yaml", "--format", "junit", "--strict").stdout


def test_files_of_a_folder_that_are_no_templates_are_counted(tmp_path: Path) -> None:
    inside = tmp_path / "infra"
    inside.mkdir()
    write(inside / "right.json", cluster())
    assert run(tmp_path, "infra").stdout == "no findings in 1 template\n"
    (inside / "values.yaml").write_text("replicas: 2")
    (inside / "mkdocs.yml").write_text("a: [")
    (inside / "notes.txt").write_text("no template")
    assert run(tmp_path, "infra").stdout == "no findings in 1 template, 2 other files skipped\n"
    found = json.loads(run(tmp_path, "infra", "--format", "json").stdout)
    assert found["summary"]["skipped"] == 2
