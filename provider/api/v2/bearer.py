"""The bearer token of v2: a JWT that says whose it is (v2 facts 2.2)."""

from __future__ import annotations

from pulumi_hyperone.provider.api.decoding import text


def subject(token: str) -> str:
    """The account that a token names, `/iam/project/P/sa/S` or `/iam/user/U`; empty when it is no JWT."""
    import jwt  # noqa: PLC0415 - loads cryptography, which v1 has no use for

    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        return ""
    return text(claims.get("sub"))
