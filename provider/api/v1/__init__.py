"""The first generation of HyperOne's API (API facts v1): its headers, paths, bodies and replies."""

from __future__ import annotations

from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.generation import Generation, Headers
from pulumi_hyperone.provider.api.http.calls import Call
from pulumi_hyperone.provider.api.v1.nouns import Disks, Images, Ips, Netadps, Networks, Projects, Services
from pulumi_hyperone.provider.api.v1.vms import Vms


def headers(credentials: Credentials, call: Call) -> Headers:
    """Token in `x-auth-token`, the form the vendor's clients of this generation use (API facts 1.1, 5 #1)."""
    found: Headers = {"x-auth-token": credentials.token}
    if credentials.project and call.scoped:
        found["x-project"] = credentials.project.encode("utf-8")
    return found


V1 = Generation(
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
