"""Power, disks and SSH forwards of machines whose disk is booted by the BIOS: no Linux, so they take a second."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from pulumi_hyperone.local_cloud.machines.base import MachineError
from pulumi_hyperone.local_cloud.machines.vm.process import PID_FILE, start_time

pytestmark = [pytest.mark.cloud, pytest.mark.vm]
ADDRESS = "127.77.201.1"
# With each tick of the clock: count, write the number into the disk's second sector, then a # to the serial console.
COUNTING = bytes.fromhex(
    "31c08ed88ec0"  # xor ax, ax; mov ds, ax; mov es, ax
    "66ff06007e"  # inc dword [0x7e00]
    "b80103b90200ba8000bb007ecd13"  # mov ax, 0x0301; mov cx, 2; mov dx, 0x80; mov bx, 0x7e00; int 0x13
    "b023baf803ee"  # mov al, '#'; mov dx, 0x3f8; out dx, al
    "fbf4ebe3"  # sti; hlt; jmp to inc
)


def listens(address: str, port: int) -> bool:
    """Whether something accepts TCP connections there."""
    with contextlib.closing(socket.socket()) as probe:
        probe.settimeout(5)
        return probe.connect_ex((address, port)) == 0


@pytest.fixture
def halted(bench, bios_image):
    """A running machine whose guest does nothing."""
    spec = bench.spec(bench.disk(0.5, bios_image()), address=ADDRESS)
    bench.run(bench.vms.start(spec))
    yield spec
    bench.run(bench.vms.turn_off(spec.vm_id))


def test_the_bios_boots_a_disk_without_kernel_files(bench, halted):
    """A disk with a boot loader of its own starts from it, seen on the serial console."""
    bench.wait_until(lambda: "BOOTED BY BIOS" in bench.vms.serial_log(halted.folder))


def test_a_guest_that_powers_off_is_reported_once(bench, bios_image):
    """The handler hears of a machine that went off by itself, and the machine can be started again."""
    spec = bench.spec(bench.disk(0.5, bios_image(power_off=True)), address=ADDRESS)
    for count in (1, 2):
        bench.run(bench.vms.start(spec))
        bench.wait_until(lambda count=count: bench.off.count(spec.vm_id) == count)
        assert not bench.vms.is_running(spec.vm_id)
    assert not (spec.folder / PID_FILE).exists()


def test_turning_off_is_not_reported_and_may_be_repeated(bench, halted):
    """A machine that was told to go off does not call the handler; a second time is no error."""
    bench.run(bench.vms.turn_off(halted.vm_id))
    bench.run(bench.vms.turn_off(halted.vm_id))
    bench.run(bench.vms.stop(halted.vm_id))
    assert halted.vm_id not in bench.off
    assert not listens(ADDRESS, halted.ssh_port)


def test_ssh_addresses_follow_the_last_call(bench, halted):
    """Forwards are added and removed on a running machine."""
    other = "127.77.201.2"
    assert listens(ADDRESS, halted.ssh_port)
    bench.run(bench.vms.set_ssh_addresses(halted.vm_id, [other]))
    assert listens(other, halted.ssh_port)
    assert not listens(ADDRESS, halted.ssh_port)
    bench.run(bench.vms.set_ssh_addresses(halted.vm_id, []))
    assert not listens(other, halted.ssh_port)


def test_an_address_in_use_is_named(bench, halted, bios_image):
    """A second machine on the same address is refused, and the first one goes on."""
    second = bench.spec(bench.disk(0.5, bios_image()), address=ADDRESS)
    with pytest.raises(MachineError, match=rf"{ADDRESS}:{halted.ssh_port}: Address already in use"):
        bench.run(bench.vms.start(second))
    with pytest.raises(MachineError, match="running already"):
        bench.run(bench.vms.start(halted))
    assert bench.vms.is_running(halted.vm_id)
    assert not bench.vms.is_running(second.vm_id)


def test_a_broken_disk_gives_qemus_own_words(bench):
    """A QEMU that ends at once is an error with what it said."""
    disk = bench.disk()
    (disk.folder / "disk.qcow2").write_bytes(b"nonsense" * 100)
    with pytest.raises(MachineError, match="qcow2"):
        bench.run(bench.vms.start(bench.spec(disk, address=ADDRESS)))


def test_disks_are_plugged_once_and_unplugged(bench, halted):
    """Plugging twice, unplugging twice, and unplugging the OS disk are refused; the disk's file is free afterwards."""
    disk = bench.disk()
    bench.run(bench.vms.plug(halted.vm_id, disk))
    with pytest.raises(MachineError, match=r"plugged into machine .* already"):
        bench.run(bench.vms.plug(halted.vm_id, disk))
    with pytest.raises(MachineError, match="in use by the running machine"):
        bench.run(bench.vms.capture(disk, bench.new_folder("image")))
    bench.run(bench.vms.unplug(halted.vm_id, disk.id))
    with pytest.raises(MachineError, match="is not plugged"):
        bench.run(bench.vms.unplug(halted.vm_id, disk.id))
    with pytest.raises(MachineError, match="is the OS disk"):
        bench.run(bench.vms.unplug(halted.vm_id, halted.disks[0].id))
    assert bench.run(bench.vms.capture(disk, bench.new_folder("image"))) >= 0


