"""Read the tasks of Step Functions state machines that submit jobs to AWS Batch.

Source: Amazon States Language, and Step Functions Developer Guide, «Run AWS Batch workloads».
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from cdk_batch_mnp.lazy.dataclass import dataclass
from cdk_batch_mnp.lazy.pattern import pattern
from cdk_batch_mnp.model.api_struct import ApiStruct, Value
from cdk_batch_mnp.model.property_path import PROPERTIES, PropertyPath
from cdk_batch_mnp.model.unknown import PERHAPS, UNKNOWN
from cdk_batch_mnp.template.evaluation.values import PartialText
from cdk_batch_mnp.template.readers.json_text import read_json, substituted
from cdk_batch_mnp.template.source.limits import MAX_JSON_DEPTH, MAX_STATE_DEPTH

STATE_MACHINES = ("AWS::StepFunctions::StateMachine", "AWS::Serverless::StateMachine")

_SUBMITS = pattern(
    r"arn:[^:]*:states:[^:]*:[^:]*:(batch:submitJob(\.sync)?|aws-sdk:batch:submitJob)"
    r"(\.waitForTaskToken)?"
)


@dataclass(frozen=True, slots=True)
class SubmittingTask:
    """A state that submits a job.

    Attributes:
        name: The state.
        path: The property with its request.
        is_text: Whether that property is a text.
        request: The request, with what is known only when the state runs left open.
    """

    name: str
    path: PropertyPath
    is_text: bool
    request: ApiStruct


def submitting_tasks(
    properties: ApiStruct, spend: Callable[[int], None]
) -> Iterator[SubmittingTask]:
    """Return the tasks of a state machine that certainly submit jobs."""
    values = _substitutions(properties)
    text, written = properties.raw("DefinitionString"), properties.raw("Definition")
    if text is not None:
        definition = UNKNOWN if values is None else read_json(substituted(text, values), spend)
        path, is_text = PROPERTIES / "definitionString", True
    else:
        definition, path, is_text = _in(written, values, 0), PROPERTIES / "definition", False
    for name, inside, request in _tasks(definition, path, 0):
        yield SubmittingTask(name, path if is_text else inside, is_text, request)


def _substitutions(properties: ApiStruct) -> dict[str, Value] | None:
    found = properties.mapping("DefinitionSubstitutions")
    if found is UNKNOWN:
        return None
    return {name: UNKNOWN if each is PERHAPS else each for name, each in (found or {}).items()}


def _in(value: Value, values: dict[str, Value] | None, depth: int) -> Value:
    """Return a value of a definition with its substitutions."""
    if depth > MAX_JSON_DEPTH:
        return UNKNOWN
    if isinstance(value, dict):
        return {name: _in(each, values, depth + 1) for name, each in value.items()}
    if isinstance(value, list):
        return [_in(each, values, depth + 1) for each in value]
    if isinstance(value, PartialText) or (isinstance(value, str) and "${" in value):
        return UNKNOWN if values is None else substituted(value, values)
    return value


def _tasks(
    definition: Value, path: PropertyPath, depth: int
) -> Iterator[tuple[str, PropertyPath, ApiStruct]]:
    states = definition.get("States") if isinstance(definition, dict) else None
    if not isinstance(states, dict) or depth > MAX_STATE_DEPTH:
        return
    for name, state in states.items():
        if not isinstance(state, dict):
            continue
        inside = path / "States" / name
        if state.get("Type") == "Task" and _submits(state.get("Resource")):
            for member in ("Arguments", "Parameters"):
                if isinstance(request := state.get(member), dict):
                    yield name, inside / member, ApiStruct(_open(request, 0))
        branches = state.get("Branches")
        for position, branch in enumerate(branches if isinstance(branches, list) else ()):
            yield from _tasks(branch, inside / "Branches" / position, depth + 1)
        for member in ("Iterator", "ItemProcessor"):
            yield from _tasks(state.get(member), inside / member, depth + 1)


def _submits(resource: Value) -> bool:
    text = resource.filled("?") if isinstance(resource, PartialText) else resource
    return isinstance(text, str) and _SUBMITS.fullmatch(text) is not None


def _open(request: dict[str, Value], depth: int) -> dict[str, Value]:
    """Return a request in which what the state computes may be anything, also nothing."""
    found: dict[str, Value] = {}
    for name, value in request.items():
        if name.endswith(".$"):
            found[name.removesuffix(".$")] = PERHAPS
        else:
            found[name] = _opened(value, depth + 1)
    return found


def _opened(value: Value, depth: int) -> Value:
    if depth > MAX_STATE_DEPTH or (isinstance(value, str) and value.lstrip().startswith("{%")):
        return PERHAPS
    if isinstance(value, dict):
        return _open(value, depth)
    if isinstance(value, list):
        return [_opened(each, depth + 1) for each in value]
    return value
