"""Lists and resets of the local cloud by length: `python -m benchmarks.local_cloud_lists [--objects 1000] [--times 5]`.

Fills a cloud with so many VMs, each with a disk, an adapter, an ip and an image of it, and another with `times` as
many; prints the median time of each list (and of `/_local/inventory`), that of a reset, and the ratios of the larger
cloud to the smaller, in wall time and in CPU time of the server. A ratio of about `times` is linear.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterable, Iterator
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
ROUNDS = 3
REPEATS = 3


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


class Server:
    """A cloud that runs, and what its calls cost."""

    def __init__(self, folder: Path, machines: int) -> None:
        fill(folder, machines)
        self.cloud = LocalCloud.start(folder)
        self._session = requests.Session()
        self._session.headers["x-auth-token"] = self.cloud.token

    def cost(self, method: str, path: str) -> tuple[float, float]:
        """The seconds of a call that must succeed, and the CPU seconds of the server."""
        begun, cpu = time.perf_counter(), self._cpu()
        answer = self._session.request(method, self.cloud.url.removesuffix("/v1") + path, timeout=300)
        answer.raise_for_status()
        return time.perf_counter() - begun, self._cpu() - cpu

    def _cpu(self) -> float:
        """Of all threads, also of those that have ended: the clock that clock_getcpuclockid(3) names."""
        return time.clock_gettime((~self.cloud.pid << 3) | 2)


def measure(sizes: Iterable[int]) -> Iterator[tuple[str, list[tuple[float, float]]]]:
    """The costs of each call in clouds of these sizes, in turns, so that what else the computer does meets all."""
    folder = Path(tempfile.mkdtemp(prefix="local-cloud-lists-"))
    clouds: list[Server] = []
    try:
        clouds.extend(Server(folder / str(size), size) for size in sizes)
        for method, path, repeats in (*(("GET", path, REPEATS) for path in LISTS), ("POST", "/_local/reset", 1)):
            for _ in range(repeats):
                yield f"{method} {path}", [cloud.cost(method, path) for cloud in clouds]
    finally:
        for cloud in clouds:
            cloud.cloud.stop()
        shutil.rmtree(folder, ignore_errors=True)


def main() -> None:
    """Measure both clouds and print a table of medians."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.local_cloud_lists", description="Lists and resets of the local cloud by length."
    )
    parser.add_argument("--objects", type=int, default=1000, help="VMs of the smaller cloud, with four objects each")
    parser.add_argument("--times", type=int, default=5, help="how many times as many the larger one has")
    asked = parser.parse_args()
    sizes = asked.objects, asked.objects * asked.times
    costs: dict[str, list[list[tuple[float, float]]]] = {}
    for _ in range(ROUNDS):
        for call, cost in measure(sizes):
            costs.setdefault(call, []).append(cost)
    few, many = sizes
    print(f"{'':22}{few:>13,} {many:>13,} ratio | CPU {few:>9,} {many:>13,} ratio")
    for call, found in costs.items():
        (wall, cpu), (wall_of_many, cpu_of_many) = (
            [statistics.median(kind) for kind in zip(*one, strict=True)] for one in zip(*found, strict=True)
        )
        print(f"{call:22} {_row(wall, wall_of_many)} | {_row(cpu, cpu_of_many)}", flush=True)


def _row(few: float, many: float) -> str:
    return f"{few * 1000:>9.0f} ms {many * 1000:>10.0f} ms {many / few:>5.1f}"


if __name__ == "__main__":
    main()
