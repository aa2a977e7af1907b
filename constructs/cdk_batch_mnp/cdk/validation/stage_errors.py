"""The errors in the templates of a stage, before the CDK writes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import jsii
from aws_cdk import ISynthesisSession, Stack, Stage
from constructs import IConstruct

from cdk_batch_mnp.cdk.validation.policy_report import concerns_batch, violation_text
from cdk_batch_mnp.cdk.validation.stage_state import StageState
from cdk_batch_mnp.cdk.validation.written_templates import check_written
from cdk_batch_mnp.engine.rule import Severity

if TYPE_CHECKING:
    from aws_cdk.cx_api import CloudAssemblyBuilder


def stage_errors(stage: Stage, state: StageState) -> Iterator[str]:
    """Write the templates of a stage to a temporary folder, and return the errors in them.

    Args:
        stage: The stage.
        state: The constructs of this library in it.
    """
    with TemporaryDirectory() as folder:
        _write(stage, folder)
        written = check_written(Path(folder), [state])
        for finding in written.findings:
            if finding.finding.severity is Severity.ERROR:
                yield violation_text(finding.finding)
        for error in written.unusable:
            if concerns_batch(error):
                yield str(error).replace(f"{folder}/", "")


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
