"""Networks (API facts 2.4)."""

from __future__ import annotations

from provider.api.collection import Collection
from provider.api.models import Network


class Networks(Collection[Network]):
    """Networks of the project."""

    noun = "network"
    path = "/network"
    model = Network
