"""How fast files go to a machine, compared with OpenSSH in the same run: `python -m benchmarks.upload [MiB] [files]`.

Starts an sshd on loopback, uploads one big file and one tree of small files by OpenSSH's scp (SFTP and old protocol),
sftp and by ours, and prints the medians, the fastest of each, and two ratios of OpenSSH's fastest way to ours (above 1:
ours is faster), with our peak memory. Defaults: 1024 MiB, 10000 files; `--rounds 5`. Ways take turns, and another one
begins each round, so that what else the computer does meets them all. `--folder` is where the files are: on a disk,
making 10000 files takes longer than sending them; in memory (/dev/shm) it is the sending that is measured.
"""

from __future__ import annotations

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from pulumi_hyperone.provider.foundation.interruption import Interruption
from pulumi_hyperone.provider.ssh.communicator import CommunicatorOptions
from pulumi_hyperone.provider.ssh.keys import generate
from pulumi_hyperone.provider.ssh.ssh_machine import SshMachine
from tests.cloud.ssh.conftest import Sshd

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


def compare(name: str, ways: dict[str, Callable[[], object]], target: Path, rounds: int) -> None:
    """Time every way in turns and print medians, bests and the ratios."""
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    order = list(ways)
    for _ in range(rounds):
        for way in order:
            shutil.rmtree(target, ignore_errors=True)
            target.unlink(missing_ok=True)
            os.sync()
            started = time.monotonic()
            ways[way]()
            seconds[way].append(time.monotonic() - started)
        order = [*order[1:], order[0]]
    print(f"{name}, {rounds} rounds:")
    for way, times in seconds.items():
        print(f"  {way:8} median {statistics.median(times):6.2f} s  best {min(times):6.2f} s")
    for what, of in (("medians", statistics.median), ("bests", min)):
        best, way = min((of(times), way) for way, times in seconds.items() if way != "ours")
        print(f"  ratio of {what}: {way}/ours {best / of(seconds['ours']):.2f}")


def arguments() -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.upload", description="Uploads, ours and OpenSSH's.")
    parser.add_argument("mebibytes", type=int, nargs="?", default=1024, metavar="MiB")
    parser.add_argument("files", type=int, nargs="?", default=10000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="where the files are (default: the system's folder for such)")
    return parser.parse_args()


def main() -> None:
    """Run both comparisons."""
    asked = arguments()
    mebibytes, files = asked.mebibytes, asked.files
    folder = Path(tempfile.mkdtemp(prefix="upload-", dir=asked.folder))
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
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            ours = {"ours": lambda: machine.upload(big, str(target))}
            compare(f"{mebibytes} MiB in one file", openssh(server, key, big, target) | ours, target, asked.rounds)
            ours = {"ours": lambda: machine.upload_tree(tree, str(target))}
            compare(f"{files} files of {SMALL} bytes", openssh(server, key, tree, target) | ours, target, asked.rounds)
            grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
            print(f"our memory grew by {grown / 2**10:.0f} MiB at its peak")
    finally:
        server.stop()
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
