"""The make targets, in a copy of the checkout with a local cloud of its own."""

from __future__ import annotations

import os
import re
import signal
import stat
import xml.etree.ElementTree as ET

import pytest

from tests.support.checkout import SANDBOX, Checkout

pytestmark = pytest.mark.e2e

SLOW = SANDBOX.format(provisioner='{type: shell, inline: ["echo started", "sleep 120"]}')


@pytest.fixture
def checkout(renewed: Checkout) -> Checkout:
    """The module's checkout, with nothing in it or its cloud."""
    return renewed


def test_up_builds_and_destroy_cleans_up(checkout: Checkout) -> None:
    """`make up` starts the cloud, ends with the image and the next steps, and leaves the files in git as they are."""
    checkout.make("cloud-stop")
    stack_file = checkout.folder / "stacks" / "Pulumi.sandbox.yaml"
    before = stack_file.read_text()
    text = checkout.make("up", "STACK=sandbox")
    assert re.search(r"Images:\n  image .*\n  hello-\d+  [0-9a-f]{24}", text), text
    assert "make destroy STACK=sandbox" in text
    assert stack_file.read_text() == before
    state = checkout.folder / ".state"
    assert (state / "passphrase").is_file()
    assert [path for path in (state, *state.rglob("*")) if stat.S_IMODE(path.stat().st_mode) & 0o077] == []
    assert "unchanged" in checkout.make("up", "STACK=sandbox")
    assert "deleted" in checkout.make("destroy", "STACK=sandbox")


def failed_up(checkout: Checkout, settings: str) -> str:
    """What `make up` prints of a stack with these settings, which has to fail."""
    (checkout.folder / "stacks" / "Pulumi.sandbox.yaml").write_text(settings)
    with checkout.start("up", "STACK=sandbox") as run:
        text, _ = run.communicate(timeout=300)
    assert run.returncode == 2, text
    return text


def test_failure_is_passed_on(checkout: Checkout) -> None:
    """When the engine fails, so does make, and no next steps are shown."""
    text = failed_up(checkout, SLOW.replace("disk_size: 1", "disk_size: 0"))
    assert "disk_size" in text
    assert "Next:" not in text
    assert "Traceback" not in text


def test_a_failed_build_proposes_commands_that_work_here(checkout: Checkout) -> None:
    """Messages name make with the stack, as `pulumi` is not on PATH; the proposed ones are typed as they stand."""
    text = failed_up(checkout, SLOW.replace("sleep 120", "exit 4"))
    assert "exit code 4" in text
    assert "until the next `make up STACK=sandbox` or `make destroy STACK=sandbox`" in text
    assert "`pulumi" not in text
    login = re.search(r"make ssh IMAGE=hello STACK=sandbox", text)
    assert login, text
    assert checkout.shell(f"echo hostname | {login[0]}").strip()
    checkout.shell("make destroy STACK=sandbox")
    assert checkout.cloud("/_local/inventory")["vms"] == []


def test_a_token_in_clear_is_warned_about_with_the_command_that_encrypts_it(checkout: Checkout) -> None:
    """The command in the warning, typed as it stands, encrypts the token that is there; then nothing is said."""
    stack_file = checkout.folder / "stacks" / "Pulumi.sandbox.yaml"
    status = checkout.status()
    account = f"  hyperone:token: {status['token']}\n  hyperone:project: {status['project']}\n"
    stack_file.write_text(stack_file.read_text().replace("config:\n", f"config:\n{account}", 1))
    text = checkout.make("preview", "STACK=sandbox")
    proposed = re.search(r"hyperone:token is in plain text in the stack's file; encrypt it: (.*)", text)
    assert proposed, text
    assert status["token"] not in text
    checkout.shell(proposed[1])
    assert status["token"] not in stack_file.read_text()
    assert re.search(r"hyperone:token:\n +secure: ", stack_file.read_text())
    assert "in plain text" not in checkout.make("preview", "STACK=sandbox")


def test_a_passphrase_that_does_not_fit_is_explained_in_one_line(checkout: Checkout) -> None:
    """A stack file that came with the salt of another passphrase: which file, which passphrase, what to do."""
    checkout.shell("tools/pulumi stack init sandbox && echo hush | tools/pulumi config set --secret x -s sandbox")
    (checkout.folder / ".state" / "passphrase").write_text("another")
    with checkout.start("preview", "STACK=sandbox") as run:
        text, _ = run.communicate(timeout=300)
    assert run.returncode == 2
    last = [line for line in text.splitlines() if not line.startswith("make: ")][-1]
    assert last.startswith("error: stacks/Pulumi.sandbox.yaml was encrypted with another passphrase than that of /")


