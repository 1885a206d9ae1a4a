"""Builds the source image from Debian's packages, once per recipe and user.

The result is kept in the cache and given out as further names of the same files, which are never written again.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import shutil
import tarfile
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.machines.memory_file import memory_file
from pulumi_hyperone.local_cloud.machines.vm import apt, disks, first_start, host, recipe

IMAGES = ("debian-12",)
_BUILD_LIMIT = 1800.0
_MKE2FS_LIMIT = 300.0
_REPORT_EVERY = 5.0
_LOCK_LIMIT = 2400.0
_CUSTOMIZE = "customize.sh"

Report = Callable[[str], None]


def default_cache() -> Path:
    """The user's cache folder for virtual machines."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "hyperone-images" / "vm"


async def build(name: str, target: Path, cache: Path, report: Report) -> None:
    """Fill the empty image disk folder `target`, from the cache when the recipe was built before."""
    if name not in IMAGES:
        raise MachineError(f"there is no recipe for the image {name}; there is one for {', '.join(IMAGES)}")
    host.require(
        [*host.TO_RUN, *host.TO_BUILD, *([] if os.geteuid() == 0 else ["newuidmap", "unshare"])], f"building {name}"
    )
    cache.mkdir(parents=True, exist_ok=True)
    kept = cache / f"{name}-{recipe.digest()}"
    async with _locked(cache / f"{name}.lock", report, name):
        if not kept.exists():
            await _build_into(kept, name, report)
            _prune(cache, name, kept)
    for file in sorted(kept.iterdir()):
        await host.link_or_copy(file, target / file.name)


@contextlib.asynccontextmanager
async def _locked(file: Path, report: Report, name: str) -> AsyncIterator[None]:
    """One builder at a time per user, over all processes."""
    deadline = time.monotonic() + _LOCK_LIMIT
    told = False
    with file.open("w") as handle:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError as error:
                if time.monotonic() > deadline:
                    raise MachineError(
                        f"building {name}: another builder has held {file} for {_LOCK_LIMIT:g} s"
                    ) from error
                if not told:
                    report(f"{name}: another process is building it, waiting")
                    told = True
            await asyncio.sleep(0.5)
        yield


def _prune(cache: Path, name: str, kept: Path) -> None:
    """Remove what earlier recipes left; disks made from it keep their files, which are further names of them."""
    current = kept.name.removeprefix(f"{name}-")
    for folder in cache.iterdir():
        is_old_image = folder.name.startswith(f"{name}-") and folder != kept
        is_old_start = folder.name.startswith(first_start.PREFIX) and f"-{current}-" not in folder.name
        if folder.is_dir() and (is_old_image or is_old_start):
            shutil.rmtree(folder, ignore_errors=True)


async def _build_into(kept: Path, name: str, report: Report) -> None:
    """Build beside `kept`, then rename, so that `kept` is whole or absent."""
    for leftover in kept.parent.glob(f"{name}-*.part"):
        await _remove(leftover)
    work = Path(tempfile.mkdtemp(prefix=f"{name}-", suffix=".part", dir=kept.parent))
    try:
        # mmdebstrap works under another user id when it is not root.
        work.chmod(0o755)
        result = work / "image"
        result.mkdir()
        await _root_archive(work, name, report)
        await _file_system(work, name, report)
        (result / disks.FIRST_START).write_text(recipe.digest())
        (result / disks.CMDLINE).write_text(recipe.KERNEL_COMMAND_LINE + "\n")
        for file in result.iterdir():
            file.chmod(0o444)
        result.rename(kept)
    finally:
        await _remove(work)


async def _remove(work: Path) -> None:
    """Remove a work folder; an ordinary user's holds files of the user ids mapped to him."""
    inside = [] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--map-auto"]
    with contextlib.suppress(MachineError):
        await host.run([*inside, "rm", "-rf", work], "removing a work folder", timeout=_MKE2FS_LIMIT)


