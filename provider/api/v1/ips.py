"""IP addresses (API facts 2.4)."""

from __future__ import annotations

from pulumi_hyperone.provider.api.http.waiting import OnWait
from pulumi_hyperone.provider.api.models import Ip
from pulumi_hyperone.provider.api.v1.collection import Collection
from pulumi_hyperone.provider.foundation.deadline import Deadline


class Ips(Collection[Ip]):
    """Addresses; `get` takes an id, a dotted address or a name."""

    noun = "ip"
    path = "/ip"
    model = Ip

    def associate(
        self, ip: str, private_ip: str, *, deadline: Deadline | float | None = None, on_wait: OnWait | None = None
    ) -> Ip:
        """Pair the public address `ip` with a private one (id or address); returns when the state is Associated."""

        def done(seen: Ip) -> bool:
            return seen.state == "Associated" and (not seen.associated_ip or self._is(private_ip, seen.associated_ip))

        return self._act(
            ip,
            "associate",
            done=done,
            what=f"ip {ip} to be associated with {private_ip}",
            body={"ip": private_ip},
            deadline=deadline,
            on_wait=on_wait,
        )

    def disassociate(self, ip: str, *, deadline: Deadline | float | None = None, on_wait: OnWait | None = None) -> Ip:
        """End the pairing of a public address; returns when the state is Unallocated."""
        return self._act(
            ip,
            "disassociate",
            done=lambda seen: seen.state == "Unallocated",
            what=f"ip {ip} to be free",
            deadline=deadline,
            on_wait=on_wait,
        )

    def _is(self, reference: str, identity: str) -> bool:
        return reference == identity or self.get(reference).id == identity
