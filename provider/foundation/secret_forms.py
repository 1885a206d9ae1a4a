"""The texts under which a secret may appear in an output: its parts, and each as shells and tools print it."""

from __future__ import annotations

import base64
import json
import re
import shlex
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

SHORTEST = 4
"""Characters of the shortest secret that is masked: hiding every "1" or "dev" would hide the output itself."""
_LONG_WORD = 8
_OPTION = re.compile(r"--?[a-z][a-z-]*")
_BOUNDARY = re.compile(r"-----(BEGIN|END) [^-]*-----")
_SHORTEST_BASE64 = 8
_ANSI_C = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\x1b": "\\E"}


def forms(secret: str) -> set[str]:
    """Return every text that gives `secret` or a telling part of it away; empty for one that is too short to mask."""
    return {form for part in parts(secret) for form in printed(part) if len(re.sub(r"[\r\n]", "", form)) >= SHORTEST}


def parts(secret: str) -> set[str]:
    """Return the secret, its lines, and the words that a command carries.

    A word counts when it has 8 characters, or 4 of more than one kind (letters, digits, signs); what follows `=` or
    `:` in a word, or the letter of an option (`-pVALUE`), when it has 4.
    """
    bare = secret.strip("\r\n")
    found = {bare, *(line.strip() for line in bare.splitlines() if not _BOUNDARY.fullmatch(line.strip()))}
    if re.search(r"[\s=:@]", bare):
        found.update(_carried(bare))
    return {part for part in found if len(part.strip()) >= SHORTEST}


def _carried(command: str) -> Iterator[str]:
    for word in {*command.split(), *_shell_words(command)}:
        if _OPTION.fullmatch(word):
            continue
        stripped = word.strip("\"'`();,|&<>{}[]-")
        if _is_telling(stripped):
            yield stripped
        if glued := re.fullmatch(r"-[A-Za-z]([^=-].*)", word):
            yield glued[1]
        for sign in "=:":
            yield stripped.partition(sign)[2].strip("\"'/")
        if user := re.match(r"(?:\w+://)?(?:[^/@:]*:)?([^/@:]+)@", stripped):
            yield user[1]


def _shell_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []


def _is_telling(word: str) -> bool:
    kinds = sum(bool(re.search(kind, word)) for kind in (r"[^\W\d_]", r"\d", r"[^\w/.-]"))
    return len(word) >= _LONG_WORD or (len(word) >= SHORTEST and kinds > 1)


def printed(text: str) -> set[str]:
    """Return a text as sh, bash, JSON, YAML, Python, URLs and base64 show it, without the quotes around it."""
    in_json, in_ascii_json = json.dumps(text, ensure_ascii=False)[1:-1], json.dumps(text)[1:-1]
    found = {
        text,
        text.replace("'", "'\\''"),
        re.sub(r"'+", lambda run: f"'\"{run[0]}\"'", text),
        text.replace("'", "'\"'\"'"),
        re.sub(r'([\\"$`])', r"\\\1", text),
        re.sub(r"([^\w@%+=:./-])", r"\\\1", text),
        re.sub(r"([^\w@%+=:./~#-])", r"\\\1", text),
        _ansi_c(text),
        "".join(c if c.isascii() else "".join(f"\\{byte:03o}" for byte in to_bytes(c)) for c in _ansi_c(text)),
        in_json,
        in_ascii_json,
        # As Go, PHP, and YAML in single quotes write it.
        re.sub("[&<>]", lambda sign: f"\\u{ord(sign[0]):04x}", in_json),
        in_ascii_json.replace("/", "\\/"),
        text.replace("'", "''"),
        repr(text)[1:-1],
        repr(text)[1:-1].replace("\\\\", "\\"),
        text.replace("\n", " "),
    }
    encoded = to_bytes(text)
    urls = {quote(encoded, safe=""), quote(encoded), quote_plus(encoded)}
    found |= urls | {re.sub("%..", lambda code: code[0].lower(), url) for url in urls}
    for plain in _base64(encoded):
        found |= {plain, plain.replace("+", "-").replace("/", "_")}
    return {form.strip("'") or form for form in found} | {text}


def to_bytes(text: str) -> bytes:
    """Return the text in UTF-8; bytes that were no UTF-8 when it was read are as they were."""
    try:
        return text.encode(errors="surrogateescape")
    except UnicodeEncodeError:
        return text.encode(errors="surrogatepass")


def _ansi_c(text: str) -> str:
    """Return what stands between `$'` and `'` when bash prints the text."""

    def escape(match: re.Match[str]) -> str:
        return _ANSI_C.get(match[0]) or (f"\\{match[0]}" if match[0] in "\\'" else f"\\{ord(match[0]):03o}")

    return re.sub(r"[\x00-\x1f\x7f\\']", escape, text)


def _base64(data: bytes) -> Iterator[str]:
    """Yield the base64 of the data alone, and what stays of it inside a longer text, at each of three alignments."""
    yield base64.b64encode(data).decode()
    yield base64.b64encode(data + b"\n").decode()
    for before in range(3):
        whole = base64.b64encode(bytes(before) + data).decode()
        core = whole[-(-before * 8 // 6) : (before + len(data)) * 8 // 6]
        if len(core) >= _SHORTEST_BASE64:
            yield core