def test_one_interrupt_stops_the_build(checkout: Checkout) -> None:
    """Ctrl-C reaches the engine once: it cancels and ends by itself, with nothing of ours in the output."""
    (checkout.folder / "stacks" / "Pulumi.sandbox.yaml").write_text(SLOW)
    with checkout.start("up", "STACK=sandbox") as run:
        assert run.stdout is not None
        seen = []
        for line in run.stdout:
            seen.append(line)
            if "started" in line:
                break
        os.killpg(run.pid, signal.SIGINT)
        rest, _ = run.communicate(timeout=60)
    text = "".join(seen) + rest
    assert run.returncode != 0
    assert text.count("^C received") == 1, text
    assert "Traceback" not in text
    checkout.make("destroy", "STACK=sandbox")


def test_a_target_that_needs_a_name_says_which(checkout: Checkout) -> None:
    """Nothing is run without it, and the one line says where to get it."""
    for target, needed in (("try", "IMAGE"), ("sweep", "STACK_ID"), ("import-packer", "TEMPLATE")):
        with checkout.start(target) as run:
            text, _ = run.communicate(timeout=60)
        assert text.startswith(f"error: make {target} needs {needed}=… (")
        assert run.returncode == 2


TWO = """
config:
  hyperone-image:defaults:
    vm_type: a1.nano
    disk_size: 1
  hyperone-image:images:
    base:
      source_image: sandbox
      image_name: base
      provisioners:
        - type: shell
          inline: ["sleep 3", "echo base > release.txt"]
    web:
      source_image: ${images.base}
      image_name: web
      verify: ["grep base release.txt"]
"""
SVG = "{http://www.w3.org/2000/svg}"
PHASES = ["builder", "provisioning", "image"]


def test_build_leaves_nothing_but_images_and_tells_where_the_time_went(checkout: Checkout) -> None:
    """`make build` ends with a table, `make timeline` draws it: the second image begins when the first is made."""
    (checkout.folder / "stacks" / "Pulumi.sandbox.yaml").write_text(TWO)
    text = checkout.make("build", "STACK=sandbox")
    head, base, web = re.search(r"Images:\n(.*)\n(.*)\n(.*)\n\nNext:", text).groups()
    assert re.split(r" {2,}", head.strip()) == [
        *["image", "id", "GiB", *PHASES, "release", "verification", "publication"],
        *["in all", "API calls"],
    ]
    assert re.fullmatch(r" *base +[0-9a-f]{24} +1( +\d+\.\d s){4} +\d+\.\d s +\d+", base), base
    assert re.fullmatch(r" *web +[0-9a-f]{24} +1( +\d+\.\d s){6} +\d+\.\d s +\d+", web), web
    assert "forget the stack; nothing but the image is left" in text
    left = checkout.cloud("/_local/inventory")
    assert [image["name"] for image in left["images"]] == ["base", "web"]
    assert (left["vms"], left["disks"], left["ips"]) == ([], [], [])

    file = checkout.folder / ".state" / "timeline-sandbox.svg"
    assert f"timeline: {file}" in checkout.make("timeline", "STACK=sandbox")
    picture = ET.fromstring(file.read_text())
    bars = {bar[0].text.split(",")[0]: bar for bar in picture.iter(f"{SVG}rect") if len(bar)}
    assert {name.partition(": ")[2] for name in bars if name.startswith("base: ")} == {*PHASES, "release"}
    assert {f"web: {phase}" for phase in (*PHASES, "verification", "publication", "release")} < {*bars}
    longest = max(bars, key=lambda name: float(bars[name].get("width")))
    assert longest == "base: provisioning"
    assert float(bars["web: builder"].get("x")) > float(bars["base: image"].get("x"))
    texts = [text.text for text in picture.iter(f"{SVG}text")]
    assert {"Builds of sandbox", "base", "web", *PHASES} <= {*texts}
    page = checkout.folder / ".state" / "report-sandbox.html"
    assert f"report: {page}" in checkout.make("report", "STACK=sandbox")
    assert page.stat().st_mode & 0o777 == 0o600
    assert "<b>==&gt; " in page.read_text(), "the log is on it"
    assert "deleted" in checkout.make("destroy", "STACK=sandbox")
    assert len(checkout.cloud("/_local/inventory")["images"]) == 2


def test_preview_of_the_prod_stack_passes_the_prod_policy(checkout: Checkout) -> None:
    """As it is, the stack says what to fill in; with the id of an image, make's policy arguments find nothing."""
    policy = ("preview", "STACK=prod", "CLOUD=local", "POLICY=policy", "POLICY_CONFIG=policy/prod.json")
    with checkout.start(*policy) as run:
        text, _ = run.communicate(timeout=300)
    assert run.returncode == 2, text
    assert "images.base.source_image" in text
    settings = checkout.folder / "stacks" / "Pulumi.prod.yaml"
    filled = settings.read_text().replace("000000000000000000000000", checkout.cloud("/v1/image/sandbox")["_id"])
    settings.write_text(filled)
    text = checkout.make(*policy)
    assert re.search(r"Policies:\n +\S+ hyperone\S*@v\S+ \(local: policy\)\n", text), text
    assert "[mandatory]" not in text
