"""The reference app, configured by a settings file.

cdk synth -c config=configs/hpc.toml
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from stacks.settings import SettingsError, load

DEFAULT_CONFIG = "configs/demo.toml"


def main(context: Mapping[str, str] | None = None) -> None:
    """Synthesize the platform of the settings file in the context.

    Invalid settings and findings of the rules are printed without a traceback, because the file is
    wrong and not the program.

    Args:
        context: Context of the app, in addition to that of the CDK CLI.
    """
    from aws_cdk import App

    app = App(context=context)
    config = app.node.try_get_context("config") or DEFAULT_CONFIG
    try:
        settings = load(Path(str(config)))
    except SettingsError as error:
        sys.exit(str(error))

    from stacks.platform import add_platform

    try:
        add_platform(app, settings)
        app.synth()
    except (ValueError, RuntimeError) as error:
        # jsii raises errors of the CDK as RuntimeError.
        sys.exit(f"{config}: {error}")


if __name__ == "__main__":
    main()
