"""Whatever keeps templates from being checked fails the synthesis, and hides nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsii
import pytest
from aws_cdk import (
    Acknowledgment,
    App,
    Aspects,
    CfnCondition,
    CfnResource,
    Fn,
    IAspect,
    Stack,
    Stage,
    Validations,
)
from aws_cdk import aws_batch as batch
from aws_cdk.assertions import Template
from constructs import Construct, IConstruct

from cdk_batch_mnp import MnpCluster, MnpPolicyValidation
from cdk_batch_mnp.engine.rule import Violation
from cdk_batch_mnp.instances import Catalogue
from cdk_batch_mnp.rules.discovery import all_rules
from cdk_batch_mnp.template.source.document import Document
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.opening import Reader
from tests.cdk.apps import add_cluster, add_job, new_stack

REPORT_IT = "https://github.com/cdk-batch-mnp/cdk-batch-mnp/issues"


def wrong_cluster(stack: Stack, max_vcpus: int | None = 8) -> MnpCluster:
    """A cluster that an override has made too small for its job."""
    cluster = add_cluster(stack)
    add_job(cluster)
    if max_vcpus is not None:
        environment: Any = cluster.compute_environment.node.default_child
        environment.add_property_override("ComputeResources.MaxvCpus", max_vcpus)
    return cluster


def synthesis_of(app: App) -> str:
    """What a synthesis that fails says; nothing if it does not fail."""
    try:
        app.synth()
    except RuntimeError as error:
        return str(error)
    return ""


def violations(app: App) -> list[tuple[str, str]]:
    """Severity and rule of all that the plugins of this library wrote into the report."""
    written = json.loads((Path(app.outdir) / "validation-report.json").read_text())
    return sorted(
        (violation["severity"], violation["ruleName"])
        for plugin in written["pluginReports"]
        for violation in plugin["violations"]
    )


def raising(*_: object, **__: object) -> Any:
    raise KeyError("broken on purpose")


@pytest.fixture
def app() -> App:
    return App()


@pytest.fixture
def break_rule(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    def broken(subject: object, catalogue: Catalogue) -> Iterator[Violation]:
        raise KeyError("broken on purpose")

    def break_it(id: str) -> None:
        rules = tuple(
            replace(rule, check=broken) if rule.id == id else rule for rule in all_rules()
        )
        monkeypatch.setattr("cdk_batch_mnp.rules.checking.all_rules", lambda: rules)
        monkeypatch.setattr(
            "cdk_batch_mnp.cdk.validation.policy_validation.rules_with", lambda **_: rules
        )

    return break_it


@pytest.fixture
def unreadable(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Make the templates whose name begins so ones that cannot be read."""

    def make(beginning: str) -> None:
        read_really = Reader.read

        def read(reader: Reader, path: Path, **options: Any) -> Document:
            if path.name.startswith(beginning):
                raise TemplateError(str(path), "has the key 'Type' again")
            return read_really(reader, path, **options)

        monkeypatch.setattr(Reader, "read", read)

    return make


def test_a_rule_that_crashes_fails_the_synthesis_with_how_to_report_it(
    app: App, break_rule: Callable[[str], None]
) -> None:
    wrong_cluster(Stack(app, "Platform"), max_vcpus=None)
    break_rule("MNP317")
    said = synthesis_of(app)
    assert "rule MNP317" in said
    assert "KeyError: 'broken on purpose'" in said
    assert REPORT_IT in said


