"""Network adapters (API facts 2.4)."""

from __future__ import annotations

from pulumi_hyperone.provider.api.models import Netadp
from pulumi_hyperone.provider.api.v1.collection import Readable


class Netadps(Readable[Netadp]):
    """Adapters; they come and go with their VM."""

    noun = "netadp"
    path = "/netadp"
    model = Netadp
