"""The validation of a stage, which the CDK calls before it writes the stage's templates.

The CDK calls the plugins of an app when it synthesizes the whole app, and never for
``Template.from_stack`` of a stack in a stage. Only the validation of its constructs can fail such a
stage, and it runs before anything is written. At that time the stage is complete (Aspects were
applied, references resolved), so the validation writes the templates to a temporary folder, with
the stacks' own synthesizers, and checks them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import jsii
from aws_cdk import ISynthesisSession, Stack, Stage
from constructs import IConstruct, IValidation

from cdk_batch_mnp.cdk.validation.acknowledgements import write_acknowledgements
from cdk_batch_mnp.cdk.validation.policy_report import concerns_batch
from cdk_batch_mnp.cdk.validation.stage_state import StageState
from cdk_batch_mnp.cdk.validation.written_templates import check_written
from cdk_batch_mnp.engine.rule import Severity
from cdk_batch_mnp.template.crashed import CheckCrashedError

if TYPE_CHECKING:
    from aws_cdk.cx_api import CloudAssemblyBuilder


@jsii.implements(IValidation)
class StageValidation:
    """Completes the templates, and checks them if no plugin does.

    Args:
        find: Returns the stage.
        state: The constructs of this library in it.
        is_app: Whether the stage is the app itself, whose plugins the CDK calls.
    """

    def __init__(self, find: Callable[[], Stage], state: StageState, *, is_app: bool) -> None:
        self._find = find
        self._state = state
        self._is_app = is_app

    def validate(self) -> list[str]:
        """Return the errors in the stage's templates. Warnings are left to the plugin."""
        try:
            for registered in self._state.registered.values():
                if registered.complete is not None:
                    registered.complete()
            write_acknowledgements(self._state.registered)
            return [] if self._is_app else list(self._errors())
        except Exception as error:
            # An exception would hide the errors of all other constructs.
            return [str(CheckCrashedError("the stage", "the check of its templates", error))]

    def _errors(self) -> Iterator[str]:
        if not self._state.registered:
            return
        stage = self._find()
        if _is_synthesized_with_its_app(stage):
            return  # The plugin checks all stages.
        with TemporaryDirectory() as folder:
            _write(stage, folder)
            written = check_written(Path(folder), [self._state])
            for finding in written.findings:
                if finding.finding.severity is Severity.ERROR:
                    yield str(finding.finding)
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
        """Done by the synthesis that follows."""


def _write(stage: Stage, folder: str) -> None:
    # Imported only here: apps without stages do not need the module.
    from aws_cdk.cx_api import CloudAssemblyBuilder

    builder = CloudAssemblyBuilder(folder)
    session = _Session(builder, folder)
    for stack in _stacks(stage):
        stack.synthesizer.synthesize(session)
    builder.build_assembly()


def _stacks(scope: IConstruct) -> Iterator[Stack]:
    """Every stack in a stage, nested ones first, in the CDK's order."""
    for child in scope.node.children:
        if not Stage.is_stage(child):
            yield from _stacks(child)
    if isinstance(scope, Stack):
        yield scope
