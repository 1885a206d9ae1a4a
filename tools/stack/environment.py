"""The environment that the engine runs in."""

import os
from collections.abc import Mapping
from pathlib import Path

from tools.stack import backend

PARALLEL = "64"
"""Operations at once. The engine's default is four times the number of cores, and our operations mostly wait."""


def build(base: Mapping[str, str], engine: Path, virtualenv: Path, state: Path) -> dict[str, str]:
    """Return `base` with everything the engine needs; settings of the user's own are kept.

    Args:
        base: the user's environment.
        engine: folder of the engine's programs.
        virtualenv: the project's virtual environment.
        state: folder for state and passphrase.

    """
    path = [str(engine), str(virtualenv / "bin"), base.get("PATH", os.defpath)]
    return {
        "PULUMI_PARALLEL": PARALLEL,
        "PULUMI_RUN_PROGRAM": "true",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        **base,
        **backend.variables(base, state),
        "PATH": os.pathsep.join(path),
    }
