"""The page about a stack: what is on it, and that nothing a machine prints gets out of its place."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect, sync_playwright

from pulumi_hyperone.command.main import main
from pulumi_hyperone.command.report import state
from pulumi_hyperone.command.report.page import page
from pulumi_hyperone.command.report.texts import LONGEST_LOG, age, log_of
from pulumi_hyperone.provider.foundation.errors import SettingsError
from pulumi_hyperone.provider.foundation.outside_text import clean
from tests.support.report import sample

NOW = datetime(2026, 12, 1, tzinfo=UTC)
HOSTILE = (
    "</script><script>window.taken=1</script></pre></style><img src=x onerror=window.taken=1>"
    "\"' onfocus=window.taken=1 autofocus x=' {{ 7*7 }} {% raw %} <!-- javascript:window.taken=1 &lt;b&gt;"
)
UNSEEN = "\x1b[31mred\x1b[0m \u202egnp.exe \x00 \u200b"
WIDTHS = {"desktop": 1280, "phone": 360}


@pytest.fixture
def logs(tmp_path, monkeypatch):
    """A folder of logs and records of the test's own."""
    monkeypatch.setenv("HYPERONE_LOG_DIR", str(tmp_path / "logs"))
    return tmp_path / "logs"


def made(logs, text="") -> str:
    """The page of the sample stack."""
    return page("web-images/prod", state.images(json.dumps(sample(logs, text))), NOW)


@pytest.fixture(scope="module")
def browser():
    """Debian's Chromium, without a window."""
    with sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page in a window of some width; any error in its console, or a request for something else, fails."""
    wrong = []

    def open_(html, width, **options):
        file = tmp_path / "page.html"
        file.write_text(html, encoding="utf-8")
        window = browser.new_context(viewport={"width": width, "height": 800}, **options).new_page()
        window.on("console", lambda message: wrong.append(message.text))
        window.on("pageerror", lambda error: wrong.append(str(error)))
        window.on("dialog", lambda dialog: wrong.append("a dialog"))
        window.on("request", lambda request: request.url == file.as_uri() or wrong.append(request.url))
        window.goto(file.as_uri())
        return window

    yield open_
    assert wrong == []


def test_keys_are_told_as_text(logs):
    """Their parts stand in the record as JSON, on the page one after the other."""
    assert "<li>/root/.ssh/authorized_keys SHA256:2bGk</li>" in made(logs)


def views(window):
    """Open every view and every tab of it, yielding their names."""
    for link in window.query_selector_all("nav a"):
        link.click()
        yield link.inner_text()
        for tab in window.query_selector_all(".view:not([hidden]) [role=tab]"):
            tab.click()
            yield tab.inner_text()


@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
def test_every_view_opens_without_an_error_and_fits_the_screen(opened, logs, width):
    """Nothing that machines print becomes code or markup, and long texts break instead of widening the page."""
    window = opened(made(logs, f"{HOSTILE} {UNSEEN} {'x' * 400}"), width)
    seen = []
    for view in views(window):
        seen.append(view)
        assert window.evaluate("document.documentElement.scrollWidth") <= width, view
    assert len(seen) == 1 + 3 * 7
    assert window.evaluate("window.taken") is None
    assert window.evaluate("document.querySelectorAll('img, iframe, script, object').length") == 1
    assert window.evaluate("document.querySelectorAll('[onerror], [onfocus], [autofocus], [style]').length") == 0
    whole = window.evaluate("document.body.textContent")
    assert whole.count(HOSTILE) >= 10
    assert "red \\u202egnp.exe \\x00 \\u200b" in whole
    assert not set(UNSEEN[:1] + "\u202e\u200b") & set(whole)


def test_log_and_packages_are_searched_and_all_is_reached_by_keyboard(opened, logs):
    """Tabs move by arrow keys, `/` leads to the search; what is searched for is marked, and emptied comes back."""
    window = opened(made(logs), 1280)
    window.focus("nav a >> nth=2")
    window.keyboard.press("Enter")
    window.focus(".view:not([hidden]) [role=tab][aria-selected=true]")
    window.keyboard.press("ArrowRight")
    window.keyboard.press("/")
    window.keyboard.type("NGINX")
    window.wait_for_selector("mark")
    panel = window.locator(".panel:visible")
    assert panel.locator("output").inner_text() == "3 lines"
    assert panel.locator("mark").all_inner_texts() == ["nginx"] * 3
    window.keyboard.press("Control+A")
    window.keyboard.press("Delete")
    window.wait_for_selector("mark", state="detached")
    assert "Reading package lists..." in panel.locator("pre").inner_text()
    window.focus(".view:not([hidden]) [role=tab][aria-selected=true]")
    window.keyboard.press("ArrowRight")
    window.keyboard.press("/")
    window.keyboard.type("openss")
    expect(panel.locator("output")).to_have_text("2 of 3")
    assert panel.locator("tbody tr:visible").count() == 2


def test_light_and_dark_follow_the_system_until_the_switch_is_used(opened, logs):
    """The switch goes over the system's choice."""
    window = opened(made(logs), 1280, color_scheme="dark")
    colour = "getComputedStyle(document.body).backgroundColor"
    dark = window.evaluate(colour)
    window.click("#theme")
    assert window.evaluate(colour) != dark
    window.click("#theme")
    assert window.evaluate(colour) == dark


