"""What happens around a build: other people, machines that hang or never stop talking, outages, full disks."""

from __future__ import annotations

import contextlib
import itertools
import socket
import time
from pathlib import Path

import psutil
import pytest

from tests.faults.batch import PARALLEL, Batch
from tests.faults.outage import Way
from tests.faults.processes import family, providers
from tests.support.machines import builder
from tests.support.stacks import image, wait_for

# A builder that goes during the upload of the script would be waited for as long as for a reboot.
WAITING = [{"type": "shell", "inline": ["echo started; sleep 8; echo finished"], "start_retry_timeout": "5s"}]
FAILING = [{"type": "shell", "inline": ["exit 3"]}]
LOUD = [{"type": "shell", "inline": ["yes 'a provisioner that does not stop to talk about itself' | head -c 150M"]}]
MEGABYTE = 2**20


@pytest.fixture
def silent_port():
    """A port that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def largest(process):
    """The largest resident size of the provider while the engine runs, in bytes."""
    sizes = []
    while process.poll() is None:
        for one in providers(family(process)):
            with contextlib.suppress(psutil.NoSuchProcess):
                sizes.append(one.memory_info().rss)
        time.sleep(0.2)
    return max(sizes)


def remove(cloud, vm):
    """Remove a VM with its disks, as somebody might."""
    disks = [hdd["disk"]["id"] for hdd in cloud.get(f"/v1/vm/{vm}/hdd")]
    cloud.send("DELETE", f"/v1/vm/{vm}", {"removeDisks": disks})


def waiting_for_ssh(cloud, key):
    """The builder of an image that is done, its addresses read, and looked at once more before SSH is awaited."""
    vms = [vm["id"] for vm in cloud.inventory()["vms"] if vm["tag"].get("pulumi-image") == key]
    for vm in vms:
        calls = [call["operation"] for call in cloud.get("/_local/calls") if f"/vm/{vm}" in call["path"]]
        if "vm.netadp.list" in calls and "vm.show" in calls[calls.index("vm.netadp.list") :]:
            return vm
    return None


def test_others_who_remove_stop_and_untag_builders_in_the_middle(stack, cloud, silent_port):
    """Each such build fails or ends well; `up` finishes all, `destroy` removes the builder that lost its tags too.

    Nobody waits for SSH to a machine that was removed, however long its ssh_timeout: the message says that it is gone.
    """
    keys = ["gone", "stopped", "untagged"]
    awaited = image(image_name="awaited", ssh_host="127.0.0.1", ssh_port=silent_port, ssh_timeout="4m")
    images = {key: image(image_name=key, provisioners=WAITING) for key in keys}
    stack.configure({**images, "awaited": awaited})
    process = stack.start("up", "--yes", "--skip-preview", "--continue-on-error")
    gone, stopped, untagged = (builder(cloud, key)["id"] for key in keys)
    remove(cloud, gone)
    cloud.send("POST", f"/v1/vm/{stopped}/actions/turnoff")
    cloud.send("PUT", f"/v1/vm/{untagged}/tag", {})
    silent = wait_for(lambda: waiting_for_ssh(cloud, "awaited"), what="the look at the builder before SSH")
    remove(cloud, silent)
    text = process.communicate(timeout=100)[0]  # ssh_timeout is not waited for
    assert "Traceback" not in text
    assert "internal error" not in text
    assert f"builder {silent} is gone" in text
    hints = [line for line in text.splitlines() if "stays for inspection" in line]
    assert not [line for line in hints if "/awaited-" in line], hints
    stack.configure({**images, "awaited": image(image_name="awaited")})
    stack.up("--continue-on-error").ok()
    stack.destroy().ok()
    assert sorted(one["name"] for one in cloud.images()) == sorted([*keys, "awaited"])
    cloud.assert_only_images(*(one["id"] for one in cloud.images()))


def test_a_silent_ssh_server_endless_output_and_a_full_disk_are_bounded(stack, cloud, silent_port):
    """A server that accepts and hangs costs ssh_timeout, output of 150 MB hardly any memory of the provider.

    A script that does not fit on the machine is no reason to wait for a reboot: the message says so.
    """
    silent = image(image_name="silent", ssh_host="127.0.0.1", ssh_port=silent_port, ssh_timeout="5s")
    no_space = {"type": "shell", "inline": ["true"], "remote_path": "/dev/full", "start_retry_timeout": "1h"}
    full = image(image_name="full", provisioners=[no_space])
    stack.configure({"silent": silent, "loud": image(image_name="loud", provisioners=LOUD), "full": full})
    process = stack.start("up", "--yes", "--skip-preview", "--continue-on-error")
    peak = largest(process)
    text = process.communicate(timeout=60)[0]
    assert "silent-provisioning" in text
    assert "provisioners[0]" in text
    assert "No space left on device" in text
    assert "Traceback" not in text
    assert [one["name"] for one in cloud.images()] == ["loud"]
    assert stack.outputs("full").keys() == {"build_id", "fingerprint", "source_image_id"}, "only what came out"
    assert stack.outputs("loud")["image_id"] == cloud.images()[0]["id"]
    assert peak < 250 * MEGABYTE, f"the provider grew to {peak / MEGABYTE:.0f} MB"
    stack.destroy().ok()
    cloud.assert_only_images(*(one["id"] for one in cloud.images()))


def test_a_home_that_cannot_be_written_is_no_reason_to_fail(stack, cloud, tmp_path):
    """Without a place for logs and state of its own the build is made, and the message names another place."""
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    stack.configure({"web": image(), "bad": image(image_name="bad", provisioners=FAILING)})
    done = stack.up("--continue-on-error", HYPERONE_LOG_DIR=str(blocked / "logs"), XDG_STATE_HOME=str(blocked))
    done.failed("exit code 3", "hyperone-images-")
    assert [one["name"] for one in cloud.images()] == ["web"]


def test_a_targeted_up_never_goes_on_with_a_half_provisioned_builder(stack, cloud):
    """`--target` on the provisioning of a failed build is refused; a whole `up` starts a new build, the machine goes.

    The failure shows exit code, last lines of output, the log file once, and the way to the machine, which stays for
    inspection; preview says with nothing changed that it is half provisioned.
    """
    stack.configure({"web": image(provisioners=[{"type": "shell", "inline": ["echo about to fail", "exit 3"]}])})
    said = stack.up().failed("exit code 3", "about to fail", "ssh", ".log").text
    assert said.count(".log") == 1
    (failed,) = (vm["id"] for vm in cloud.inventory()["vms"])
    assert "was left half provisioned" in stack.preview().ok().text
    build = next(one["urn"] for one in stack.resources().values() if one["type"].endswith(":Build"))
    target = build.rpartition("::")[0].replace("hyperone:Build", "hyperone:Provisioning") + "::web-provisioning"
    stack.configure({"web": image()})
    stack.up("--target", target).failed("half provisioned")
    assert cloud.images() == []
    stack.up().ok()
    assert failed not in {vm["id"] for vm in cloud.inventory()["vms"]}
    assert len(cloud.images()) == 1


def test_a_failed_rebuild_keeps_the_old_image_and_the_fixed_address(stack, cloud):
    """With `keep_image: false` and a public IP of the user's: the image stays until its successor, the IP for ever."""
    address = cloud.send("POST", "/v1/ip", {})
    options = {"keep_image": False, "public_ip": address["address"]}
    stack.configure({"web": image(**options)})
    stack.up().ok()
    first = stack.outputs()["image_id"]
    stack.configure({"web": image(provisioners=FAILING, **options)})
    stack.up().failed("exit code 3")
    assert first in {one["id"] for one in cloud.images()}
    stack.configure({"web": image(**options)})
    stack.up().ok()
    assert [one["id"] for one in cloud.images()] == [stack.outputs()["image_id"]]
    stack.destroy().ok()
    assert cloud.images() == []
    kept = cloud.get(f"/v1/ip/{address['id']}")
    assert (kept["address"], kept["state"]) == (address["address"], "Unallocated")
    cloud.send("DELETE", f"/v1/ip/{address['id']}")


