"""The fixtures of the e2e tests: the real engine against a local cloud of the tests' own."""

from tests.e2e.conftest import api_version, cloud, engine_path, interrupt, make_stack, session_cloud, stack

__all__ = ["api_version", "cloud", "engine_path", "interrupt", "make_stack", "session_cloud", "stack"]
