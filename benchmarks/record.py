"""How long a record takes: `python -m benchmarks.record [rounds]`, on a machine of the local cloud.

`--source` names its image: a sandbox, or debian-12, a real machine.
Prints the seconds of each step, the median of all rounds: what a build with `record: true` waits for.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
import uuid
from collections import defaultdict
from pathlib import Path

from pulumi_hyperone.local_cloud import LocalCloud
from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.records.cyclonedx_file import from_cyclonedx, to_cyclonedx
from pulumi_hyperone.provider.records.difference import difference
from pulumi_hyperone.provider.records.taking import take_stock
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.keys import generate
from pulumi_hyperone.provider.ssh.machine import Machine
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine
from tests.support.cloud import Cloud


def measure(machine: Machine, rounds: int) -> None:
    """Take stock, write it, compare it with itself; print what each step took."""
    seconds: dict[str, list[float]] = defaultdict(list)
    for _ in range(rounds):
        moments = [time.monotonic()]
        stock = take_stock(machine)
        moments.append(time.monotonic())
        text = to_cyclonedx(stock, image="web", build_id=str(uuid.uuid4()))
        moments.append(time.monotonic())
        difference(from_cyclonedx(text, "the record"), stock)
        moments.append(time.monotonic())
        for step, begun, ended in zip(("look", "write", "compare"), moments, moments[1:], strict=False):
            seconds[step].append(ended - begun)
        seconds["in all"].append(moments[-1] - moments[0])
    print(f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    print(f"{len(stock.packages)} packages, {len(stock.files)} files listed, {len(text) / 2**20:.1f} MiB")
    print(*[f"cut: {text}" for text in stock.cut], sep="\n")
    for step, times in seconds.items():
        print(f"{step:8} median {statistics.median(times):5.2f} s  most {max(times):5.2f} s")


def main() -> None:
    """Start the machine and measure."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.record", description="How long a record takes.")
    parser.add_argument("rounds", type=int, nargs="?", default=5)
    parser.add_argument("--source", default="sandbox", help="the machine's image: sandbox, or debian-12, a real one")
    asked = parser.parse_args()
    pair = generate()
    with tempfile.TemporaryDirectory(prefix="record-") as folder:
        local = LocalCloud.start(Path(folder))
        try:
            cloud = Cloud(local)
            body = {"name": "builder", "service": "a1.small", "image": asked.source, "username": "guru"}
            more = {"sshKeys": [pair.public], "disk": [{"service": "ssd", "size": 4, "name": "os"}]}
            vm = cloud.send("POST", "/v1/vm", {**body, **more, "netadp": [{"service": "public"}]})
            address = cloud.get(f"/v1/vm/{vm['id']}/netadp")[0]["ip"][0]["address"]
            options = CommunicatorOptions.model_validate({"ssh_port": local.ssh_port, "ssh_timeout": "500s"})
            with SshMachine.connect(
                options, address, private_keys=[pair.private], interruption=Interruption()
            ) as machine:
                measure(machine, asked.rounds)
        finally:
            local.stop()


if __name__ == "__main__":
    main()
