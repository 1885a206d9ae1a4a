"""What should not be in an image that others start from: found on the machine, removed where that is safe.

Secrets go to the machine over the standard input of the search alone: never on a command line, never into a file.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass
from functools import partial

from pulumi_hyperone.provider.foundation.errors import SshError
from pulumi_hyperone.provider.foundation.secret_forms import printed, to_bytes
from pulumi_hyperone.provider.records.root_script import answer, as_root_if_possible
from pulumi_hyperone.provider.records.stock import plain
from pulumi_hyperone.provider.ssh.chroot import ChrootMachine
from pulumi_hyperone.provider.ssh.machine import Machine

TIMEOUT = 600.0
"""Seconds after which the machine is given up."""
SEARCH = 60
"""Seconds that the search for secrets may take in one of the folders of `/`."""
MARGIN = 15.0
"""Minutes before the build began from which on files count as touched by it."""
SHORTEST = 6
"""Characters of the shortest secret that is searched for: shorter ones are in files that have nothing to do with it."""
MOST_PATTERNS = 100_000
"""Bytes of all patterns: the shell hands them on in its environment, which holds 128 KiB at most."""
ANSWER = 16 * 2**20
HARMLESS = frozenset({"log", "unseen"})
"""Kinds that no build fails for: logs are written until the machine stops; what cannot be seen is only told."""


@dataclass(frozen=True, order=True)
class Residue:
    """One finding. `kind` is one of docs/records.md, `path` is escaped; `detail` never holds a value."""

    kind: str
    path: str
    detail: str

    def __str__(self) -> str:
        return f"{self.path} ({self.kind}: {self.detail})"

    @property
    def is_harmless(self) -> bool:
        """Whether an image may have it."""
        return self.kind in HARMLESS


def as_json(found: Iterable[Residue]) -> list[dict[str, str]]:
    """The findings as residue.json holds them."""
    return [asdict(one) for one in found]


def search(
    machine: Machine,
    *,
    clean: bool,
    public_key: str,
    began: float,
    secrets: Collection[str],
    mask: Callable[[str], str] = str,
) -> list[Residue]:
    """Find residue; with `clean` what is safe to remove is removed first, and what is left is found.

    `public_key` is the build's, a line; `began` is when it began (Unix seconds); `secrets` are searched for by value in
    files that changed since. What a login needs is removed last, and not at all where something else must stop the
    build, so that a person can still look. Raises SshError.
    """
    minutes = math.ceil(max(time.time() - began, 0) / 60 + MARGIN)
    where = "chroot" if isinstance(machine, ChrootMachine) else "machine"
    show = partial(plain, mask=mask)

    def run(stage: str, mode: str, stdin: bytes | None = None) -> list[bytes]:
        facts = (public_key.split()[1], str(minutes), str(SEARCH))
        command = as_root_if_possible("residue.sh", stage, mode, where, *facts, home=True)
        what, about = "the search for residue", "residue"
        found = answer(machine, command, what, about, largest=ANSWER, timeout=TIMEOUT, stdin=stdin)
        return found.split(b"\0")[:-1]

    def triples(parts: list[bytes]) -> Iterator[Residue]:
        for kind, path, detail in zip(parts[::3], parts[1::3], parts[2::3], strict=False):
            yield Residue(show(kind), show(path), show(detail))

    mode = "clean" if clean else "find"
    found = [*triples(run("files", mode)), *_with_secrets(run, secrets, show)]
    if any(not one.is_harmless for one in found):
        mode = "find"
    return sorted({*found, *triples(run("identity", mode))})


def _with_secrets(
    run: Callable[[str, str, bytes], list[bytes]], secrets: Collection[str], show: Callable[[bytes], str]
) -> Iterator[Residue]:
    wanted, left_out = patterns(secrets)
    if left_out:
        yield Residue("unseen", "/", f"{left_out} of the build's secrets: too short, or too much to search for")
    if not wanted:
        return
    said = run("secrets", "find", b"\n".join(wanted) + b"\n")
    if len(said) < 2:
        raise SshError("the machine's answer about secrets is incomplete")
    *names, empty, incomplete = said
    yield from (Residue("secret", show(name), "a secret that the build knows") for name in names)
    if incomplete or empty:
        yield Residue("incomplete", "/", f"the search for secrets is incomplete: {show(incomplete)}")


def patterns(secrets: Collection[str]) -> tuple[list[bytes], int]:
    """What to search for, a line each, and how many secrets that leaves out."""
    plain_texts: set[str] = set()
    left_out = 0
    for secret in secrets:
        text = telling_line(secret)
        if len(text) < SHORTEST or "\0" in text:
            left_out += 1
        else:
            plain_texts.add(text)
    others = {form for text in plain_texts for form in printed(text)} - plain_texts
    found: list[bytes] = []
    size = 0
    for text in [*sorted(plain_texts), *sorted(others)]:
        line = to_bytes(text)
        if len(text) < SHORTEST or b"\n" in line or b"\0" in line or b"\r" in line:
            continue
        if size + len(line) > MOST_PATTERNS:
            left_out += text in plain_texts
            continue
        size += len(line) + 1
        found.append(line)
    return found, left_out


def telling_line(secret: str) -> str:
    """The line that tells a secret of several from anything else; of a key, one of its private half.

    The first lines of a key say what kind it is, as those of all keys of the kind do.
    """
    lines = [line.strip() for line in secret.strip().splitlines()] or [""]
    if lines[0].startswith("-----BEGIN"):
        body = [line for line in lines if line and not line.startswith("-----") and ":" not in line]
        return body[len(body) * 2 // 3] if body else ""
    return max(lines, key=len)
