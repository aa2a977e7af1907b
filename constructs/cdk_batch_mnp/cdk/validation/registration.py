"""Add the checks of this library's constructs to their app."""

from __future__ import annotations

from typing import Any

from aws_cdk import App, Validations
from constructs import Construct

from cdk_batch_mnp.cdk.jsii.unchanging import node_of, once
from cdk_batch_mnp.cdk.validation.plugin import MnpPlugin
from cdk_batch_mnp.cdk.validation.stage_state import (
    STAGES,
    StageState,
    catalogue_of,
    holder_of,
    stage_of,
)
from cdk_batch_mnp.cdk.validation.stage_validation import StageValidation

_STATE = "_cdk_batch_mnp"


@once
def stage_state(construct: Construct) -> StageState:
    """Return the state of the stage that a construct is in.

    The first construct of a stage adds the check of the stage, and the first of an app the plugin
    that checks its templates.

    Raises:
        CatalogueError: The app's context names a catalogue that cannot be used.
    """
    stage = stage_of(construct)
    holder = stage if _STATE in vars(stage) else holder_of(stage, lambda: stage_of(construct))
    kept: dict[str, Any] = vars(holder)
    if _STATE not in kept:
        node = node_of(holder)
        state = StageState(catalogue_of(node))
        is_app = isinstance(stage, App) or stage.parent_stage is None
        app = holder if is_app else holder_of(node.root, lambda: node.root)
        states = vars(app).setdefault(STAGES, [])
        if not states:
            Validations.of(stage if is_app else node.root).add_plugins(MnpPlugin(states))
        states.append(state)
        node.add_validation(StageValidation(lambda: stage_of(construct), state, is_app=is_app))
        kept[_STATE] = state
    found: StageState = kept[_STATE]
    return found
