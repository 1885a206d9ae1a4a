"""Lists and resets of the local cloud by length: `python -m benchmarks.local_cloud_lists [--objects 1000] [--times 5]`.

Fills a cloud with so many VMs, each with a disk, an adapter, an ip and an image of it, and another with `times` as
many; prints the median time of each list (and of `/_local/inventory`), that of a reset, and the ratio of the larger
cloud to the smaller. A ratio of about `times` is linear.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import requests

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.local_cloud.lifecycle.events import Events
from pulumi_hyperone.local_cloud.state import account, catalog
from pulumi_hyperone.local_cloud.state.home import Home
from pulumi_hyperone.local_cloud.state.records import Disk, Image, ImageDisk, Ip, Netadp, Resource, Vm
from pulumi_hyperone.local_cloud.state.store import Store

LISTS = ("/v1/vm", "/v1/disk", "/v1/image", "/v1/netadp", "/v1/ip", "/_local/inventory")
REPEATS = 5


def machine(project: str, number: int) -> list[Resource]:
    """The objects of one VM, stored by nobody yet."""
    common: dict[str, Any] = {"project": project, "created": True, "created_by": account.LOGIN}
    vm = Vm(
        name=f"vm-{number}",
        flavour="a1.nano",
        service=catalog.find_service("a1.nano").id,
        kind="sandbox",
        state="Off",
        **common,
    )
    disk = Disk(
        name=f"disk-{number}",
        flavour="ssd",
        service=catalog.find_service("ssd").id,
        kind="sandbox",
        state="Attached",
        size=1,
        vm=vm.id,
        **common,
    )
    vm.slots = {disk.id: 0}
    adapter = Netadp(
        name=f"nic-{number}",
        macaddress=f"nic-{number}",
        network_id=catalog.PUBLIC_NETWORK,
        vm=vm.id,
        state="Online",
        **common,
    )
    address = f"127.77.{number // 250}.{number % 250}"
    ip = Ip(name=address, address=address, network=catalog.PUBLIC_NETWORK, netadp=adapter.id, **common)
    image = Image(
        name=f"image-{number}",
        flavour="image",
        service=catalog.find_service("image").id,
        kind="sandbox",
        state="Online",
        **common,
    )
    image.disks = [ImageDisk(type="ssd", size=1, disk_id=disk.id, disk_name=disk.name)]
    return [vm, disk, adapter, ip, image]


def fill(folder: Path, machines: int) -> None:
    """Make a cloud's home with so many machines: objects, the events of their creation, folders of disks and images."""
    home = Home(folder)
    home.prepare()
    store = Store(home.database)
    project = account.seed(store)["project"]
    events = Events(store)
    for number in range(machines):
        made = machine(project, number)
        store.save(*made)
        for one in made:
            events.add(one, "create", account.LOGIN)
            if isinstance(one, Disk | Image):
                parent = home.disks if isinstance(one, Disk) else home.images
                (parent / one.id / "content").mkdir(parents=True)
    store.close()


def seconds(session: requests.Session, method: str, url: str) -> float:
    """How long a call takes that must succeed."""
    begun = time.perf_counter()
    session.request(method, url, timeout=300).raise_for_status()
    return time.perf_counter() - begun


def measure(folder: Path, machines: int) -> dict[str, float]:
    """The seconds of each list and of a reset on a cloud with so many machines."""
    fill(folder, machines)
    with LocalCloud.start(folder) as cloud, requests.Session() as session:
        session.headers["x-auth-token"] = cloud.token
        base = cloud.url.removesuffix("/v1")
        taken = {}
        for path in LISTS:
            times = [seconds(session, "GET", base + path) for _ in range(REPEATS)]
            taken[f"GET {path}"] = statistics.median(times)
        taken["POST /_local/reset"] = seconds(session, "POST", f"{base}/_local/reset")
    return taken


def main() -> None:
    """Measure both clouds and print a table."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.local_cloud_lists", description="Lists and resets of the local cloud by length."
    )
    parser.add_argument("--objects", type=int, default=1000, help="VMs of the smaller cloud, with four objects each")
    parser.add_argument("--times", type=int, default=5, help="how many times as many the larger one has")
    asked = parser.parse_args()
    small, times = asked.objects, asked.times
    folder = Path(tempfile.mkdtemp(prefix="local-cloud-lists-"))
    try:
        few, many = measure(folder / "few", small), measure(folder / "many", small * times)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{'':24}{small:>10} {small * times:>10}  ratio")
    for call, took in few.items():
        print(f"{call:24}{took * 1000:>7.0f} ms {many[call] * 1000:>7.0f} ms  {many[call] / took:.1f}")


if __name__ == "__main__":
    main()
