"""What the rows of the engine's display say: what is awaited and since when, how far a transfer is, what came of it."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.support.stacks import image

SIZE = 96


def lines(stack: Any) -> dict[str, list[str]]:
    """What each resource's row showed in turn, by the resource's name, from the engine's event log."""
    found: dict[str, list[str]] = {}
    for line in (stack.folder / "events").read_text().splitlines():
        event = json.loads(line).get("diagnosticEvent")
        if event and event.get("urn"):
            text = re.sub(r"<\{%.*?%\}>", "", event["message"]).strip()
            found.setdefault(event["urn"].rpartition("::")[2], []).append(text)
    return found


def test_rows_tell_since_when_they_wait_how_fast_files_go_and_what_came_of_it(stack, cloud):
    """A slow cloud, a silent command and a big file: each row moves on, and ends with what was made."""
    with (stack.folder / "big").open("wb") as file:
        file.truncate(SIZE * 2**20)
    upload = {"type": "file", "source": "big", "destination": "/tmp/big"}
    silent = {"type": "shell", "inline": ["echo only this", "sleep 5"]}
    web = image(provisioners=[upload, silent], verify=["true"], release="after-image", tag_current=True)
    stack.configure({"web": web})
    cloud.fault(operation="image.create", action="delay", seconds=5)
    done = stack.up("--event-log", str(stack.folder / "events"), PULUMI_DEBUG_COMMANDS="true").ok()
    rows = lines(stack)
    assert [line for line in rows["web-image"] if re.fullmatch(r'waiting for image "web" to be .* \([2-6] s\)', line)]
    assert [line for line in rows["web-provisioning"] if re.fullmatch(r"only this \([2-6] s\)", line)]
    assert [
        line
        for line in rows["web-provisioning"]
        if re.match(rf"upload of big( was|: [\d.]+ MiB of) {SIZE} MiB, [\d.]+ MiB/s", line)
    ], rows["web-provisioning"]
    resources = stack.resources()
    made, builder = resources["web-image"]["id"], resources["web-builder"]
    log = resources["web-provisioning"]["outputs"]["log_file"]
    assert {name: said[-1] for name, said in rows.items() if name.startswith("web-")} == {
        "web-builder": f"VM {builder['id']} at {builder['outputs']['address']}",
        "web-provisioning": f"provisioned; the whole output: {log}",
        "web-image": f"image {made} (1 GiB)",
        "web-verification": f"image {made} passed its boot test",
        "web-publication": f"image {made} is published",
        "web-release": f"nothing is left but image {made}",
    }
    assert re.search(rf"web-image created \(\d+s\) image {made} \(1 GiB\)", done.text), done.text
    cloud.assert_only_images(made)
