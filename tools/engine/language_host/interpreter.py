"""Which Python runs a program or policy pack, and with what environment."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


class InterpreterError(Exception):
    """No Python can run the program; the message says what is missing and how to get it."""


@dataclass(frozen=True)
class Interpreter:
    """A Python executable, with the virtual environment it belongs to (None: the system's)."""

    executable: Path
    virtualenv: Path | None

    def environment(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return a copy of `base` with the virtual environment activated, as its `activate` script would do."""
        environment = dict(base)
        if self.virtualenv is not None:
            environment["VIRTUAL_ENV"] = str(self.virtualenv)
            environment["PATH"] = os.pathsep.join([str(self.virtualenv / "bin"), environment.get("PATH", os.defpath)])
            environment.pop("PYTHONHOME", None)
        return environment

    def package_folders(self) -> list[Path]:
        """Return the folders this Python imports installed packages from."""
        if self.virtualenv is not None:
            return sorted(self.virtualenv.glob("lib/python3*/site-packages"))
        listing = subprocess.run(
            [str(self.executable), "-c", "import sys; print('\\n'.join(sys.path[1:]))"],
            capture_output=True,
            text=True,
            timeout=30,
            check=True,
        )
        return [Path(line) for line in listing.stdout.splitlines() if Path(line).is_dir()]


def choose(options: Mapping[str, object], root: Path) -> Interpreter:
    """Choose the interpreter for a program.

    Args:
        options: `runtime.options` of Pulumi.yaml or PulumiPolicy.yaml: `virtualenv` (relative to `root`), `toolchain`.
        root: folder of that file.

    Raises:
        InterpreterError: the virtual environment is missing or broken, or there is no Python at all.

    """
    virtualenv = virtualenv_folder(options, root)
    if virtualenv is None:
        return Interpreter(_system_python(), None)
    for name in ("python", "python3"):
        executable = virtualenv / "bin" / name
        if executable.exists():
            return Interpreter(executable, virtualenv)
    state = "is not a virtual environment" if virtualenv.is_dir() else "does not exist"
    raise InterpreterError(
        f"the virtual environment {virtualenv} (option 'virtualenv') {state}; "
        "create it: run 'pulumi install' in the folder of the program"
    )


def virtualenv_folder(options: Mapping[str, object], root: Path) -> Path | None:
    """Return the virtual environment that `runtime.options` name, or None for the system's Python.

    Toolchain `uv` means `.venv` unless said otherwise. Raises InterpreterError for a toolchain that is not supported.
    """
    toolchain = str(options.get("toolchain") or "pip").lower()
    if toolchain not in ("pip", "uv"):
        raise InterpreterError(
            f"runtime option 'toolchain: {toolchain}' is not supported by this language host (pip and uv are); "
            "install Pulumi's own release to use it"
        )
    name = str(options.get("virtualenv") or (".venv" if toolchain == "uv" else ""))
    return root / name if name else None


def _system_python() -> Path:
    """Return PULUMI_PYTHON_CMD, python3 or python from PATH, the order Pulumi documents."""
    for command in (os.environ.get("PULUMI_PYTHON_CMD"), "python3", "python"):
        found = shutil.which(command) if command else None
        if found:
            return Path(found)
    raise InterpreterError("no Python found: neither python3 nor python is on PATH")
