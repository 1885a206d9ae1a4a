"""The same servers as in the tests of the SSH layer, and provisioners that run on them."""

import importlib.util
import sys
from pathlib import Path

import pytest

from pulumi_hyperone.provider.provisioners.build_log import BuildLog
from pulumi_hyperone.provider.provisioners.catalog import parse
from pulumi_hyperone.provider.provisioners.context import RunContext, packer_environment
from pulumi_hyperone.provider.provisioners.run import run_all

_spec = importlib.util.spec_from_file_location("ssh_servers", Path(__file__).parents[1] / "ssh" / "conftest.py")
assert _spec
assert _spec.loader
_module = importlib.util.module_from_spec(_spec)
sys.modules["ssh_servers"] = _module
_spec.loader.exec_module(_module)

connect, interruption, key = _module.connect, _module.interruption, _module.key
machine, make_sshd, sshd = _module.machine, _module.make_sshd, _module.sshd


@pytest.fixture
def progress() -> list[str]:
    """Lines of progress."""
    return []


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """The project's folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.fixture
def there(tmp_path: Path) -> Path:
    """A folder on the machine."""
    folder = tmp_path / "there"
    folder.mkdir()
    return folder


@pytest.fixture
def context(tmp_path, base, interruption, progress):
    """A context whose log masks the secret `s3cr't`."""
    with BuildLog(tmp_path / "logs" / "build.log", secrets=["s3cr't"], progress=progress.append) as log:
        yield RunContext(log, interruption, base, progress.append, packer_environment("base"))


@pytest.fixture
def run(machine, context):
    """Parse and run provisioners on the machine."""

    def do(*raw, on=None):
        provisioners, faults = parse(list(raw), context.base_dir, "provisioners")
        assert faults == []
        run_all(provisioners, on or machine, context)

    return do
