"""Networks, adapters and addresses."""

from __future__ import annotations

from typing import ClassVar, Unpack

from pulumi_hyperone.provider.api.http.collection import Collection, Readable
from pulumi_hyperone.provider.api.http.waiting import Waiting
from pulumi_hyperone.provider.api.records import Ip, Netadp, Network, State


class Networks(Readable[Network]):
    """Networks, which builds only read."""

    noun: ClassVar[str] = "network"


class Netadps(Readable[Netadp]):
    """Network adapters."""

    noun: ClassVar[str] = "netadp"


class Ips(Collection[Ip]):
    """Addresses; `get` takes an id, a dotted address or a name."""

    noun: ClassVar[str] = "ip"

    def associate(self, ip: str, private_ip: str, **how: Unpack[Waiting]) -> Ip:
        """Pair the public address `ip` with a private one (id or address); returns when the state is Associated."""

        def done(seen: Ip) -> bool:
            told = seen.associated_ip
            there = not told or private_ip == told or self.get(private_ip).id == told
            return seen.state == State.ASSOCIATED and there

        wait = self._wait(f"ip {ip} to be associated with {private_ip}", how)
        return self._act(ip, "associate", done, wait, {"ip": self.reference(private_ip)})

    def reference(self, reference: str) -> str:
        """An address (id, dotted address or name) as bodies hold it."""
        return reference
