"""The reference app: settings in, stacks out.

cdk synth -c config=configs/hpc.toml
"""

from __future__ import annotations

import sys
from pathlib import Path

from stacks.settings import SettingsError, load

DEFAULT_CONFIG = "configs/demo.toml"


def main() -> None:
    """Synthesize the platform of the settings file that the context names."""
    from aws_cdk import App

    app = App()
    config = app.node.try_get_context("config") or DEFAULT_CONFIG
    try:
        settings = load(Path(str(config)))
    except SettingsError as error:
        sys.exit(str(error))

    from stacks.platform import add_platform

    add_platform(app, settings)
    app.synth()


if __name__ == "__main__":
    main()
