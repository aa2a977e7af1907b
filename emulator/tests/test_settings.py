"""How jobs run: from the project's pyproject.toml, and from options, which take precedence."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cdk_batch_mnp_emulator.options import settings_of
from cdk_batch_mnp_emulator.settings import (
    Settings,
    SettingsError,
    parse_host_path,
    parse_image,
)

SECTION = "[tool.cdk-batch-mnp-emulator]\n"


def project(folder: Path, text: str) -> Path:
    (folder / "pyproject.toml").write_text(text)
    return folder


def with_options(images: list[str] | None = None, **given: Any) -> Settings:
    nothing = {"max_nodes": None, "seed": None, "network": None, "docker": False, "podman": False}
    return settings_of(images, **(nothing | given))


def test_a_project_without_a_section_has_the_defaults(tmp_path: Path) -> None:
    assert Settings.of_project(project(tmp_path, "[project]\nname = 'x'\n")) == Settings()
    assert Settings().max_nodes == 128


def test_the_section_of_the_nearest_project_is_found_upwards(tmp_path: Path) -> None:
    project(tmp_path, f"{SECTION}max-nodes = 4\n")
    inner = tmp_path / "app" / "src"
    inner.mkdir(parents=True)
    assert Settings.of_project(inner).max_nodes == 4
    # A file without the section is passed over; one that has it hides those above.
    project(tmp_path / "app", "[project]\nname = 'x'\n")
    assert Settings.of_project(inner).max_nodes == 4
    project(tmp_path / "app", f"{SECTION}seed = 1\n")
    assert Settings.of_project(inner) == Settings(seed=1)


def test_folders_are_relative_to_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    images = "images = { trainer = 'train', solver = '/opt/solver', mine = '~/mine' }"
    found = Settings.of_project(project(tmp_path, f"{SECTION}{images}\n")).images
    assert found == {
        "trainer": tmp_path / "train",
        "solver": Path("/opt/solver"),
        "mine": tmp_path / "home" / "mine",
    }


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("max_node = 4", "max_node: unknown key", id="unknown key"),
        pytest.param("max-nodes = 0", "max-nodes: input should be greater", id="out of range"),
        pytest.param("max-nodes = 'many'", "not 'many'", id="wrong type"),
        pytest.param("network = 'none'", "'namespaces' or 'loopback', not 'none'", id="word"),
        pytest.param("engine = 'lxc'", "engine: input should be 'docker' or 'podman'", id="engine"),
        pytest.param("images = 'trainer'", "images: input should be a valid", id="no table"),
        pytest.param("images = { trainer = 4 }", "images.trainer: input is not a", id="no path"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(tmp_path: Path, line: str, message: str) -> None:
    project(tmp_path, f"{SECTION}{line}\n")
    with pytest.raises(SettingsError) as caught:
        Settings.of_project(tmp_path)
    assert str(caught.value).startswith(
        f"{tmp_path / 'pyproject.toml'}: [tool.cdk-batch-mnp-emulator] "
    )
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(b"[tool\n", "is not TOML", id="not TOML"),
        pytest.param(b"\xff\xfe", "is not TOML", id="not text"),
        pytest.param(b"[tool]\ncdk-batch-mnp-emulator = 3", "the section: ", id="not a table"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: bytes, message: str) -> None:
    (tmp_path / "pyproject.toml").write_bytes(text)
    with pytest.raises(SettingsError) as caught:
        Settings.of_project(tmp_path)
    assert message in str(caught.value)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)


def test_options_take_precedence_and_images_are_merged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").mkdir()
    images = "images = { trainer = 'old', solver = 'solver' }"
    monkeypatch.chdir(project(tmp_path, f"{SECTION}max-nodes = 4\nseed = 7\n{images}\n"))
    found = with_options(["trainer=new"], max_nodes=9)
    assert (found.max_nodes, found.seed) == (9, 7)
    assert found.images == {"trainer": tmp_path / "new", "solver": tmp_path / "solver"}


@pytest.mark.parametrize("engine", ["docker", "podman"])
def test_an_engine_is_chosen_by_its_flag(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, engine: str
) -> None:
    monkeypatch.chdir(tmp_path)
    flag: dict[str, Any] = {engine: True}
    assert with_options(**flag).engine == engine
    assert with_options().engine is None


def test_an_option_about_processes_overrides_the_engine_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project(tmp_path, f"{SECTION}engine = 'docker'\n"))
    assert with_options().engine == "docker"
    assert with_options(network="loopback").engine is None
    assert with_options([f"trainer={tmp_path}"]).engine is None


@pytest.mark.parametrize(
    ("given", "message"),
    [
        pytest.param({"docker": True, "podman": True}, "--docker and --podman", id="two engines"),
        pytest.param({"docker": True, "images": ["a=."]}, "--image and --docker", id="image"),
        pytest.param({"podman": True, "network": "auto"}, "--network and --podman", id="network"),
        pytest.param({"network": "moon"}, "--network: input should be", id="word"),
    ],
)
def test_options_that_exclude_each_other_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SettingsError, match=f"^{message}"):
        with_options(**given)


def test_an_image_may_have_a_tag_and_its_folder_an_equals_sign(tmp_path: Path) -> None:
    folder = tmp_path / "a=b"
    folder.mkdir()
    assert parse_image(f"repo/trainer:1={folder}") == ("repo/trainer:1", folder)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("trainer", "must be IMAGE=DIR"),
        ("=folder", "must be IMAGE=DIR"),
        ("trainer=", "must be IMAGE=DIR"),
        ("trainer=/no/such/folder", "/no/such/folder is not a folder"),
    ],
)
def test_an_image_without_a_folder_is_refused(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse_image(text)


def test_paths_of_the_instances_are_set_by_the_project_and_by_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project(tmp_path, f'{SECTION}host-paths = {{ "/data" = "d", "/x" = "/y" }}'))
    assert Settings.of_project(tmp_path).host_paths == {"/data": tmp_path / "d", "/x": Path("/y")}
    (tmp_path / "file").touch()
    found = with_options(host_paths=["/data=file"]).host_paths
    assert found == {"/data": tmp_path / "file", "/x": Path("/y")}


def test_a_relative_path_of_the_instances_is_an_error_of_the_project(tmp_path: Path) -> None:
    project(tmp_path, f'{SECTION}host-paths = {{ "data" = "d" }}')
    with pytest.raises(SettingsError, match="host-paths"):
        Settings.of_project(tmp_path)


@pytest.mark.parametrize("text", ["/data", "data=.", "/data=", "=."])
def test_a_path_of_the_instances_is_absolute_and_has_a_file_or_folder(text: str) -> None:
    with pytest.raises(SettingsError, match="must be PATH=HERE with an absolute PATH"):
        parse_host_path(text)


def test_a_file_or_folder_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(SettingsError, match=r"\./missing does not exist"):
        parse_host_path("/data=./missing")
