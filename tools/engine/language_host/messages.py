"""The engine's protocol messages, without the rest of the Pulumi SDK."""

import importlib.util
import sys
import types
from pathlib import Path
from typing import Any


def load() -> Any:
    """Import and return the SDK's `pulumi.runtime.proto` package: all messages and gRPC stubs.

    The host is started for every command of the engine and needs the messages only. Importing `pulumi` itself would
    cost half a second each time, so its two parent packages are put in place as empty namespaces. Programs run in
    processes of their own and are not affected.

    Raises ImportError when this interpreter has no Pulumi SDK.
    """
    specification = importlib.util.find_spec("pulumi")
    if specification is None or specification.origin is None:
        raise ImportError("the Python package 'pulumi' is not installed")
    package = Path(specification.origin).parent
    for name, folder in (("pulumi", package), ("pulumi.runtime", package / "runtime")):
        if name not in sys.modules:
            module = types.ModuleType(name)
            module.__path__ = [str(folder)]
            sys.modules[name] = module
    return importlib.import_module("pulumi.runtime.proto")
