"""What the store finds by a field, before and after it was closed."""

from __future__ import annotations

from pathlib import Path

from pulumi_hyperone.local_cloud.state.records import Ip
from pulumi_hyperone.local_cloud.state.store import Store


def ip(address: str, netadp: str | None = None) -> Ip:
    """An ip, on an adapter or free."""
    return Ip(name=address, project="p", address=address, network="n", netadp=netadp)


def test_ips_are_found_by_their_adapter(tmp_path: Path) -> None:
    """Oldest first, whatever was saved last; moved, freed and removed ones no longer, also after a restart."""
    store = Store(tmp_path / "db")
    first, second, third, free = ip("10.0.0.1", "a"), ip("10.0.0.2", "a"), ip("10.0.0.3", "b"), ip("10.0.0.4")
    store.save(first, second, third, free)
    assert store.having(Ip, "a") == [first, second]
    third.netadp = "a"
    first.tag = {"k": "v"}
    store.save(third, first)
    assert store.having(Ip, "a") == [first, second, third]
    assert store.having(Ip, "b") == []
    second.netadp = None
    store.save(second)
    store.remove(first)
    assert store.having(Ip, "a") == [third]
    store.remove(first)
    store.close()
    again = Store(tmp_path / "db")
    assert again.having(Ip, "a") == [third]
    assert again.all(Ip) == [second, third, free]
    again.close()
