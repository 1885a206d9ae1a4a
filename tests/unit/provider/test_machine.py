"""The six rows of the address table (API facts 3.4)."""

from __future__ import annotations

import pytest

from pulumi_hyperone.provider.api.specs import Adapter
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
