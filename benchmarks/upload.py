"""How fast files go to a machine, compared with OpenSSH in the same run: `python -m benchmarks.upload [MiB] [files]`.

Starts an sshd on loopback, uploads one big file and one tree of small files by OpenSSH's scp (SFTP and old protocol),
sftp and by ours, in turns, and prints the medians and the ratio of the fastest of OpenSSH's to ours (above 1: ours is
faster) with our peak memory. Defaults: 1024 MiB, 10000 files, 3 rounds.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from provider.interruption import Interruption
from provider.ssh import CommunicatorOptions, SshMachine, generate
from tests.cloud.ssh.conftest import Sshd

ROUNDS = 3
SMALL = 2000


def openssh(server: Sshd, key: Path, source: Path, target: Path) -> dict[str, Callable[[], object]]:
    """OpenSSH's ways to send `source`, by name."""
    options = [
        "-q",
        "-F",
        "none",
        "-i",
        str(key),
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        "UserKnownHostsFile=/dev/null",
    ]
    to = f"{server.user}@127.0.0.1"

    def run(*command: str, stdin: str = "") -> Callable[[], object]:
        return lambda: subprocess.run(command, input=stdin.encode(), check=True, stdout=subprocess.DEVNULL)

    scp = ["scp", "-r", "-P", str(server.port), *options]
    return {
        "scp": run(*scp, str(source), f"{to}:{target}"),
        "scp -O": run(*scp, "-O", str(source), f"{to}:{target}"),
        "sftp": run("sftp", "-P", str(server.port), *options, "-b", "-", to, stdin=f"put -r {source} {target}\n"),
    }


def compare(name: str, ways: dict[str, Callable[[], object]], target: Path) -> None:
    """Time every way in turns and print the medians and the ratio."""
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    for _ in range(ROUNDS):
        for way, send in ways.items():
            shutil.rmtree(target, ignore_errors=True)
            target.unlink(missing_ok=True)
            os.sync()
            started = time.monotonic()
            send()
            seconds[way].append(time.monotonic() - started)
    medians = {way: statistics.median(times) for way, times in seconds.items()}
    best = min((time_, way) for way, time_ in medians.items() if way != "ours")
    shown = ", ".join(f"{way} {median:.2f} s" for way, median in medians.items())
    print(f"{name}: {shown}; ratio {best[1]}/ours {best[0] / medians['ours']:.2f}")


def main() -> None:
    """Run both comparisons."""
    mebibytes, files = (
        (int(text) for text in [*sys.argv[1:3], "1024", "10000"][:2])
        if len(sys.argv) != 2
        else (
            int(sys.argv[1]),
            10000,
        )
    )
    folder = Path(tempfile.mkdtemp(prefix="upload-"))
    pair = generate()
    server = Sshd(folder)
    server.allow(pair)
    server.start()
    key = folder / "id"
    key.write_text(pair.private)
    key.chmod(0o600)
    big, tree, target = folder / "big", folder / "tree", folder / "target"
    with big.open("wb") as file:
        for _ in range(mebibytes):
            file.write(os.urandom(2**20))
    for number in range(files):
        path = tree / f"{number // 100:03d}" / f"{number:05d}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(os.urandom(SMALL))
    options = CommunicatorOptions(ssh_port=server.port, ssh_username=server.user)
    try:
        with SshMachine.connect(
            options, "127.0.0.1", private_keys=[pair.private], interruption=Interruption()
        ) as machine:
            before = psutil.Process().memory_info().rss
            ours = {"ours": lambda: machine.upload(big, str(target))}
            compare(f"{mebibytes} MiB in one file", openssh(server, key, big, target) | ours, target)
            ours = {"ours": lambda: machine.upload_tree(tree, str(target))}
            compare(f"{files} files of {SMALL} bytes", openssh(server, key, tree, target) | ours, target)
            grown = psutil.Process().memory_info().rss - before
            print(f"memory grew by {grown / 2**20:.0f} MiB")
    finally:
        server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
