"""An embedded HyperOne: the v1 API on loopback, with real machines behind it."""

from pulumi_hyperone.local_cloud.fixture import LocalCloud

__all__ = ["LocalCloud"]
