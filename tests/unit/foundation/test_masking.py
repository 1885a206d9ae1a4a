"""Secrets are found in every form in which shells and tools print them, in parts, and over line breaks."""

from __future__ import annotations

import base64
import gc
import json
import re
import shlex
import subprocess
import textwrap
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from pulumi_hyperone.provider.foundation.faults import shown
from pulumi_hyperone.provider.foundation.masking import MASK, Masker

SECRET = "it's 7 \"Pa$$'' w`ö\\rd, {x}#~ +/"
TELLING = ("Pa$$", "Pa\\$", "rd, {x}", "rd\\,")
PRINTED = {
    "bash -x": ("bash", 'set -x; : "$V" 2>&1'),
    "printf %q": ("bash", 'printf "%q\\n" "$V"'),
    "printf %q with a line break": ("bash", 'printf "%q\\n" "$V\n"'),
    "@Q": ("bash", 'echo "${V@Q}"'),
    "declare": ("bash", "declare -p V"),
    "export of dash": ("dash", "export -p | grep V="),
    "dash -x": ("dash", 'set -x; : "$V"'),
    "base64, wrapped": ("sh", 'printf "%s\\n" "$V" | base64 -w 13'),
    "base64 in a header": ("sh", 'printf "user:%s" "$V" | base64'),
    "fold": ("sh", 'printf %s "$V" | fold -w 5'),
    "json of python": ("python3", "import json, os; print(json.dumps({'v': os.environ['V']}))"),
    "repr of python": ("python3", "import os; print([os.environ['V']])"),
}


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize(("program", "script"), PRINTED.values(), ids=PRINTED)
def test_what_programs_print_of_a_secret_is_masked(program: str, script: str, locale: str) -> None:
    """Real shells and tools print the secret; nothing that tells it stays."""
    environment = {"V": SECRET, "PATH": "/usr/bin:/bin", "LC_ALL": locale, "PYTHONUTF8": "1"}
    done = subprocess.run([program, "-c", script], env=environment, capture_output=True, check=True)
    output = done.stdout + done.stderr
    masked = Masker([SECRET]).finish(output).decode()
    assert MASK in masked
    assert not any(telling in masked for telling in TELLING), masked
    assert len(masked) < len(output)


def go_json(text: str) -> str:
    """JSON as programs in Go write it (docker, terraform): fit for HTML."""
    return re.sub("[&<>]", lambda sign: f"\\u{ord(sign[0]):04x}", text)


WAYS: list[Callable[[str], str]] = [
    str,
    shlex.quote,
    quote,
    quote_plus,
    lambda text: re.sub("%..", lambda code: code[0].lower(), quote(text, safe="")),
    json.dumps,
    lambda text: json.dumps(text, ensure_ascii=False),
    lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    lambda text: base64.b64encode(b"ab" + text.encode() + b"c").decode(),
    lambda text: "\n".join(textwrap.wrap(base64.b64encode(text.encode()).decode(), 9)),
    "\r\n".join,
    shown,
    lambda text: go_json(json.dumps(text, ensure_ascii=False)),
    lambda text: json.dumps(text).replace("/", "\\/"),
    lambda text: text.replace("'", "''"),
]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "secret", [SECRET, "it's&<R>/D&9", "hunter2hunter2", "key one\nkey-two\n\nkey: three", "q" * 70 + "7"]
)
def test_every_way_to_write_a_secret_is_masked(secret: str, way: Callable[[str], str]) -> None:
    """Whole secrets, with line breaks in them too, are found however a tool wrote them."""
    masked = Masker([secret]).text(f"<<{way(secret)}>>")
    assert masked.startswith("<<")
    assert MASK in masked
    left = masked.replace(MASK, "")
    assert len(left) <= 16, masked


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        ("mysql -u root -pSesame9 app", "access denied (Sesame9)"),
        ("mysql --password=sesame app", "using password sesame"),
        ("curl -u robot:opensesame https://x.test", "* auth opensesame"),
        ("curl https://robot:sesame@x.test/a", "remote: sesame"),
        ("curl -H 'Authorization: Bearer ey.J9' x", "> Authorization: Bearer ey.J9"),
        ("echo 'pass phrase 1' | gpg", "+ echo pass phrase 1"),
        ("DB_PASSWORD=sesame", "psql: sesame is wrong"),
        ("test 'hush-command-93' = x", "hush-command-93: not found"),
    ],
)
def test_parts_of_a_secret_command_are_masked(command: str, printed: str) -> None:
    """What a secret command carries is found when it is printed without the rest."""
    masked = Masker([command]).text(printed)
    for telling in ("esame", "ey.J9", "pass phrase", "hush"):
        assert telling not in masked, masked


