"""HyperOne's API, version 1 (HTTP): the client, what it sends and what it answers."""

from pulumi_hyperone.provider.api.credentials import Credentials
from pulumi_hyperone.provider.api.http.failures import is_loopback
from pulumi_hyperone.provider.api.http.transport import Timing
from pulumi_hyperone.provider.api.models import (
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
from pulumi_hyperone.provider.api.v1.bodies import (
    DiskBody,
    ImageBody,
    IpBody,
    NetworkBody,
    VmBody,
    VmDiskBody,
    VmNetadpBody,
)
from pulumi_hyperone.provider.api.v1.client import HyperOneClient
from pulumi_hyperone.provider.foundation.deadline import Deadline

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
