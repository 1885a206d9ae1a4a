"""SDKs of packages: written by Pulumi's generators, which are programs of their own, and linked into a program."""

import subprocess
from pathlib import Path

from .children import PATIENCE
from .dependencies import REQUIREMENTS

GENERATOR = Path(__file__).resolve().parents[2] / "bin" / "pulumi-codegen"
"""Built beside the engine by `make language-hosts`."""


class SdkError(Exception):
    """An SDK could not be written or linked; the message says why."""


def generate(language: str, request: bytes) -> bytes:
    """Answer a serialized GeneratePackageRequest for `language`; raises SdkError."""
    if not GENERATOR.is_file():
        raise SdkError(f"no SDK can be generated: {GENERATOR} is missing; run 'make language-hosts' in the checkout")
    command = [str(GENERATOR), language]
    try:
        answer = subprocess.run(command, input=request, capture_output=True, timeout=PATIENCE, check=False)
    except subprocess.TimeoutExpired:
        raise SdkError(f"cannot generate the SDK: {GENERATOR.name} did not end within {PATIENCE} s") from None
    if answer.returncode != 0:
        raise SdkError(f"cannot generate the SDK: {answer.stderr.decode(errors='replace').strip()}")
    return answer.stdout


def link(folder: Path, sdk: str, *, installs: bool) -> str:
    """Have the Python program in `folder` require the SDK at the relative path `sdk`; return what to tell the user.

    `installs` says whether the program has a virtual environment, which its requirements are installed into. A program
    that has a pyproject.toml alone is left as it is. Raises SdkError when the SDK has no module.
    """
    module = next((file.parent.name for file in (folder / sdk).glob("*/__init__.py")), None)
    if module is None:
        raise SdkError(f"cannot link the SDK in {sdk}: no folder in it has an __init__.py")
    known = [folder / name for name in REQUIREMENTS if (folder / name).is_file()]
    file = known[0] if known else folder / REQUIREMENTS[-1]
    linked = bool(known) or not (folder / "pyproject.toml").is_file()
    if linked:
        lines = file.read_text(encoding="utf-8").splitlines() if known else []
        if sdk not in lines:
            file.write_text("\n".join([*lines, sdk, ""]), encoding="utf-8")
    install = "" if linked and installs else f"Install it where the program runs: python -m pip install {sdk}\n"
    return f"{install}Import it: import {module} as {module.removeprefix('pulumi_')}"
