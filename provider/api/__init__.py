"""HyperOne's API over HTTP: `Cloud`, what it holds (records) and what can be made (specs)."""

from pulumi_hyperone.provider.api.cloud import Cloud
from pulumi_hyperone.provider.api.credentials import DEFAULT_LOCATION, Credentials
from pulumi_hyperone.provider.api.http.transport import Timing
from pulumi_hyperone.provider.api.records import (
    Disk,
    Event,
    Image,
    Ip,
    Netadp,
    Network,
    Plug,
    Project,
    Resource,
    Service,
    SshKey,
    State,
    Vm,
)
from pulumi_hyperone.provider.api.specs import Adapter, DiskSpec, ImageSpec, NewDisk, VmSpec

__all__ = [
    "DEFAULT_LOCATION",
    "Adapter",
    "Cloud",
    "Credentials",
    "Disk",
    "DiskSpec",
    "Event",
    "Image",
    "ImageSpec",
    "Ip",
    "Netadp",
    "Network",
    "NewDisk",
    "Plug",
    "Project",
    "Resource",
    "Service",
    "SshKey",
    "State",
    "Timing",
    "Vm",
    "VmSpec",
]
