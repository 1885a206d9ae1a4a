"""Networks, adapters and addresses."""

from __future__ import annotations

from typing import ClassVar, Unpack

from pulumi_hyperone.provider.api.http.collection import Collection, Readable
from pulumi_hyperone.provider.api.http.waiting import Waiting
from pulumi_hyperone.provider.api.records import Ip, Netadp, Network, State


class Networks(Readable[Network]):
    """Networks."""

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
            return seen.state == State.ASSOCIATED and (
                not seen.associated_ip or self._is(private_ip, seen.associated_ip)
            )

        wait = self._wait(f"ip {ip} to be associated with {private_ip}", how)
        return self._act(ip, "associate", done, wait, {"ip": self.reference(private_ip)})

    def reference(self, reference: str) -> str:
        """An address (id, dotted address or name) as bodies hold it."""
        return reference

    def _is(self, reference: str, identity: str) -> bool:
        return reference == identity or self.get(reference).id == identity
