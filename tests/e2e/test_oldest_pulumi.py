"""The oldest Pulumi SDK that pyproject.toml allows: the locked one is what all other tests run with."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.support.environments import borrow_packages, new_environment, pip
from tests.support.stacks import ROOT, image

SDK = "import pulumi, importlib.metadata\npulumi.export('sdk', importlib.metadata.version('pulumi'))\n"


@pytest.fixture
def oldest() -> str:
    """The lower end of the range."""
    (version,) = re.findall(r'"pulumi>=([\d.]+),', (ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return version + ".0" * (2 - version.count("."))


@pytest.fixture
def python(oldest: str, tmp_path: Path) -> Path:
    """The Python of an environment with that SDK, from the package registry; everything else is borrowed."""
    made = new_environment(tmp_path / "environment")
    pip("--python", str(made), "install", "--no-deps", f"pulumi=={oldest}")
    borrow_packages(made)
    return made


def test_the_oldest_sdk_that_is_allowed_builds_an_image(python, oldest, stack, cloud):
    """The tests of the provider's host pass with it, and an image is built, left unchanged and destroyed."""
    command = [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/provider/test_host.py"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr

    project = yaml.safe_load((stack.folder / "Pulumi.yaml").read_text())
    project["runtime"]["options"]["virtualenv"] = str(python.parents[1])
    (stack.folder / "Pulumi.yaml").write_text(yaml.safe_dump(project))
    with (stack.folder / "__main__.py").open("a") as program:
        program.write(SDK)
    stack.configure({"web": image()})
    stack.run("up", "--yes").ok()
    made = stack.outputs()["image_id"]
    assert stack.outputs("sdk") == oldest
    assert "rebuild" not in stack.preview("--expect-no-changes").ok().text
    stack.destroy().ok()
    cloud.assert_only_images(made)
