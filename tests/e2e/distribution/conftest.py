"""The wheel, an environment with nothing else in it, and what a consumer's own folder holds."""

from __future__ import annotations

import pytest

from tests.support.checkout import Checkout
from tests.support.environments import borrow_packages, new_environment, pip

WITHOUT_NETWORK = ("--no-index", "--no-deps")
BUILD = ("wheel", *WITHOUT_NETWORK, "--no-build-isolation")
OWN = {
    "components/__init__.py": "",
    "components/names.py": 'IMAGE = "web"\n',
    "provider/__init__.py": "",
    "provider/sizes.py": 'def sizes():\n    return {"vm_type": "a1.nano", "disk_size": 1}\n',
    "command.py": 'BUILD = "echo consumer > built-by"\n',
    "policy.py": 'RULE = "grep -x consumer built-by"\n',
    "settings.py": 'WHO = "the consumer\'s own settings"\n',
    "packer.py": 'raise ImportError("nothing of the package is imported by this name")\n',
    "local_cloud.py": 'raise ImportError("nothing of the package is imported by this name")\n',
    "tools.py": 'raise ImportError("nothing of the package is imported by this name")\n',
}
"""Modules of the consumer's own, named as folders of the checkout are."""


@pytest.fixture(scope="session")
def checkout(tmp_path_factory):
    """A folder as git would clone it, so that nothing which lies about in this one gets in."""
    return Checkout(tmp_path_factory.mktemp("source")).folder


@pytest.fixture(scope="session")
def wheel(checkout):
    """The wheel, built without a network."""
    pip(*BUILD, "--wheel-dir", str(checkout.parent), str(checkout))
    (made,) = checkout.parent.glob("*.whl")
    return made


@pytest.fixture(scope="session")
def python(wheel, tmp_path_factory):
    """The Python of a clean environment with the wheel in it; the packages that it depends on are borrowed."""
    made = new_environment(tmp_path_factory.mktemp("clean") / "environment")
    pip("--python", str(made), "install", *WITHOUT_NETWORK, str(wheel))
    borrow_packages(made)
    return made
