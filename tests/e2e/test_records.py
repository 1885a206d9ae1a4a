"""What a stack's owner learns about what is in an image, what changed, and what should not be in it."""

from __future__ import annotations

import json
import os
import subprocess
import sys

from tests.support.machines import run_on_machine_from
from tests.support.options import covers
from tests.support.stacks import ROOT, image

STATUS = "Package: {0}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {1}\n\n"


def installs(**packages: str) -> list[dict[str, object]]:
    """Provisioners that leave a database of dpkg with these packages, as an installation would."""
    text = "".join(STATUS.format(name, version) for name, version in packages.items())
    return [
        {"type": "shell", "inline": ["mkdir -p /var/lib/dpkg/info"]},
        {"type": "file", "content": text, "destination": "/var/lib/dpkg/status"},
    ]


def hyperone(stack, *arguments):
    """The command `hyperone` as the stack's owner runs it."""
    code = "import sys; from pulumi_hyperone.command.main import main; sys.exit(main())"
    command = [sys.executable, "-c", code, *arguments]
    environment = {**os.environ, "HYPERONE_LOG_DIR": stack.environment["HYPERONE_LOG_DIR"], "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, capture_output=True, text=True, env=environment, check=False)


@covers("record", "record_dir")
def test_up_says_what_changed_since_the_image_before(stack, cloud):
    """Each image has its record, here and in the user's folder; `hyperone diff` says all of it; nothing is rebuilt."""
    options = {"record": True, "record_dir": "images", "release": "after-image"}
    stack.configure({"web": image(**options, provisioners=installs(openssl="3.0.15", vim="9"))})
    assert "there is no record of a previous image" in stack.up().ok().text
    first = stack.outputs()["image_id"]
    stack.configure({"web": image(**options, provisioners=installs(openssl="3.0.16", nginx="1.22"))})
    done = stack.up().ok()
    assert "web: 1 package changed (openssl 3.0.15 → 3.0.16), nginx added, vim removed" in done.text
    second = stack.outputs()["image_id"]
    for place in (stack.folder / "logs" / "records", stack.folder / "images"):
        record = json.loads((place / second / "record.cdx.json").read_text())
        assert {one["name"] for one in record["components"] if one.get("purl", "").startswith("pkg:deb")} == {
            "openssl",
            "nginx",
        }
    shown = hyperone(stack, "diff", first, second)
    assert "~ package openssl 3.0.15 → 3.0.16\n" in shown.stdout, shown
    assert (
        json.loads(hyperone(stack, "diff", first, second, "--json").stdout)["packages"]["added"][0]["name"] == "nginx"
    )
    assert "there is no record of image 5f00" in hyperone(stack, "diff", "5f00", second).stderr
    before = cloud.mutations()
    stack.configure({"web": image(provisioners=installs(openssl="3.0.16", nginx="1.22"), release="after-image")})
    stack.up().ok()
    assert cloud.mutations() == before, "looking at an image is no reason to build another"


@covers("residue")
def test_an_image_with_a_secret_in_it_is_not_made_and_a_clean_one_is(stack, cloud):
    """`fail` names the file and not the secret; `clean` removes what it can, and a machine from that image has none."""
    secret = "hunter2-hunter2"
    leaves = {
        "type": "shell",
        "env": {"API_TOKEN": secret},
        "inline": ["echo $API_TOKEN > ~/.netrc", "echo x > /tmp/left"],
    }
    stack.configure({"web": image(residue="fail", provisioners=[leaves])})
    failed = stack.up().failed("images.web.residue: the image is not made", "/home/guru/.netrc (secret", "/tmp/left")
    assert secret not in failed.text
    assert cloud.images() == []
    stack.configure({"web": image(residue="clean", provisioners=[{**leaves, "inline": ["echo x > /tmp/left"]}])})
    stack.up().ok()
    image_id = stack.outputs()["image_id"]
    left = run_on_machine_from(cloud, image_id, "ls /tmp; cat ~/.ssh/authorized_keys", vm_type="a1.nano", size=1)
    assert "left" not in left
    assert f"build-{stack.outputs()['build_id']}" not in left
    found = json.loads((stack.folder / "logs" / "records" / image_id / "residue.json").read_text())
    assert {one["kind"] for one in found} <= {"log", "unseen"}
