"""Get Pulumi's own release of the engine."""

import hashlib
import platform
import tarfile
import threading
from pathlib import Path

import requests

from tools import progress
from tools.engine import settings
from tools.engine.errors import EngineError, UnavailableError

RELEASES = "https://get.pulumi.com/releases/sdk/"
CHECKSUMS = settings.SOURCE / "checksums.txt"
"""SHA-256 of releases, kept in the repository: lines of Pulumi's own lists."""
CONNECT_SECONDS = 3.0
READ_SECONDS = 30.0
PROBE_SECONDS = 6.0
"""Longest time to find out that the server cannot be reached; bounds name resolution as well."""

ARCHITECTURES = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def fetch(folder: Path, releases: str = RELEASES, checksums: Path = CHECKSUMS) -> None:
    """Download the release for this machine into `folder`/bin; nothing is unpacked unless its SHA-256 is right.

    Raises:
        UnavailableError: no answer within seconds, no such release, or `checksums` does not name it.
        EngineError: the archive is not what its checksum says.

    """
    name = archive_name()
    expected = checksum_in(checksums.read_text(encoding="utf-8"), name)
    if expected is None:
        raise UnavailableError(f"this checkout holds no checksum of {name}")
    answer = _ask(releases + name)
    archive = folder / name
    with progress.step(f"Pulumi engine {settings.VERSION}: download") as step:
        digest = _save(answer, archive, step)
    if expected != digest:
        raise EngineError(f"the downloaded {name} is damaged or forged: SHA-256 is {digest}, should be {expected}")
    unpack(archive, folder / "bin")
    archive.unlink()


def archive_name() -> str:
    """Return the file name of the release for this machine; raises UnavailableError when there is none."""
    architecture = ARCHITECTURES.get(platform.machine().lower())
    if platform.system() != "Linux" or architecture is None:
        raise UnavailableError(f"there is no release for {platform.system()} on {platform.machine()}")
    return f"pulumi-v{settings.VERSION}-linux-{architecture}.tar.gz"


def unpack(archive: Path, target: Path) -> None:
    """Unpack the programs in `archive` (all lie in one folder `pulumi`) into `target`."""
    target.mkdir()
    with tarfile.open(archive) as content:
        for member in content.getmembers():
            if member.isfile():
                member.name = Path(member.name).name
                content.extract(member, target, filter="data")


def checksum_in(listing: str, name: str) -> str | None:
    """Return the SHA-256 that a list of `sum  name` lines gives for `name`, or None."""
    for line in listing.splitlines():
        words = line.split()
        if len(words) == 2 and words[1].lstrip("*./") == name:
            return words[0].lower()
    return None


def _ask(url: str) -> requests.Response:
    """Open `url`. A thread bounds the whole attempt, which no timeout of the library does for name resolution."""
    answers: list[requests.Response | requests.RequestException] = []

    def ask() -> None:
        try:
            answers.append(requests.get(url, stream=True, timeout=(CONNECT_SECONDS, READ_SECONDS)))
        except requests.RequestException as error:
            answers.append(error)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    if not answers:
        raise UnavailableError(f"no answer within {PROBE_SECONDS:.0f} s")
    answer = answers[0]
    if isinstance(answer, requests.RequestException):
        raise UnavailableError(type(answer).__name__) from answer
    if not answer.ok:
        raise UnavailableError(f"the server answered {answer.status_code}")
    return answer


def _save(answer: requests.Response, target: Path, step: progress.Step) -> str:
    """Write the body to `target` and return its SHA-256."""
    total = int(answer.headers.get("content-length", 0))
    digest = hashlib.sha256()
    done = 0
    try:
        with target.open("wb") as file:
            for chunk in answer.iter_content(1 << 20):
                digest.update(chunk)
                file.write(chunk)
                done += len(chunk)
                step.update(f"{done >> 20} of {total >> 20} MiB" if total else f"{done >> 20} MiB")
    except requests.RequestException as error:
        raise UnavailableError(f"the download broke off after {done >> 20} MiB") from error
    if total and done != total:
        raise UnavailableError(f"the download broke off after {done >> 20} of {total >> 20} MiB")
    return digest.hexdigest()