def test_the_disks_of_a_running_machine_are_copied_while_it_stands_still(bench, bios_image):
    """A guest that counts on its disk for ever: the copies have what it had written, and it goes on counting."""
    spec = bench.spec(bench.disk(0.5, bios_image(code=COUNTING)), bench.disk(), address=ADDRESS)
    bench.run(bench.vms.start(spec))

    def told() -> int:
        return bench.vms.serial_log(spec.folder).count("#")

    async def capture() -> tuple[int, int]:
        async with bench.vms.paused(spec.vm_id):
            before = told()
            for disk, folder in zip(spec.disks, folders, strict=True):
                await bench.vms.capture(disk, folder)
            return before, told()

    bench.wait_until(lambda: told() > 3)
    folders = [bench.new_folder("image"), bench.new_folder("image")]
    before, after = bench.run(capture())
    written = int.from_bytes((folders[0] / "base.raw").read_bytes()[512:516], "little")
    assert before == after, "it stood still"
    assert written in (before, before + 1), "what was written before the pause is in the copy"
    assert (folders[1] / "base.raw").stat().st_size == 1 << 30
    bench.wait_until(lambda: told() > after + 3)
    with pytest.raises(MachineError, match="in use by the running machine"):
        bench.run(bench.vms.capture(spec.disks[0], bench.new_folder("image")))
    bench.run(bench.vms.turn_off(spec.vm_id))


def test_a_machine_that_is_off_cannot_be_changed(bench):
    """Plugging into an unknown machine says that it is not running."""
    with pytest.raises(MachineError, match="nothing is not running"):
        bench.run(bench.vms.plug("nothing", bench.disk()))


def test_an_image_may_go_while_its_disks_live(bench, bios_image):
    """Deleting an image breaks no disk made from it; a disk cannot be smaller than its image."""
    image = bios_image("STILL HERE")
    with pytest.raises(MachineError, match="smaller than its image"):
        bench.disk(0.0001, image)
    disk = bench.disk(0.5, image)
    for file in image.iterdir():
        file.unlink()
    captured = bench.new_folder("image")
    bench.run(bench.vms.capture(disk, captured))
    for file in disk.folder.iterdir():
        file.unlink()
    assert (captured / "base.raw").stat().st_size == 512 << 20
    spec = bench.spec(bench.disk(1, captured), address=ADDRESS)
    bench.run(bench.vms.start(spec))
    bench.wait_until(lambda: "STILL HERE" in bench.vms.serial_log(spec.folder))
    bench.run(bench.vms.turn_off(spec.vm_id))


def test_growing_reaches_running_and_stopped_machines(bench, halted):
    """A disk grows under a running machine and while nobody has it; it never shrinks."""
    os_disk = halted.disks[0]
    bench.run(bench.vms.resize_disk(dataclasses.replace(os_disk, size_gib=2)))
    bench.run(bench.vms.turn_off(halted.vm_id))
    info = subprocess.check_output(["qemu-img", "info", "--output=json", os_disk.folder / "disk.qcow2"])
    assert json.loads(info)["virtual-size"] == 2 << 30
    with pytest.raises(MachineError, match="shrink"):
        bench.run(bench.vms.resize_disk(os_disk))


def test_qemu_dies_with_the_cloud_and_a_leftover_is_killed(bench, bios_image, tmp_path):
    """A cloud killed by SIGKILL takes its QEMU along; a QEMU that survived is ended before the next start."""
    spec = bench.spec(bench.disk(0.5, bios_image()), address=ADDRESS)
    program = f"""
        import asyncio, sys
        sys.path.insert(0, {str(Path.cwd())!r})
        from pathlib import Path, PosixPath
        from pulumi_hyperone.local_cloud.machines.base import Adapter, DiskRef, MachineSpec
        from pulumi_hyperone.local_cloud.machines.vm import VirtualMachines
        async def main():
            vms = VirtualMachines(None)
            await vms.start({spec!r})
            print("up", flush=True)
            await asyncio.sleep(120)
        asyncio.run(main())
    """
    cloud = subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)], stdout=subprocess.PIPE)
    assert cloud.stdout.readline() == b"up\n"
    kept = json.loads((spec.folder / PID_FILE).read_text())
    cloud.send_signal(signal.SIGKILL)
    cloud.wait()
    bench.wait_until(lambda: start_time(kept["pid"]) is None)

    survivor = subprocess.Popen(["sleep", "600"])
    (spec.folder / PID_FILE).write_text(json.dumps({"pid": survivor.pid, "start_time": start_time(survivor.pid)}))
    bystander = {"pid": os.getpid(), "start_time": "1"}
    bench.run(bench.vms.start(spec))
    assert survivor.wait(10) == -signal.SIGKILL
    bench.run(bench.vms.turn_off(spec.vm_id))
    (spec.folder / PID_FILE).write_text(json.dumps(bystander))
    bench.run(bench.vms.kill_leftovers([spec.folder]))
