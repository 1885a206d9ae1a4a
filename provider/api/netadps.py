"""Network adapters (API facts 2.4)."""

from __future__ import annotations

from provider.api.collection import Readable
from provider.api.models import Netadp


class Netadps(Readable[Netadp]):
    """Adapters; they come and go with their VM."""

    noun = "netadp"
    path = "/netadp"
    model = Netadp