def test_the_page_tells_state_age_difference_residue_and_who_signed(opened, logs):
    """Texts of the sample stack, each in its view; an image that was never finished is there too."""
    window = opened(made(logs), 1280)
    cards = window.locator(".card").all_inner_texts()
    assert [card.split("\n")[0] for card in cards] == ["base", "web", "late"], "each after the one it starts from"
    assert "not finished" in cards[2]
    for text in ("tested, published", "2 days old, from base", "3 packages", "6 changes", "signed"):
        assert text in cards[1]
    whole = " ".join(window.evaluate("document.body.textContent").split())
    for text in (
        "openssl 3.0.15-1~deb12u1 → 3.0.16-1~deb12u1",
        "gitCommit:3f6e7b9",
        "ann@ci-7",
        "web starts from base",
    ):
        assert text in whole
    assert "Nothing of the build was found in the image." in whole
    assert "The log is on the computer that built the image" in whole


def test_files_that_were_changed_are_named_and_the_rest_is_shown(logs):
    """A forged statement is called so; what is no JSON is named; the page is still made."""
    exported = json.dumps(sample(logs))
    folder = logs / "records" / ("b" * 24)
    (folder / "record.cdx.json").write_text("{")
    (folder / "difference.json").write_text("[1]")
    sealed = json.loads((folder / "statement.dsse.json").read_text())
    other = json.loads((logs / "records" / ("a" * 24) / "statement.dsse.json").read_text())
    (folder / "statement.dsse.json").write_text(json.dumps({**sealed, "payload": other["payload"]}))
    html = page("prod", state.images(exported), NOW)
    assert "the signature is wrong" in html
    assert "record.cdx.json is not a record of an image" in html
    assert "difference.json was changed since it was written" in html


def test_a_failed_build_has_its_log_and_harmless_residue_is_no_alarm(logs):
    """A failed build has no provisioning in the state; what every cleaned image has is listed without a badge."""
    exported = json.dumps(sample(logs))
    (logs / "web-images-prod" / f"late-{'c' * 32}.log").write_text("it failed here")
    harmless = [{"kind": "log", "path": "/var/log/syslog", "detail": ""}]
    (logs / "records" / ("a" * 24) / "residue.json").write_text(json.dumps(harmless))
    html = page("prod", state.images(exported), NOW)
    assert "it failed here" in html
    assert "/var/log/syslog" in html
    assert "residue file" not in html


def test_a_state_cannot_name_a_file_for_the_page_to_read(logs, tmp_path):
    """States are shared in teams: a log is read from the folder of logs alone, links followed."""
    secret = tmp_path / "secret.log"
    secret.write_text("secret")
    logs.mkdir()
    (logs / "link.log").symlink_to(secret)
    for name in (secret, logs / ".." / "secret.log", logs / "link.log", "/etc/passwd", "\0"):
        assert log_of(str(name)) == ([], log_of(str(secret))[1])


def test_a_long_log_is_shown_from_its_end(logs):
    """What is left out is said, with the place of the whole."""
    logs.mkdir()
    (logs / "a.log").write_text("first\n" + "x" * LONGEST_LOG + "\nlast\n")
    lines, note = log_of(str(logs / "a.log"))
    assert lines == ["last", ""]
    assert str(logs / "a.log") in note


def test_ages_and_texts_are_for_people():
    """Units, and characters that nobody sees."""
    assert age("2026-11-28T00:00:00Z", NOW) == "3 days"
    assert age("2026-11-30T23:00:00Z", NOW) == "1 hour"
    assert age("2026-11-30T23:59:30Z", NOW) == "less than a minute"
    assert age("2026-12-02T00:00:00Z", NOW) == "less than a minute", "HyperOne's clock is ahead of this one"
    assert age("soon", NOW) == ""
    assert clean("zażółć → ✓\tx\r\n") == "zażółć → ✓\tx\n"
    assert clean("\x1b]0;title\x07a\udc80") == "a\\udc80"


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "{", '{"deployment": {"resources": 1}}', "[" * 100_000),
        '{"deployment": {"resources": [{"type": "hyperone:index:HyperOneImage"}]}}',
    ],
)
def test_what_is_no_state_is_refused(text):
    """In one line."""
    with pytest.raises(SettingsError, match="not a state"):
        state.images(text)


def test_what_an_error_names_does_not_act_on_the_terminal(monkeypatch, capsys):
    """Names may be anybody's; each error of a command is printed in one place."""
    monkeypatch.setattr("sys.argv", ["hyperone", "report", "--stack", "prod", "--state", "no\x1b]0;title\x07.json"])
    assert main() == 1
    assert capsys.readouterr().err == "error: no.json cannot be read: No such file or directory\n"