def test_ordinary_words_of_a_secret_command_stay() -> None:
    """Programs, plain options and short words are no secrets, even next to one."""
    text = "apt-get --yes --no-install-recommends install curl: done\n-----END CERTIFICATE-----"
    secrets = ["apt-get --yes --no-install-recommends install curl x", "-----BEGIN X-----\nabcdefgh\n-----END X-----"]
    assert Masker(secrets).text(text) == text


@pytest.mark.parametrize("secret", ["", " ", "1", "abc", " abc\n"])
def test_fewer_than_four_characters_are_no_secret(secret: str) -> None:
    """The documented rule: what is shorter would hide half of the output."""
    assert Masker([secret]).text("1 abc x") == "1 abc x"
    assert Masker(["abcd"]).text("xabcdx") == f"x{MASK}x"


def test_a_secret_that_begins_another_does_not_reveal_its_rest() -> None:
    """The longer secret is found even when a piece ends where the shorter one does."""
    masker = Masker(["hush", "hush-hush-hush"])
    ready, held = masker.split(b"a hush")
    assert ready == b"a "
    assert ready + masker.finish(held + b"-hush-hush b") == f"a {MASK} b".encode()


@pytest.mark.parametrize("mark", ["...", "…", "...' in the settings"])
def test_the_beginning_of_a_secret_in_a_shortened_text_is_masked(mark: str) -> None:
    """Messages cut long values; what is left of a secret there does not show."""
    masker = Masker(["sesame open " * 20])
    assert masker.text(f"not '{'sesame open ' * 3}ses{mark}") == f"not '{MASK}{mark}"
    assert masker.text("say ses...") == "say ses..."


def test_secrets_can_be_learned_later() -> None:
    """What is learned is masked from then on, next to what was known."""
    masker = Masker(["first-one"])
    masker.learn(["second-one"])
    assert masker.text("first-one second-one") == f"{MASK} {MASK}"


def test_a_secret_of_any_build_is_masked_in_short_and_long_texts() -> None:
    """Many builds bring many secrets; the ends of what is not whole yet are held back for each of them."""
    secrets = [f"{number:03d}-secret-of-a-build" for number in range(200)]
    masker = Masker()
    for secret in secrets:
        masker.learn([secret])
        assert masker.text(f"said {secret} to {secrets[0]}") == f"said {MASK} to {MASK}"
    assert masker.finish(b"\n" * 2000 + secrets[7].encode()).endswith(b"\n" + MASK.encode())
    for held in (2, 9):
        assert masker.split(b"said " + secrets[150][:held].encode()) == (b"said ", secrets[150][:held].encode())


def test_secrets_that_overlap_are_hidden_whole() -> None:
    """What one begins and another ends shows nothing of either, in a text and in pieces of a stream."""
    masker = Masker(["open-sesame", "sesame-seeds", "sesame"])
    assert masker.text("say open-sesame-seeds or sesame") == f"say {MASK} or {MASK}"
    assert masker.split(b"open-sesame-see") == (b"", b"open-sesame-see")


def test_many_secrets_do_not_slow_the_log_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a line without secrets no piece is copied for a closer look, whatever the number of secrets."""
    masker = Masker([f"Sesame-{number:03d}-open" for number in range(50)])
    looked: list[bytes] = []
    monkeypatch.setattr("pulumi_hyperone.provider.foundation.masking._goes_on", lambda data, _: looked.append(data))
    data = b"Setting up libc6:amd64 (2.36-9+deb12u7) ... some more words to fill a line of the log\n" * 800
    assert masker.split(data) == (data, b"")
    assert looked == []


def test_a_secret_learned_while_a_text_is_masked_disturbs_nobody() -> None:
    """Builds begin while others write on their rows: a thread may be stopped at any allocation for another's secret."""
    secrets = iter([f"{number:03d}-secret-of-a-build" for number in range(20)])
    masker = Masker([next(secrets)])
    threshold = gc.get_threshold()
    pairs = [(number, number) for number in range(10_000)]  # so that Python has none in stock and has to allocate

    def learn(_phase: str, _info: object) -> None:
        gc.callbacks.remove(learn)
        masker.learn([next(secrets, "the last-secret")])
        gc.callbacks.append(learn)

    gc.callbacks.append(learn)
    try:
        gc.set_threshold(1)
        masked = masker.text("said 000-secret-of-a-build")
    finally:
        gc.set_threshold(*threshold)
        gc.callbacks.remove(learn)
        del pairs
    assert masked == f"said {MASK}"
