"""Fuzz `check`: it must finish in time, within limited memory and without a traceback.

    python benchmarks/fuzz.py [--templates 100000] [--seed 1] [--seconds 5] [--megabytes 500]

Each template is one of the corpus with changes to its bytes or its structure, or one whose content
multiplies: aliases, joins, conditions, nesting. It is processed as by the command, in this process:
found, checked, and reported in all formats. The same seed generates the same templates. The exit
status is 1 if any template took too long or too much memory, or caused a traceback.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import resource
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from cdk_batch_mnp.template.checking import check_together
from cdk_batch_mnp.template.reports.formats import FORMATS, writer
from cdk_batch_mnp.template.source.document import read_document
from cdk_batch_mnp.template.source.errors import TemplateError
from cdk_batch_mnp.template.source.files import find

CORPUS = Path(__file__).parents[1] / "tests" / "corpus"
BYTES, STRUCTURE = 0.3, 0.98
"""Shares of the templates: changed bytes below the first value, changed structure below the second.
"""

WORDS = (
    *("0:", "-1", "1:0", "0:99", "Job", "Vpc", "AWS::NoValue", "${Job}", "${!x}", "9" * 400),
    *("\ud800", "\0", "\x1b[31m", "a\n::error::b", "##[error]", "{{resolve:ssm:x}}", "c5.18xlarg"),
    *("10.0.0.0/8", "::/0", "arn:aws:iam::1:role/x", "é" * 50, "true", "null", "", " ", "a,b,,c"),
)
NUMBERS = (0, -1, 1, 2, 1000, 1001, 4_000_000_000, 10**18, 10**400, 0.5, -0.0, 1e308)
FUNCTIONS = (
    *("Ref", "Condition", "Fn::Base64", "Fn::Cidr", "Fn::FindInMap", "Fn::ForEach::X"),
    *("Fn::GetAZs", "Fn::GetAtt", "Fn::If", "Fn::ImportValue", "Fn::Join", "Fn::Length"),
    *("Fn::Select", "Fn::Split", "Fn::Sub", "Fn::Transform", "Fn::Equals", "Fn::Not", "Fn::Or"),
)
TYPES = (
    *("AWS::Batch::JobDefinition", "AWS::Batch::JobQueue", "AWS::Batch::ComputeEnvironment"),
    *("AWS::CloudFormation::Stack", "AWS::IAM::Role", "AWS::EC2::Subnet", "AWS::EC2::VPC"),
    *("AWS::EC2::SecurityGroup", "AWS::EC2::LaunchTemplate", "AWS::EC2::PlacementGroup", "x"),
)


_FINGERPRINT = re.compile(r'"resourceProperty/v1": "[0-9a-f]{64}"')


@dataclass(slots=True)
class Outcome:
    """The results of all templates.

    Attributes:
        digest: Digest of all output, which is the same for the same seed.
    """

    templates: int = 0
    unusable: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    slowest: float = 0.0
    slowest_template: int = 0
    too_slow: list[int] = field(default_factory=list)
    tracebacks: list[tuple[int, str]] = field(default_factory=list)
    digest: str = ""


@cache
def corpus() -> list[tuple[bytes, Any]]:
    """Return the corpus as bytes and as values, in a stable order; nothing changes them."""
    found = []
    for path in sorted(each for each in CORPUS.rglob("*") if each.suffix in (".json", ".yaml")):
        content = path.read_bytes()
        found.append((content, read_document(content, path.name).data))
    return found


def template(number: int, seed: int, known: list[tuple[bytes, Any]]) -> bytes:
    """Return the template with a number."""
    draw = random.Random(f"{seed} {number}")
    kind = draw.random()
    content, data = draw.choice(known)
    if kind < BYTES:
        return _changed_bytes(draw, content, known)
    if kind < STRUCTURE:
        return json.dumps(_changed_structure(draw, data)).encode()
    return draw.choice(MULTIPLIED)(draw)


def _changed_bytes(draw: random.Random, content: bytes, known: list[tuple[bytes, Any]]) -> bytes:
    changed = bytearray(content)
    for _ in range(draw.randint(1, 6)):
        start = draw.randrange(len(changed) + 1)
        end = min(len(changed), start + draw.randint(0, 40))
        match draw.randrange(5):
            case 0:
                changed[start:end] = draw.randbytes(draw.randint(0, 8))
            case 1:
                changed[start:end] = b""
            case 2:
                changed[start:start] = changed[start:end] * draw.randint(1, 50)
            case 3:
                other = draw.choice(known)[0]
                at = draw.randrange(len(other))
                changed[start:end] = other[at : at + draw.randint(1, 400)]
            case _:
                changed[start:end] = draw.choice(WORDS).encode("utf-8", "surrogatepass")
    return bytes(changed)


def _changed_structure(draw: random.Random, data: Any) -> Any:
    changed = deepcopy(data)
    for _ in range(draw.randint(1, 5)):
        inside, key = _place(draw, changed)
        if inside is None:
            continue
        match draw.randrange(6):
            case 0:
                del inside[key]
            case 1:
                inside[key] = [inside[key]] * draw.choice((1, 2, 50))
            case 2:
                inside[key] = {draw.choice(FUNCTIONS): inside[key]}
            case 3:
                source, other = _place(draw, changed)
                if source is not None:
                    inside[key] = deepcopy(source[other])
            case 4 if isinstance(inside, dict):
                inside[draw.choice((*FUNCTIONS, *WORDS, "Properties", "Type"))] = inside[key]
            case _:
                inside[key] = _value(draw, 3)
    return changed


def _place(draw: random.Random, data: Any) -> tuple[Any, Any]:
    """Return a random member, as often near the root as deep."""
    inside: Any = None
    key: Any = None
    for _ in range(draw.randint(1, 12)):
        value = data if inside is None else inside[key]
        if not isinstance(value, (dict, list)) or not value:
            break
        inside = value
        key = draw.choice(list(value)) if isinstance(value, dict) else draw.randrange(len(value))
    return inside, key


def _value(draw: random.Random, depth: int) -> Any:
    match draw.randrange(8 if depth else 4):
        case 0:
            return draw.choice(WORDS)
        case 1:
            return draw.choice(NUMBERS)
        case 2:
            return draw.choice((None, True, False, [], {}))
        case 3:
            return draw.choice(TYPES)
        case 4:
            return [_value(draw, depth - 1) for _ in range(draw.randint(0, 4))]
        case 5:
            return {draw.choice(WORDS): _value(draw, depth - 1) for _ in range(draw.randint(0, 3))}
        case _:
            arguments = [_value(draw, depth - 1) for _ in range(draw.randint(1, 4))]
            return {draw.choice(FUNCTIONS): draw.choice((arguments, arguments[0]))}


def _queue(priority: Any, **sections: Any) -> bytes:
    queue = {"Type": "AWS::Batch::JobQueue", "Properties": {"Priority": priority}}
    return json.dumps({"Resources": {"Queue": queue}, **sections}).encode()


def _joins(draw: random.Random) -> bytes:
    count, times = draw.choice((10, 2000, 20_000)), draw.choice((2, 500, 5000))
    join = {"Fn::Join": [",", {"Ref": "P"}]}
    listed = {"Type": "CommaDelimitedList", "Default": ",".join("a" * count)}
    return _queue([join] * times, Parameters={"P": listed})


def _aliases(draw: random.Random) -> bytes:
    levels, width = draw.randint(1, 12), draw.randint(2, 12)
    lines = ["a0: &a0 [x, y]"]
    for level in range(1, levels):
        lines.append(f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]")
    lines += ["Resources:", "  Q:", "    Type: AWS::Batch::JobQueue", "    Properties:"]
    function = draw.choice(("", "!Join [',', [*z]]", "!Select [1, *z]", "!Length *z"))
    target = f"*a{levels - 1}"
    lines.append(f"      Priority: {function.replace('*z', target) or target}")
    return "\n".join(lines).encode()


def _conditions(draw: random.Random) -> bytes:
    count, width = draw.choice((3, 30, 90, 3000)), draw.randint(1, 4)
    circle = draw.random() < 0.3
    conditions: dict[str, Any] = {
        f"C{n}": {"Fn::Or": [{"Condition": f"C{(n + 1) % count}"}] * width} for n in range(count)
    }
    if not circle:
        conditions[f"C{count - 1}"] = {"Fn::Equals": ["a", {"Ref": "Nope"}]}
    return _queue({"Fn::If": ["C0", 1, {"Ref": "AWS::NoValue"}]}, Conditions=conditions)


def _nesting(draw: random.Random) -> bytes:
    value: Any = "1"
    for _ in range(draw.choice((10, 90, 110, 400))):
        name = draw.choice(FUNCTIONS)
        value = {name: draw.choice(([value], ["", [value]], [0, [value, value]], value))}
        if len(str(value)) > 100_000:
            break
    return _queue(value)


def _subs(draw: random.Random) -> bytes:
    value: Any = "x" * draw.choice((1, 100, 10_000))
    for _ in range(draw.randint(1, 25)):
        value = {"Fn::Sub": ["${a}${a}${Nope}", {"a": value}]}
    return _queue(value)


def _many(draw: random.Random) -> bytes:
    type, count = draw.choice(TYPES[:3]), draw.choice((10, 300, 2000))
    properties: Any = draw.choice(
        (
            {"Type": "multinode", "NodeProperties": {"NumNodes": 2, "NodeRangeProperties": [{}]}},
            {"ComputeEnvironmentOrder": [{"ComputeEnvironment": "e"}] * 3},
            {"ComputeResources": {"InstanceTypes": ["c5.18xlarg", "m5"], "MaxvCpus": "x"}},
            {"Name": {"Ref": "Nope"}},
        )
    )
    metadata = {"cdk-batch-mnp": {"dedicated": True}}
    made = {"Type": type, "Properties": properties, "Metadata": metadata}
    return json.dumps({"Resources": {f"R{n}": made for n in range(count)}}).encode()


MULTIPLIED: tuple[Callable[[random.Random], bytes], ...] = (
    *(_joins, _aliases, _conditions, _nesting, _subs, _many),
)


def run(templates: int, seed: int, seconds: float, *, keep: Path | None = None) -> Outcome:
    """Check a number of templates.

    Args:
        templates: Number of templates.
        seed: The same seed generates the same templates.
        seconds: Maximum CPU time of a template.
        keep: Folder for templates that took too long or caused a traceback.
    """
    known = corpus()
    outcome = Outcome(templates=templates)
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory() as folder:
        for number in range(templates):
            content = template(number, seed, known)
            # The name is random too: JSON, YAML, or neither.
            name = ("t.json", "t.yaml", "t.template")[number % 3]
            path = Path(folder) / name
            path.write_bytes(content)
            started = time.process_time()
            crashes: list[str] = []
            try:
                reported = check(path, outcome, crashes)
            except Exception:
                reported = "traceback"
                crashes.append(traceback.format_exc())
            outcome.tracebacks += [(number, crash) for crash in crashes]
            took = time.process_time() - started
            # The name of the folder is random, and SARIF has a digest of it.
            same = _FINGERPRINT.sub("", reported.replace(folder, ""))
            digest.update(same.encode("utf-8", "replace"))
            if took > outcome.slowest:
                outcome.slowest, outcome.slowest_template = took, number
            if took > seconds:
                outcome.too_slow.append(number)
            if keep is not None and (took > seconds or crashes):
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{seed}-{number}-{name}").write_bytes(content)
    outcome.digest = digest.hexdigest()
    return outcome


def check(path: Path, outcome: Outcome, crashes: list[str]) -> str:
    """Check a file as the command does, count the results, and return all output."""
    found = find([str(path)])
    report = check_together(found.groups, unusable=found.unusable)
    outcome.unusable += bool(report.unusable)
    # An exception inside of the check is an entry of its report.
    crashes += ["".join(traceback.format_exception(crash)) for crash in report.crashes]
    outcome.rules.update(finding.finding.rule.id for finding in report.findings)
    reported = [writer(form)(report, False) for form in FORMATS]
    reported += [str(each) for each in report.unusable if isinstance(each, TemplateError)]
    return "\n".join(reported)


def peak_megabytes() -> float:
    """Return the peak memory of this process."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def main() -> None:
    """Check many templates, print the results, and fail if a limit was exceeded."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--templates", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--seconds", type=float, default=5.0, help="of the processor, for one template"
    )
    parser.add_argument("--megabytes", type=float, default=500.0, help="most memory in all")
    parser.add_argument("--keep", type=Path, help="folder for templates that break a limit")
    arguments = parser.parse_args()
    if arguments.templates < 1:
        parser.error("--templates must be at least 1")
    outcome = run(arguments.templates, arguments.seed, arguments.seconds, keep=arguments.keep)
    peak = peak_megabytes()
    table = Table("what", "count")
    table.add_row("templates", str(outcome.templates))
    table.add_row("not readable as templates", str(outcome.unusable))
    table.add_row("rules that found something", str(len(outcome.rules)))
    table.add_row("findings", str(sum(outcome.rules.values())))
    table.add_row("tracebacks", str(len(outcome.tracebacks)))
    table.add_row(f"took more than {arguments.seconds:g} s", str(len(outcome.too_slow)))
    table.add_row("slowest", f"{outcome.slowest:.2f} s (number {outcome.slowest_template})")
    table.add_row("most memory", f"{peak:.0f} MB")
    table.add_row("digest", outcome.digest[:16])
    console = Console()
    console.print(table)
    console.print(" ".join(f"{rule}:{count}" for rule, count in sorted(outcome.rules.items())))
    for number, text in outcome.tracebacks[:5]:
        print(f"number {number}: {text}", file=sys.stderr)
    broken = outcome.tracebacks or outcome.too_slow or peak > arguments.megabytes
    sys.exit(1 if broken else 0)


if __name__ == "__main__":
    main()
