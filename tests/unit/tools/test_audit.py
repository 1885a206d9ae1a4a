"""The check for known vulnerabilities."""

import pytest

from tools import audit

CLEAN = {"name": "requests", "version": "2.34.2", "vulns": []}
VULNERABLE = {
    "name": "fastapi",
    "version": "0.1.0",
    "vulns": [{"id": "PYSEC-1", "aliases": ["CVE-2"], "fix_versions": ["0.2.0"], "description": "x"}],
}
SKIPPED = {"name": "ruff", "skip_reason": "Dependency not found on PyPI and could not be audited: ruff (1.0)"}


@pytest.mark.parametrize(
    ("packages", "code", "out", "err"),
    [
        ([CLEAN], 0, "1 packages looked up, no known vulnerabilities", ""),
        ([CLEAN, VULNERABLE], 1, "fastapi 0.1.0 (for the local cloud): PYSEC-1, CVE-2; fixed in 0.2.0", ""),
        ([CLEAN, SKIPPED], 2, "", "knows nothing about 1 of 2 packages (ruff)"),
        ([VULNERABLE, SKIPPED], 2, "fastapi 0.1.0", "1 of 2"),
        ([], 2, "", "knows nothing about 0 of 0"),
    ],
)
def test_only_packages_that_were_looked_at_count_as_sound(
    packages: list[dict[str, object]], code: int, out: str, err: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Vulnerabilities are listed with what the package is for; a package that nobody knows is an error."""
    assert audit.judge({"dependencies": packages}) == code
    said = capsys.readouterr()
    assert out in said.out
    assert err in said.err


def test_a_service_out_of_reach_is_said(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """pip-audit itself, with a proxy that nobody answers at: one line, and no success."""
    for name in ("HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert audit.audit() == audit.NOT_AUDITED
    said = capsys.readouterr()
    assert said.err.startswith("error: the vulnerability service cannot be reached, nothing is known: ")
    assert said.err.count("\n") == 1
    assert said.out == ""
