"""The engine's protocol messages, without the rest of the Pulumi SDK."""

import importlib.util
import sys
import types
from pathlib import Path
from typing import Any

PROTO = "pulumi.runtime.proto"
MODULES = ("plugin_pb2", "language_pb2", "language_pb2_grpc")


def load() -> Any:
    """Return what the SDK's `pulumi.runtime.proto` holds for language hosts: messages and gRPC stubs.

    The host is started twice for every command of the engine and needs no other ones. Importing `pulumi` itself would
    cost half a second each time, so its packages are put in place as empty namespaces. Programs run in processes of
    their own and are not affected.

    Raises ImportError when this interpreter has no Pulumi SDK.
    """
    specification = importlib.util.find_spec("pulumi")
    if specification is None or specification.origin is None:
        raise ImportError("the Python package 'pulumi' is not installed")
    package = Path(specification.origin).parent
    folders = {"pulumi": package, "pulumi.runtime": package / "runtime", PROTO: package / "runtime" / "proto"}
    for name, folder in folders.items():
        if name not in sys.modules:
            module = types.ModuleType(name)
            module.__path__ = [str(folder)]
            sys.modules[name] = module
    found: dict[str, Any] = {}
    for name in MODULES:
        found |= vars(importlib.import_module(f"{PROTO}.{name}"))
    return types.SimpleNamespace(**found)
