"""Functions on numbers and networks."""

from __future__ import annotations

import ipaddress
import math
from typing import Any

from pulumi_hyperone.packer.hcl.conversions import number, to_number, to_text, to_whole
from pulumi_hyperone.packer.hcl.functions.registry import Surroundings, function, functions
from pulumi_hyperone.packer.hcl.nodes import HclError

functions(
    to_number,
    {
        "abs": abs,
        "ceil": math.ceil,
        "floor": math.floor,
        "max": lambda first, *others: max((first, *others)),
        "min": lambda first, *others: min((first, *others)),
        "signum": lambda value: (value > 0) - (value < 0),
    },
)


@function("pow")
def _pow(_: Surroundings, base: Any, exponent: Any) -> Any:
    one, other = to_number(base), to_number(exponent)
    if abs(other) > 1000 or abs(one) > 1e40:
        raise HclError("the numbers are too large")
    try:
        result = float(one) ** other
    except (OverflowError, ZeroDivisionError):
        raise HclError("the result is not a number") from None
    if isinstance(result, complex):
        raise HclError("the result is not a number")
    return number(result)


@function("log")
def _log(_: Surroundings, value: Any, base: Any) -> Any:
    try:
        return number(math.log(to_number(value), to_number(base)))
    except (ValueError, ZeroDivisionError):
        raise HclError("the result is not a number") from None


@function("parseint")
def _parseint(_: Surroundings, text: Any, base: Any) -> Any:
    written, radix = str(to_text(text)), to_whole(base)
    if not 2 <= radix <= 36 or len(written) > 40 or "_" in written:
        raise HclError("parseint takes a string of digits and a base from 2 to 36")
    try:
        return int(written, radix)
    except ValueError:
        raise HclError(f"not a whole number in base {radix}") from None


def _network(text: Any) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        return ipaddress.ip_network(str(to_text(text)), strict=False)
    except ValueError:
        raise HclError("expected a network such as 10.0.0.0/16") from None


@function("cidrhost")
def _cidrhost(_: Surroundings, prefix: Any, host: Any) -> str:
    network, index = _network(prefix), to_whole(host)
    if not -network.num_addresses <= index < network.num_addresses:
        raise HclError("the network has no such host")
    return str(network[index])


@function("cidrnetmask")
def _cidrnetmask(_: Surroundings, prefix: Any) -> str:
    return str(_network(prefix).netmask)


def _subnet(prefix: Any, added: Any, index: int) -> str:
    network, bits = _network(prefix), to_whole(added)
    length = network.prefixlen + bits
    if bits < 0 or length > network.max_prefixlen or not 0 <= index < 2**bits:
        raise HclError("the network has no such subnet")
    size = 2 ** (network.max_prefixlen - length)
    return f"{network.network_address + index * size}/{length}"


@function("cidrsubnet")
def _cidrsubnet(_: Surroundings, prefix: Any, added: Any, index: Any) -> str:
    return _subnet(prefix, added, to_whole(index))


@function("cidrsubnets")
def _cidrsubnets(_: Surroundings, prefix: Any, *added: Any) -> list[str]:
    network, subnets = _network(prefix), []
    free, end = int(network.network_address), int(network.network_address) + network.num_addresses
    for one in added:
        length = network.prefixlen + to_whole(one)
        if not network.prefixlen < length <= network.max_prefixlen:
            raise HclError("the network has no such subnet")
        size = 2 ** (network.max_prefixlen - length)
        start = -(-free // size) * size
        free = start + size
        if free > end:
            raise HclError("the network has no room for so many subnets")
        subnets.append(f"{type(network.network_address)(start)}/{length}")
    return subnets
