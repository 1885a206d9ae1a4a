"""User data as the API wants it."""

import base64
import gzip

import pytest

from pulumi_hyperone.settings.user_data import encoded

DOCUMENTS = [
    b"#!/bin/sh\necho hi\n",
    b"#cloud-config\nusers: []\n",
    b"#cloud-boothook\n",
    b"#include\nhttp://x\n",
    b"## template: jinja\n#cloud-config\n",
    b"Content-Type: multipart/mixed\n",
    gzip.compress(b"#cloud-config\n", mtime=0),
]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_document_is_encoded_once(document):
    """A document is encoded, and what is encoded already stays, also in lines of 76."""
    plain = base64.b64encode(document).decode()
    assert encoded(document) == plain
    assert encoded(plain.encode()) == plain
    assert encoded(base64.encodebytes(document)) == plain


@pytest.mark.parametrize("text", [b"test", b"abcd", b"aGVsbG8=", b"\xff\xfe", "zażółć".encode(), b"a: b\n"])
def test_other_text_is_taken_as_plain(text):
    """Words that happen to be valid base64, or base64 of no known document, are encoded."""
    assert base64.b64decode(encoded(text)) == text


def test_empty_stays_empty():
    """Nothing in, nothing out."""
    assert encoded(b"") == ""