async def _root_archive(work: Path, name: str, report: Report) -> None:
    """Step 1: root.tar, a Debian with our packages and files."""
    sources, options = await apt.sources(recipe.SUITE), await apt.options()
    overlay = _overlay(work, options)
    argv: list[str | Path] = ["mmdebstrap", "--variant=minbase", f"--mode={'root' if os.geteuid() == 0 else 'unshare'}"]
    argv += [f"--include={','.join(recipe.PACKAGES)}"]
    argv += [f"--dpkgopt={option}" for option in recipe.DPKG_OPTIONS]
    argv += [f"--customize-hook=tar-in {overlay} /"]
    argv += [f'--customize-hook=chroot "$1" /bin/sh /{_CUSTOMIZE}', f'--customize-hook=rm "$1/{_CUSTOMIZE}"']
    # Proxies and sources may hold passwords: they travel where no other user of the host reads them.
    texts = ["".join(f'{key} "{value}";\n' for key, value in options.items()), "\n".join(sources)]
    with contextlib.ExitStack() as stack:
        apt_options, apt_sources = [stack.enter_context(memory_file(text.encode())) for text in texts]
        argv += [f"--aptopt=/proc/self/fd/{apt_options}", recipe.SUITE, work / "root.tar", *(["-"] if sources else [])]
        log = work / "mmdebstrap.log"
        step = f"{name}: step 1 of 2, installing Debian packages"
        await _long_step(step, argv, log, _BUILD_LIMIT, report, stdin=apt_sources, pass_fds=(apt_options,))


def _overlay(work: Path, options: dict[str, str]) -> Path:
    """A tar of the files laid over the packages: ours, the guest's apt options, the host's extra CA certificates."""
    tree = work / "overlay"
    shutil.copytree(recipe.ROOTFS, tree)
    shutil.copy(recipe.CUSTOMIZE, tree / _CUSTOMIZE)
    guest_options = tree / "etc/apt/apt.conf.d/99host"
    guest_options.parent.mkdir(parents=True)
    guest_options.write_text(apt.for_guest(options))
    for file in apt.certificate_files(options):
        copy = tree / file.relative_to("/")
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, copy)

    def as_root(entry: tarfile.TarInfo) -> tarfile.TarInfo:
        entry.uid = entry.gid = 0
        entry.uname = entry.gname = "root"
        entry.mode = 0o755 if entry.isdir() or entry.mode & 0o100 else 0o644
        return entry

    archive = work / "overlay.tar"
    with tarfile.open(archive, "w") as tar:
        for entry in sorted(tree.rglob("*")):
            tar.add(entry, str(entry.relative_to(tree)), recursive=False, filter=as_root)
    shutil.rmtree(tree)
    return archive


async def _file_system(work: Path, name: str, report: Report) -> None:
    """Step 2: base.raw with the file system, and the kernel and initrd beside it."""
    raw = f"image/{disks.BASE}"
    steps = [
        "set -e",
        "mkdir root",
        # Device files cannot be made by an ordinary user, and the kernel makes them at every boot.
        "tar -C root --numeric-owner --exclude='./dev/*' -xpf root.tar",
        f"mke2fs -q -t ext4 -L {recipe.LABEL} -E lazy_itable_init=1,lazy_journal_init=1 -d root {raw} {recipe.SIZE}",
        f"cp root/boot/vmlinuz-* image/{disks.KERNEL}",
        f"cp root/boot/initrd.img-* image/{disks.INITRD}",
        "rm -rf root root.tar",
    ]
    inside = [] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--map-auto"]
    step = f"{name}: step 2 of 2, making the file system"
    await _long_step(
        step, [*inside, "sh", "-c", "\n".join(steps)], work / "mke2fs.log", _MKE2FS_LIMIT, report, cwd=work
    )


async def _long_step(
    step: str,
    argv: list[str | Path],
    log: Path,
    limit: float,
    report: Report,
    *,
    cwd: Path | None = None,
    stdin: int = asyncio.subprocess.DEVNULL,
    pass_fds: tuple[int, ...] = (),
) -> None:
    """Run a program, its output to `log`, reporting every few seconds what it does."""
    started = time.monotonic()
    report(step)
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *argv,
            stdin=stdin,
            stdout=output,
            stderr=output,
            pass_fds=pass_fds,
            env=host.environment(),
            cwd=cwd,
            start_new_session=True,
        )
    try:
        while True:
            try:
                await asyncio.wait_for(asyncio.shield(process.wait()), _REPORT_EVERY)
                break
            except TimeoutError:
                elapsed = time.monotonic() - started
                if elapsed > limit:
                    raise MachineError(f"{step}: not done after {limit:g} s: {_tail(log)}") from None
                report(f"{step}, {elapsed:.0f} s: {host.last_lines(_tail(log), 1)}")
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, 15)
            await process.wait()
    if process.returncode:
        raise MachineError(f"{step} failed with {process.returncode}: {_tail(log)}")
    report(f"{step}: done in {time.monotonic() - started:.0f} s")


def _tail(log: Path) -> str:
    return host.last_lines(log.read_text(errors="replace"))
