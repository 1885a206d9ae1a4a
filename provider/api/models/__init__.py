"""What the API answers, as frozen dataclasses: with `bodies.py` the only place with the API's spelling.

Unknown keys are ignored; ids fall back to the deprecated `_id`; the variants of API facts 1.2 and 5 (strings for
objects, missing lists, numbers as texts) are tolerated, since replies differ between generations of the API.
"""

from pulumi_hyperone.provider.api.models.account import Project, Service, SshKey
from pulumi_hyperone.provider.api.models.image import Image, ImageDisk
from pulumi_hyperone.provider.api.models.machine import Disk, Hdd, Vm
from pulumi_hyperone.provider.api.models.network import Ip, Netadp, Network
from pulumi_hyperone.provider.api.models.resource import Event, Resource

__all__ = [
    "Disk",
    "Event",
    "Hdd",
    "Image",
    "ImageDisk",
    "Ip",
    "Netadp",
    "Network",
    "Project",
    "Resource",
    "Service",
    "SshKey",
    "Vm",
]
