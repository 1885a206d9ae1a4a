"""Which addresses a machine gets (API facts 3.4)."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from pulumi_hyperone.provider.api.records import Ip, Netadp, Vm
from pulumi_hyperone.provider.api.specs import Adapter
from pulumi_hyperone.provider.resources.temporary_vm import TemporaryVmProvider
from pulumi_hyperone.provider.schema.machine import Machine, holds_fixed_address

SERVICE = "public"
ROWS = [
    # network, public_ip, private_ip → adapter, associated, fixed
    ((None, None, "10.0.0.5"), Adapter(public_service=SERVICE), False, False),
    ((None, "1.2.3.4", "10.0.0.5"), Adapter(public_service=SERVICE, ip="1.2.3.4"), False, True),
    (("net", None, None), Adapter(network="net"), False, False),
    (("net", None, "10.0.0.5"), Adapter(network="net", ip="10.0.0.5"), False, True),
    (("net", "1.2.3.4", None), Adapter(network="net"), True, True),
    (("net", "1.2.3.4", "10.0.0.5"), Adapter(network="net", ip="10.0.0.5"), True, True),
]


@pytest.mark.parametrize(("options", "wanted", "associated", "fixed"), ROWS)
def test_each_row_of_the_address_table(options, wanted, associated, fixed):
    """Network, public and private IP decide the adapter, the association, and whether two builders can coexist."""
    network, public_ip, private_ip = options
    given = {"network": network, "public_ip": public_ip, "private_ip": private_ip, "public_netadp_service": SERVICE}
    machine = Machine.of({"name": "web", "service": "a1.nano", "disks": [], **given})
    assert machine.adapter == wanted
    assert machine.associates_public_ip is associated
    assert holds_fixed_address(given) is fixed


def test_the_public_address_is_put_before_the_one_that_the_machine_has():
    """By its id, which no other network has too, and for as long as the image's state_timeout says."""
    asked = []

    def associate(*addresses, deadline=None, **_):
        asked.append((*addresses, deadline))
        return Ip(id="p1", address="1.2.3.4")

    adapter = Netadp(id="a1", ips=(Ip(id="r1", address="10.0.0.5"),))
    client = SimpleNamespace(ips=SimpleNamespace(associate=associate), vms=SimpleNamespace(netadps=lambda _: [adapter]))
    inputs = SimpleNamespace(associates_public_ip=True, public_ip="1.2.3.4", private_ip="10.0.0.5", state_timeout=900.0)
    found = TemporaryVmProvider()._address(client, Vm(id="v1"), inputs)
    assert asked == [("1.2.3.4", "r1", 900.0)]
    assert found == {"address": "1.2.3.4", "netadp_id": "a1"}
