"""Networks (API facts 2.4)."""

from __future__ import annotations

from pulumi_hyperone.provider.api.models import Network
from pulumi_hyperone.provider.api.v1.collection import Collection


class Networks(Collection[Network]):
    """Networks of the project."""

    noun = "network"
    path = "/network"
    model = Network
