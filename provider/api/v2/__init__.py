"""The second generation of HyperOne's API (v2 facts): its headers, paths, bodies and replies."""

from __future__ import annotations

from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.generation import Generation, Headers
from pulumi_hyperone.provider.api.http.calls import Call
from pulumi_hyperone.provider.api.v2.nouns import Disks, Images, Ips, Netadps, Networks, Projects, Services
from pulumi_hyperone.provider.api.v2.vms import Vms


def headers(credentials: Credentials, _call: Call) -> Headers:
    """Token as a bearer, the only scheme; the project stands in paths (v2 facts 1.1)."""
    return {"Authorization": f"Bearer {credentials.token}"}


V2 = Generation(
    headers=headers,
    vms=Vms,
    disks=Disks,
    images=Images,
    ips=Ips,
    netadps=Netadps,
    networks=Networks,
    services=Services,
    projects=Projects,
)