def test_two_stacks_at_once_in_one_project_do_not_touch_each_other(make_stack, cloud):
    """Same names, same image keys: each stack builds, fails and destroys its own only."""
    one, other = make_stack("one"), make_stack("other")
    one.configure({key: image(image_name=key) for key in ("web", "app")})
    other.configure({"web": image(), "app": image(image_name="app", provisioners=FAILING)})
    arguments = ("--yes", "--skip-preview", "--continue-on-error")
    running = [stack.start("up", *arguments) for stack in (one, other)]
    codes = [(process.communicate(timeout=300)[0], process.returncode)[1] for process in running]
    assert (codes[0], codes[1] != 0) == (0, True)
    other.destroy().ok()
    one.up().ok()
    assert len(cloud.inventory()["vms"]) == 2, "the builders of the first stack are untouched"
    one.destroy().ok()
    assert sorted(made["name"] for made in cloud.images()) == ["app", "web", "web"]


def way_to(cloud, stack) -> Way:
    """A way to the cloud that can be closed, and the only one that the stack knows."""
    host, _, port = cloud.base.removeprefix("http://").rpartition(":")
    way = Way(host, int(port))
    base = f"http://127.0.0.1:{way.port}"
    stack.environment["HYPERONE_API_URL"] = stack.environment["HYPERONE_API_URL"].replace(cloud.base, base)
    if passport := stack.environment.get("HYPERONE_PASSPORT_FILE"):
        # It names the address of the cloud that it is for.
        stack.write("passport.json", Path(passport).read_text().replace(cloud.base, base))
        stack.environment["HYPERONE_PASSPORT_FILE"] = str(stack.folder / "passport.json")
    return way


def test_outages_of_the_cloud_while_images_are_built(stack, cloud):
    """Short refusals of connections are outlived or end in an error; the next `up` finishes, `destroy` removes all."""
    way = way_to(cloud, stack)
    batch = Batch(stack, cloud)
    keys = ["k0", "k2", "k4", "k6"]
    batch.configure(keys)
    process = stack.start("up", "--yes", "--skip-preview", "--continue-on-error")
    for number in itertools.count():
        time.sleep(1.0)
        if process.poll() is not None:
            break
        with way.closed():
            time.sleep(6 if number == 5 else 0.8)
    text = process.communicate(timeout=120)[0]
    assert "Traceback" not in text
    assert "internal error" not in text
    batch.run("up")
    batch.assert_built(keys)
    stack.run("destroy", "--yes", "--skip-preview", **PARALLEL).ok()
    cloud.assert_only_images(*(one["id"] for one in cloud.images()))


@pytest.mark.parametrize("arguments", [(), ("--continue-on-error",)], ids=["plain", "continue-on-error"])
def test_a_cloud_that_is_gone_for_good_ends_the_run(stack, cloud, arguments):
    """With nobody at the cloud's address any more the engine ends with an error in good time; `up` repairs it."""
    way = way_to(cloud, stack)
    batch = Batch(stack, cloud)
    keys = [f"k{2 * number}" for number in range(4)]
    batch.configure(keys)
    process = stack.start("up", "--yes", "--skip-preview", *arguments)
    wait_for(lambda: cloud.inventory()["vms"], what="the first builder")
    with way.closed():
        text = process.communicate(timeout=150)[0]
    assert process.returncode != 0
    assert "Traceback" not in text
    batch.run("up")
    batch.assert_built(keys)
