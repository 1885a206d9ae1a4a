"""The same servers as in the tests of the SSH layer."""

import importlib.util
import sys
from pathlib import Path

_spec = importlib.util.spec_from_file_location("ssh_servers", Path(__file__).parents[1] / "ssh" / "conftest.py")
assert _spec
assert _spec.loader
_module = importlib.util.module_from_spec(_spec)
sys.modules["ssh_servers"] = _module
_spec.loader.exec_module(_module)

connect, interruption, key = _module.connect, _module.interruption, _module.key
machine, make_sshd, sshd = _module.machine, _module.make_sshd, _module.sshd
