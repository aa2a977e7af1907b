"""The Dockerfiles of the examples: they copy what is there, and start nodes without sshd."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from stacks.settings import load
from tests.docs.pages import ROOT, blocks

EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/Dockerfile"))
CONFIGS = {
    "lammps": "hpc",
    "mpi": "mpi",
    "pytorch": "training",
    "ring_sum": "demo",
}
PUBLIC = "public.ecr.aws/docker/library/python:3.13-slim"

parametrized = pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)


@dataclass(frozen=True)
class Instruction:
    """A line of a Dockerfile."""

    name: str
    rest: str


def instructions(text: str) -> list[Instruction]:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ")
    return [Instruction(*(line.split(maxsplit=1))) for line in joined.splitlines() if line.strip()]


def of(example: Path, name: str) -> list[str]:
    text = (example / "Dockerfile").read_text(encoding="utf-8")
    return [instruction.rest for instruction in instructions(text) if instruction.name == name]


def readme(example: Path) -> str:
    return (example / "README.md").read_text(encoding="utf-8")


def missing(example: Path, dockerfile: str, made: set[str]) -> list[str]:
    """Return what a Dockerfile copies though it is neither there nor made before nor in a stage."""
    found: list[str] = []
    stages: set[str] = set()
    for instruction in instructions(dockerfile):
        if instruction.name == "FROM" and " AS " in instruction.rest:
            stages.add(instruction.rest.rpartition(" AS ")[2])
        if instruction.name != "COPY":
            continue
        *sources, _target = instruction.rest.split()
        if sources[0].startswith("--from="):
            if (stage := sources[0].removeprefix("--from=")) not in stages:
                found.append(f"stage {stage}")
            continue
        found += [
            source for source in sources if source not in made and not (example / source).exists()
        ]
    return found


def test_the_examples_with_an_image_are_known_here() -> None:
    assert [example.name for example in EXAMPLES] == sorted(CONFIGS)


@parametrized
def test_everything_that_is_copied_is_there_or_is_made_by_a_command_of_the_page(
    example: Path,
) -> None:
    made = set(re.findall(rf"build_zipapp\.py examples/{example.name}/(\S+)", readme(example)))
    dockerfile = (example / "Dockerfile").read_text(encoding="utf-8")
    assert missing(example, dockerfile, made) == []


@pytest.mark.parametrize(
    ("dockerfile", "expected"),
    [
        ("FROM a AS b\nFROM a\nCOPY --from=b /x /y", []),
        ("FROM a\nCOPY --from=b /x /y", ["stage b"]),
        ("FROM a\nCOPY none.c \\\n  hello.c /src/", ["none.c"]),
        ("FROM a\n# COPY none.c /src/", []),
    ],
)
def test_what_cannot_be_copied_is_found(dockerfile: str, expected: list[str]) -> None:
    assert missing(ROOT / "examples" / "mpi", dockerfile, set()) == expected


@parametrized
def test_the_launcher_is_installed_as_its_page_says(example: Path) -> None:
    page = (ROOT / "docs" / "launcher.md").read_text(encoding="utf-8")
    shown = "".join(blocks(page, "dockerfile")).splitlines()
    (line,) = [each.removeprefix("COPY ") for each in shown if each.startswith("COPY ")]
    has_it = line in of(example, "COPY")
    is_on_mpi = of(example, "ARG")[:1] == ["MPI_IMAGE=mpi:1"] and all(
        image.startswith("${MPI_IMAGE}") for image in of(example, "FROM")
    )
    assert has_it != is_on_mpi


@parametrized
def test_an_image_has_neither_sshd_nor_keys(example: Path) -> None:
    run = " ".join(of(example, "RUN"))
    assert not re.search(r"sshd|openssh-server|ssh-keygen|authorized_keys", run)


@parametrized
def test_nothing_stands_between_batch_and_the_launcher(example: Path) -> None:
    # An entry point that passes the command to a shell breaks quoted arguments.
    assert set(of(example, "ENTRYPOINT")) <= {"[]"}


def test_the_installer_of_efa_gets_the_options_for_containers() -> None:
    (run,) = [each for each in of(ROOT / "examples" / "mpi", "RUN") if "efa_installer" in each]
    assert "./efa_installer.sh -y --skip-kmod --skip-limit-conf --no-verify" in run


@parametrized
def test_the_settings_of_an_example_name_its_image_and_its_programs(example: Path) -> None:
    config = f"configs/{CONFIGS[example.name]}.toml"
    settings = load(ROOT / config)
    page = readme(example)
    assert f"-c config={config}" in page
    tag = example.name.replace("_", "-") + ":1"
    assert f"docker build -t {tag} examples/{example.name}\n" in page
    images = {group.image for job in settings.jobs for group in job.node_groups}
    assert images <= {f"123456789012.dkr.ecr.us-east-2.amazonaws.com/{tag}", PUBLIC}
    for job in settings.jobs:
        assert job.launcher is not None
        for group in job.node_groups:
            words = [*(group.command or ()), group.program or ""]
            copied = " ".join(of(example, "COPY"))
            own = [word for word in words if word in {"hello", "ring", "lmp", "train.py"}]
            assert group.program or own
            assert all(re.search(rf"[ /]{re.escape(each)}\b", copied) for each in own)