@pytest.mark.parametrize(
    "place",
    [
        "cdk_batch_mnp.cdk.validation.written_templates.read_setup",
        "cdk_batch_mnp.cdk.validation.written_templates.groups_of",
        "cdk_batch_mnp.cdk.validation.written_templates.library_paths",
        "cdk_batch_mnp.cdk.validation.app_report.check_written",
        "cdk_batch_mnp.cdk.validation.app_report.policy_report",
        "cdk_batch_mnp.template.evaluation.stack.Stack._declare",
        "cdk_batch_mnp.template.readers.setup._size",
    ],
)
def test_a_plugin_that_crashes_fails_the_synthesis(
    app: App, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    wrong_cluster(Stack(app, "Platform"), max_vcpus=None)
    monkeypatch.setattr(place, raising)
    assert REPORT_IT in synthesis_of(app)
    assert ("fatal", "crashed") in violations(app)


@pytest.mark.parametrize(
    "place",
    [
        "cdk_batch_mnp.cdk.validation.policy_validation.groups_of",
        "cdk_batch_mnp.cdk.validation.policy_validation.check_together",
        "cdk_batch_mnp.template.checking.read_setup",
        "cdk_batch_mnp.template.checking.check",
        "cdk_batch_mnp.template.checking.dangling_references",
        "cdk_batch_mnp.model.job_definition.JobDefinition.read",
    ],
)
def test_the_plugin_for_all_constructs_fails_the_synthesis_too(
    app: App, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    Validations.of(app).add_plugins(MnpPolicyValidation())
    batch.CfnJobDefinition(
        Stack(app, "Others"), "Job", type="multinode", node_properties=FOUR_NODES
    )
    monkeypatch.setattr(place, raising)
    assert REPORT_IT in synthesis_of(app)
    assert ("fatal", "crashed") in violations(app)


FOUR_NODES = {"numNodes": 4, "mainNode": 0, "nodeRangeProperties": []}


def test_other_rules_count_beside_one_that_crashes(
    app: App, break_rule: Callable[[str], None]
) -> None:
    break_rule("MNP317")
    Validations.of(app).add_plugins(MnpPolicyValidation())
    batch.CfnJobDefinition(
        Stack(app, "Others"), "Job", type="multinode", node_properties=FOUR_NODES
    )
    synthesis_of(app)
    assert {("fatal", "crashed"), ("error", "MNP301")} <= set(violations(app))


def test_a_template_with_something_of_batch_that_cannot_be_read_fails_the_synthesis(
    app: App, unreadable: Callable[[str], None]
) -> None:
    wrong_cluster(Stack(app, "Platform"))
    wrong_cluster(Stack(app, "Broken"), max_vcpus=None)
    unreadable("Broken")
    assert "Broken.template.json: has the key 'Type' again" in synthesis_of(app)
    # And the other stack is still checked.
    assert violations(app) == [("error", "MNP106"), ("fatal", "unreadable")]


def test_more_work_than_one_run_may_do_fails_the_synthesis(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong_cluster(Stack(app, "Platform"), max_vcpus=None)
    monkeypatch.setattr("cdk_batch_mnp.template.source.budget.STEPS_PER_FILE", -10_000_000)
    assert "too much work to check" in synthesis_of(app)


def test_others_templates_that_cannot_be_read_are_a_warning(
    app: App, unreadable: Callable[[str], None]
) -> None:
    wrong_cluster(Stack(app, "Platform"), max_vcpus=None)
    CfnResource(Stack(app, "Broken"), "Topic", type="AWS::SNS::Topic")
    unreadable("Broken")
    assert synthesis_of(app) == ""
    assert violations(app) == [("warning", "unreadable")]


def test_an_empty_stack_is_not_an_unreadable_template(app: App) -> None:
    Validations.of(app).add_plugins(MnpPolicyValidation())
    wrong_cluster(Stack(app, "Platform"), max_vcpus=None)
    Stack(app, "Empty")
    assert synthesis_of(app) == ""
    assert violations(app) == []


def test_what_is_acknowledged_turns_no_crash_into_a_success(
    app: App, break_rule: Callable[[str], None]
) -> None:
    # The CDK counts the violations that are left, and calls a report without errors a success.
    break_rule("MNP317")
    Validations.of(app).add_plugins(MnpPolicyValidation())
    stack = Stack(app, "Others")
    batch.CfnJobDefinition(stack, "Job", type="multinode", node_properties=FOUR_NODES)
    for rule_id in ("MNP::crashed", "crashed", "MNP::MNP301", "MNP::MNP317"):
        Validations.of(app).acknowledge(Acknowledgment(id=rule_id, reason="to see what happens"))
    assert REPORT_IT in synthesis_of(app)


@jsii.implements(IAspect)
class WithoutMetadata:
    """An Aspect that changes the construct path of each resource."""

    def visit(self, node: IConstruct) -> None:
        if isinstance(node, CfnResource):
            node.add_metadata("aws:cdk:path", "Elsewhere")


def test_a_construct_that_is_in_no_template_fails_the_synthesis(app: App) -> None:
    Aspects.of(app).add(WithoutMetadata())
    wrong_cluster(Stack(app, "Platform"))
    said = synthesis_of(app)
    assert "no resource of the construct Platform/Cluster/ComputeEnvironment" in said


def test_a_construct_whose_resource_was_removed_is_not_missed(app: App) -> None:
    stack = Stack(app, "Platform")
    stack.node.try_remove_child(wrong_cluster(stack).node.id)
    assert synthesis_of(app) == ""


def test_a_construct_that_a_condition_leaves_out_is_not_missed(app: App) -> None:
    stack = Stack(app, "Platform")
    cluster = wrong_cluster(stack)
    never = CfnCondition(stack, "Never", expression=Fn.condition_equals("a", "b"))
    for construct in cluster.node.find_all():
        if isinstance(construct, CfnResource):
            construct.cfn_options.condition = never
    assert synthesis_of(app) == ""


def in_a_stage(app: App, *ids: str) -> Stack:
    """A stack in a stage, which may be in another."""
    scope: Construct = app
    for name in ids or ("Production",):
        scope = Stage(scope, name)
    return Stack(scope, "Platform")


@pytest.mark.parametrize("ids", [("Production",), ("Production", "Europe")], ids=len)
def test_a_stage_alone_fails_on_its_written_templates(app: App, ids: tuple[str, ...]) -> None:
    stack = in_a_stage(app, *ids)
    wrong_cluster(stack)
    with pytest.raises(RuntimeError, match="MNP106"):
        Template.from_stack(stack)


def test_a_stage_alone_and_an_app_report_an_error_in_the_same_lines(app: App) -> None:
    stack = in_a_stage(app)
    wrong_cluster(stack)
    with pytest.raises(RuntimeError) as alone:
        Template.from_stack(stack)
    other = Stack(App(), "Platform")
    wrong_cluster(other)
    with pytest.raises(RuntimeError) as of_app:
        Template.from_stack(other)
    reported = lines_of_mnp106(str(of_app.value))
    assert "   Acknowledge with 'MNP::MNP106'" in reported
    # A stage reports at the whole place of the error, an app the place and then the construct.
    assert lines_of_mnp106(str(alone.value).replace("Production/", "")) == reported


def lines_of_mnp106(text: str) -> list[str]:
    """Return the lines of an error, without those that name its construct."""
    begin, end = text.index("ERROR MNP106"), text.index("   Acknowledge with")
    lines = [*text[begin:end].splitlines(), text[end:].splitlines()[0]]
    return [
        line.replace(" (MNP)", "")
        for line in lines
        if not line.startswith(("   at: ", "   Platform/"))
    ]


def test_a_right_stage_is_synthesized_alone(app: App) -> None:
    stack = in_a_stage(app)
    wrong_cluster(stack, max_vcpus=None)
    Template.from_stack(stack).resource_count_is("AWS::Batch::JobQueue", 1)


def test_an_aspect_is_seen_in_a_stage_and_visits_it_once(app: App) -> None:
    visited: list[str] = []

    @jsii.implements(IAspect)
    class Counting:
        def visit(self, node: IConstruct) -> None:
            if isinstance(node, batch.CfnComputeEnvironment):
                visited.append(node.node.path)
                node.add_property_override("ComputeResources.MaxvCpus", 8)

    stack = in_a_stage(app)
    wrong_cluster(stack, max_vcpus=None)
    Aspects.of(stack).add(Counting())
    with pytest.raises(RuntimeError, match="MNP106"):
        Template.from_stack(stack)
    assert len(visited) == 1


def test_what_is_accepted_in_a_stage_is_accepted_there_too(app: App) -> None:
    stack = in_a_stage(app)
    cluster = wrong_cluster(stack)
    Validations.of(cluster).acknowledge(Acknowledgment(id="MNP106", reason="raised by hand"))
    Template.from_stack(stack).resource_count_is("AWS::Batch::JobQueue", 1)


def test_stages_of_an_app_are_reported_together(app: App) -> None:
    for name in ("Test", "Production"):
        wrong_cluster(in_a_stage(app, name))
    assert synthesis_of(app)
    assert violations(app) == [("error", "MNP106"), ("error", "MNP106")]


def test_stages_are_checked_in_an_app_that_writes_no_tree() -> None:
    app = App(tree_metadata=False)
    wrong_cluster(in_a_stage(app))
    assert "MNP106" in synthesis_of(app)


@pytest.mark.parametrize(
    "place",
    [
        "cdk_batch_mnp.cdk.validation.stage_errors.check_written",
        "cdk_batch_mnp.cdk.validation.stage_errors._write",
        "cdk_batch_mnp.cdk.validation.stage_validation.write_acknowledgements",
        "cdk_batch_mnp.cdk.validation.written_templates.read_setup",
    ],
)
def test_a_check_of_a_stage_that_crashes_fails_the_stage(
    app: App, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    stack = in_a_stage(app)
    wrong_cluster(stack, max_vcpus=None)
    monkeypatch.setattr(place, raising)
    with pytest.raises(RuntimeError, match=REPORT_IT):
        Template.from_stack(stack)


def test_a_rule_that_crashes_is_reported_once(break_rule: Callable[[str], None]) -> None:
    stack = new_stack()
    wrong_cluster(stack, max_vcpus=None)
    break_rule("MNP116")
    with pytest.raises(RuntimeError) as raised:
        Template.from_stack(stack)
    assert str(raised.value).count("KeyError") == 1


def test_a_plugin_without_any_rule_is_refused() -> None:
    with pytest.raises(ValueError, match="no rule is left to run"):
        MnpPolicyValidation(select=["MNP1"], ignore=["MNP1"])
