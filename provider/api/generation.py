"""What a generation of the API brings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.http.calls import Call
from pulumi_hyperone.provider.api.nouns.account import Projects, Services
from pulumi_hyperone.provider.api.nouns.networking import Ips, Netadps, Networks
from pulumi_hyperone.provider.api.nouns.storage import Disks, Images
from pulumi_hyperone.provider.api.nouns.vms import Vms

Headers = dict[str, str | bytes]


@dataclass(frozen=True, kw_only=True)
class Generation:
    """How calls are authenticated (`headers`) and the nouns in this generation's spelling."""

    headers: Callable[[Credentials, Call], Headers]
    vms: type[Vms]
    disks: type[Disks]
    images: type[Images]
    ips: type[Ips]
    netadps: type[Netadps]
    networks: type[Networks]
    services: type[Services]
    projects: type[Projects]
