"""The options that the verbs of the command share, and the settings that they make."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from cdk_batch_mnp_emulator.settings import Settings, SettingsError, parse_host_path, parse_image

Region = Annotated[
    str,
    typer.Option(help="Region of the command.", metavar="REGION"),
]
Images = Annotated[
    list[str] | None,
    typer.Option(
        "--image",
        metavar="IMAGE=DIR",
        help="Folder to use in place of a container image, because images are not run. Repeatable.",
    ),
]
HostPaths = Annotated[
    list[str] | None,
    typer.Option(
        "--host-path",
        metavar="PATH=HERE",
        help="File or folder on this machine to use for a path on the instances, in volumes that "
        "mount it (host.sourcePath). Repeatable.",
    ),
]
MaxNodes = Annotated[
    int | None,
    typer.Option(
        min=1,
        metavar="COUNT",
        help="Maximum number of nodes that run at a time; other jobs wait.",
        show_default="128",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(metavar="NUMBER", help="Make the order in which child nodes start repeatable."),
]
Network = Annotated[
    str | None,
    typer.Option(
        metavar="auto|namespaces|loopback",
        help="How the networks of nodes are separated.",
        show_default="auto: namespaces where the kernel allows them",
    ),
]
Docker = Annotated[
    bool,
    typer.Option("--docker", help="Run the images themselves, as containers of Docker."),
]
Podman = Annotated[
    bool,
    typer.Option("--podman", help="Run the images themselves, as containers of Podman."),
]
State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        metavar="DIR",
        help="Folder that keeps the state across restarts.",
        show_default=False,
    ),
]


def settings_of(
    images: list[str] | None,
    host_paths: list[str] | None = None,
    *,
    max_nodes: int | None,
    seed: int | None,
    network: str | None,
    docker: bool,
    podman: bool,
    state: Path | None = None,
) -> Settings:
    """Return the settings of the project, with the options of the command.

    Raises:
        SettingsError: An option or a setting has an invalid value, or two of them exclude each
            other.
    """
    if docker and podman:
        raise SettingsError("--docker and --podman exclude each other")
    if images and (docker or podman):
        raise SettingsError(
            f"--image and --{'docker' if docker else 'podman'} exclude each other: a folder stands "
            "for an image that is not run"
        )
    if network and (docker or podman):
        raise SettingsError(
            f"--network and --{'docker' if docker else 'podman'} exclude each other: containers "
            "have a network of their own"
        )
    engine: Literal["docker", "podman"] | None = (
        "docker" if docker else "podman" if podman else None
    )
    places = dict(parse_host_path(text) for text in host_paths or ())
    folders = dict(parse_image(text) for text in images or ())
    # A project's engine gives way to options that are about processes.
    without_engine = engine is None and bool(images or network)
    settings = Settings.of_project(Path.cwd())
    if without_engine:
        settings = settings.model_copy(update={"engine": None})
    return settings.with_options(
        folders,
        places,
        max_nodes=max_nodes,
        seed=seed,
        network=network,
        engine=engine,
        state=state and state.expanduser().absolute(),
    )
