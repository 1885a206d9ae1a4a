"""Defaults that more than the communicator's options need."""

from __future__ import annotations

DEFAULT_USERNAME = "guru"
"""The user that HyperOne makes on its images."""
DEFAULT_PORT = 22
DEFAULT_KEY_TYPE = "ed25519"
DEFAULT_RSA_BITS = 3072
