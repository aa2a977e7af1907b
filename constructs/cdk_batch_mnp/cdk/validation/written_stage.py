"""Checking the templates of a stage when the stage alone is synthesized.

The CDK calls the plugins of an app when it synthesizes the whole app, and never for
``Template.from_stack`` of a stack in a stage. What fails a stage by itself is its validation, which
comes before anything is written. By then the stage is complete (Aspects were applied, references
resolved), so that the validation writes the templates into a folder of its own, in the way that the
CDK will.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import jsii
from aws_cdk import ISynthesisSession, Stack, Stage
from aws_cdk.cx_api import CloudAssemblyBuilder
from constructs import IConstruct, IValidation

from cdk_batch_mnp.cdk.validation.written_templates import check_written
from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.template.crashed import CheckCrashedError

if TYPE_CHECKING:
    from cdk_batch_mnp.cdk.validation.stage_setup import StageSetup


@jsii.implements(IValidation)
class WrittenStage:
    """Finds what is wrong with the templates of a stage. Errors alone: warnings are the plugin's.

    Args:
        find: Asks for the stage.
        setup: The constructs of this library in it.
    """

    def __init__(self, find: Callable[[], Stage], setup: StageSetup) -> None:
        self._find = find
        self._setup = setup

    def validate(self) -> list[str]:
        """Return an error for each finding and for whatever could not be checked."""
        try:
            # What is wrong with the arguments already is said by the constructs.
            return [] if self._setup.has_errors() else list(self._errors())
        except Exception as error:
            return [str(CheckCrashedError("the stage", "the check of its templates", error))]

    def _errors(self) -> Iterator[str]:
        from cdk_batch_mnp.cdk.validation.policy_report import concerns_batch

        if not self._setup.places:
            return
        stage = self._find()
        if _is_synthesized_with_its_app(stage):
            return  # The plugin sees all stages, and reports all of them.
        with TemporaryDirectory() as folder:
            _write(stage, folder)
            written = check_written(Path(folder), [self._setup])
            for each, _ in written.findings:
                if each.severity is Severity.ERROR:
                    yield str(each)
            for error in written.unusable:
                if concerns_batch(error):
                    yield str(error).replace(f"{folder}/", "")


def _is_synthesized_with_its_app(stage: Stage) -> bool:
    # The app's first step is to add the construct that writes tree.json. An app that writes none
    # has its stages checked here too, one after the other.
    return stage.node.root.node.try_find_child("Tree") is not None


@jsii.implements(ISynthesisSession)
class _Session:
    def __init__(self, assembly: CloudAssemblyBuilder, folder: str) -> None:
        self._assembly = assembly
        self._folder = folder

    @property
    def assembly(self) -> CloudAssemblyBuilder:
        return self._assembly

    @assembly.setter
    def assembly(self, value: CloudAssemblyBuilder) -> None:
        self._assembly = value

    @property
    def outdir(self) -> str:
        return self._folder

    @outdir.setter
    def outdir(self, value: str) -> None:
        self._folder = value

    @property
    def validate_on_synth(self) -> bool | None:
        return None

    @validate_on_synth.setter
    def validate_on_synth(self, value: bool | None) -> None:
        """Left to the synthesis that follows."""


def _write(stage: Stage, folder: str) -> None:
    builder = CloudAssemblyBuilder(folder)
    session = _Session(builder, folder)
    for stack in _stacks(stage):
        stack.synthesizer.synthesize(session)
    builder.build_assembly()


def _stacks(scope: IConstruct) -> Iterator[Stack]:
    """Every stack in a stage, those within others first, as the CDK writes them."""
    for child in scope.node.children:
        if not Stage.is_stage(child):
            yield from _stacks(child)
    if isinstance(scope, Stack):
        yield scope
