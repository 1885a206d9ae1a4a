"""Build the engine from its Go modules; go.mod and go.sum beside this file pin every one of them."""

import collections
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tools import progress
from tools.engine import go, settings
from tools.engine.errors import EngineError

ENGINE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
LANGUAGES = ("github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml", "./pulumi-codegen")
"""What runs programs in YAML, and what generates SDKs; a program is named after the last part of its package."""
SDK = "github.com/pulumi/pulumi/sdk/v3"
RUNNER = "python/cmd/pulumi-language-python-exec"
"""The runner of Python programs, in the SDK's module."""

COMPILER = {"GOGC": "800", "GOMEMLIMIT": "1GiB"}
"""Has Go's compiler collect garbage less often: a sixth less CPU time for at most 0.9 GB of memory instead of 0.6."""

FREE_GIB = 5
"""Disk space a build needs at its peak: modules and compiled packages."""


def build(folder: Path, toolchain: go.Go, packages: Sequence[str]) -> None:
    """Build into `folder`/bin: the programs of `packages`, and the runner that the language host starts programs with.

    With a toolchain that is not the user's, Go's caches live in `folder` too and are removed afterwards (about 3 GB).
    Raises EngineError with Go's last lines when it fails.
    """
    _check_space(folder)
    (folder / "bin").mkdir()
    work = folder / "work"
    environment = {**COMPILER, **os.environ, "GOTOOLCHAIN": "local", "GOWORK": "off", "GO111MODULE": "on"}
    if not toolchain.is_users:
        environment |= {"GOPATH": str(work / "go"), "GOMODCACHE": str(work / "mod"), "GOCACHE": str(work / "build")}
        environment |= {"GOFLAGS": f"{environment.get('GOFLAGS', '')} -modcacherw".strip()}
    what = "engine" if ENGINE in packages else "language host for YAML and SDK generator"
    title = f"Pulumi {what} {settings.VERSION}: build from Go modules (once; 4 to 8 minutes on 2 cores)"
    with progress.step(title) as step:
        _compile(toolchain.command, environment, folder / "bin", packages, step)
        step.update("install the language host")
        sdk = _output(toolchain.command, environment, ["list", "-m", "-f", "{{.Dir}}", SDK])
        shutil.copy(Path(sdk) / RUNNER, folder / "bin")
        (folder / "bin" / Path(RUNNER).name).chmod(0o755)
    shutil.rmtree(work, ignore_errors=True)


def _list_packages(command: Path, environment: dict[str, str], packages: Sequence[str], step: progress.Step) -> int:
    """Download the modules that `packages` are made of; return how many packages there are to compile."""
    count = modules = 0
    for line in _lines(command, environment, ["list", "-deps", *packages]):
        if line.startswith("go: downloading"):
            modules += 1
            step.update(f"downloaded {modules} modules")
        else:
            count += 1
    return count


def _compile(
    command: Path, environment: dict[str, str], target: Path, packages: Sequence[str], step: progress.Step
) -> None:
    count = _list_packages(command, environment, packages, step)
    flags = f"-s -w -X {SDK}/go/common/version.Version={settings.VERSION}"
    arguments = ["build", "-v", "-trimpath", "-buildvcs=false", "-ldflags", flags, "-o", f"{target}/", *packages]
    step.update("compile")
    compiled = 0
    for line in _lines(command, environment, arguments):
        if not line.startswith("go: "):
            compiled += 1
            step.update(f"compiled {compiled} of at most {count} packages")
    for package in packages:
        if not (target / Path(package).name).is_file():
            raise EngineError(f"the build of {Path(package).name} made no program")


def _lines(command: Path, environment: dict[str, str], arguments: Sequence[str]) -> Iterator[str]:
    """Run Go in this folder and yield its output line by line; raises EngineError with the last lines when it fails."""
    process = subprocess.Popen(
        [str(command), *arguments],
        cwd=settings.SOURCE,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    last: collections.deque[str] = collections.deque(maxlen=15)
    try:
        for line in process.stdout or ():
            last.append(line.rstrip())
            yield line.rstrip()
        code = process.wait()
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()
    if code != 0:
        raise EngineError(
            f"'go {arguments[0]}' failed with exit code {code} while building the Pulumi engine:\n" + "\n".join(last)
        )


def _output(command: Path, environment: dict[str, str], arguments: Sequence[str]) -> str:
    lines = [line for line in _lines(command, environment, arguments) if not line.startswith("go: ")]
    return lines[-1] if lines else ""


def _check_space(folder: Path) -> None:
    free = shutil.disk_usage(folder).free / 2**30
    if free < FREE_GIB:
        raise EngineError(
            f"building the Pulumi engine needs {FREE_GIB} GiB of disk space below {folder.parent}, "
            f"{free:.1f} are free; make room, set XDG_CACHE_HOME to a larger disk, or install Pulumi yourself"
        )
