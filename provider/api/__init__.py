"""HyperOne's API, version 1 (HTTP): the client, what it sends and what it answers."""

from provider.api.bodies import DiskBody, ImageBody, IpBody, NetworkBody, VmBody, VmDiskBody, VmNetadpBody
from provider.api.client import HyperOneClient
from provider.api.credentials import Credentials
from provider.api.deadline import Deadline
from provider.api.failures import is_loopback
from provider.api.models import (
    Disk,
    Event,
    Hdd,
    Image,
    ImageDisk,
    Ip,
    Netadp,
    Network,
    Project,
    Resource,
    Service,
    SshKey,
    Vm,
)
from provider.api.transport import Timing

__all__ = [
    "Credentials",
    "Deadline",
    "Disk",
    "DiskBody",
    "Event",
    "Hdd",
    "HyperOneClient",
    "Image",
    "ImageBody",
    "ImageDisk",
    "Ip",
    "IpBody",
    "Netadp",
    "Network",
    "NetworkBody",
    "Project",
    "Resource",
    "Service",
    "SshKey",
    "Timing",
    "Vm",
    "VmBody",
    "VmDiskBody",
    "VmNetadpBody",
    "is_loopback",
]
