"""The validation of a stage, which the CDK calls before it writes the stage's templates.

The CDK calls the plugins of an app when it synthesizes the whole app, and never for
``Template.from_stack`` of a stack in a stage. Only the validation of its constructs can fail such a
stage, and it runs before anything is written. At that time the stage is complete (Aspects were
applied, references resolved), so the validation writes the templates to a temporary folder, with
the stacks' own synthesizers, and checks them.
"""

from __future__ import annotations

from collections.abc import Callable

import jsii
from aws_cdk import Stage
from constructs import IValidation

from cdk_batch_mnp.cdk.validation.acknowledgements import write_acknowledgements
from cdk_batch_mnp.cdk.validation.stage_state import StageState


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
            return [] if self._is_app else self._errors()
        except Exception as error:
            from cdk_batch_mnp.template.crashed import CheckCrashedError

            # An exception would hide the errors of all other constructs.
            return [str(CheckCrashedError("the stage", "the check of its templates", error))]

    def _errors(self) -> list[str]:
        if not self._state.registered:
            return []
        stage = self._find()
        if _is_synthesized_with_its_app(stage):
            return []  # The plugin checks all stages.
        from cdk_batch_mnp.cdk.validation.stage_errors import stage_errors

        return list(stage_errors(stage, self._state))


def _is_synthesized_with_its_app(stage: Stage) -> bool:
    # The app's first step is to add the construct that writes tree.json. An app that writes none
    # has its stages checked here too, one after the other.
    return stage.node.root.node.try_find_child("Tree") is not None
