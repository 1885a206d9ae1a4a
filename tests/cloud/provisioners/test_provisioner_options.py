"""Options of provisioners in effect that no other test shows, on a real sshd and on this computer."""

from __future__ import annotations

from pathlib import Path

import pytest

from pulumi_hyperone.provider.foundation.errors import ProvisionerFailed
from tests.support.provisioner_options import shows

pytestmark = pytest.mark.cloud


def script(path: Path, text: str) -> str:
    """Write an executable script; returns its name."""
    path.write_text(text)
    path.chmod(0o755)
    return path.name


@shows("all", "pause_before")
@shows("shell", "pause_after")
@shows("sleep", "duration")
def test_pauses_take_their_time(run, there, interruption, monkeypatch) -> None:
    """`pause_before` passes before the script, `pause_after` and `duration` before what comes next."""
    stamp = f"echo x >> {there}/t"
    pauses: list[tuple[float, int]] = []

    def sleep(seconds: float) -> None:
        pauses.append((seconds, (there / "t").read_text().count("x") if (there / "t").exists() else 0))

    monkeypatch.setattr(interruption, "sleep", sleep)
    run(
        {"type": "shell", "inline": [stamp], "pause_before": "750ms", "pause_after": "500ms"},
        {"type": "sleep", "duration": "250ms"},
        {"type": "shell", "inline": [stamp]},
    )
    assert pauses == [(0.75, 0), (0.5, 1), (0.25, 1)]
    assert (there / "t").read_text() == "x\nx\n"


@shows("shell", "inline_shebang", "env_var_format")
def test_shebang_and_format_of_variables(run, there) -> None:
    """Another shell than sh runs the script; the format decides how the variables come before the command."""
    run(
        {
            "type": "shell",
            "inline": ["false", f'echo "${{BASH_VERSION:+bash}} $A" > {there}/o'],
            "inline_shebang": "/bin/bash",
            "env": {"A": "it's"},
            "env_var_format": "export %s='%s'; ",
        }
    )
    assert (there / "o").read_text() == "bash it's\n"


def test_a_machine_that_stays_away_ends_the_retries(run, sshd) -> None:
    """`start_retry_timeout` bounds how long a script is brought to a machine that is gone."""
    sshd.stop()
    with pytest.raises(ProvisionerFailed):
        run({"type": "shell", "inline": ["true"], "start_retry_timeout": "1500ms"})


@shows("file", "generated")
def test_generated_source_is_looked_for_when_it_is_sent(run, base, there) -> None:
    """What an earlier step makes on this computer is uploaded; it need not be there before."""
    run(
        {"type": "shell-local", "inline": ["mkdir made; echo new > made/file"]},
        {"type": "file", "source": "made/file", "destination": f"{there}/file", "generated": True},
        {"type": "file", "sources": ["made/"], "destination": f"{there}/made", "generated": True},
    )
    assert (there / "file").read_text() == (there / "made" / "file").read_text() == "new\n"
    with pytest.raises(ProvisionerFailed, match="nothing-here does not exist"):
        run({"type": "file", "source": "nothing-here", "destination": f"{there}/x", "generated": True})


@shows("shell-local", "script", "scripts", "environment_vars", "binary")
def test_local_scripts_run_as_they_are(run, base) -> None:
    """Scripts run one after the other from where they are, byte for byte, with the variables."""
    one = script(base / "one.sh", '#!/bin/sh\nprintf \'%s %s\r\n\' "$0" "$A" >> out\n')
    two = script(base / "two.sh", "#!/bin/sh\necho two >> out\n")
    run({"type": "shell-local", "scripts": [one, two], "environment_vars": ["A=a=b"]})
    assert (base / "out").read_bytes() == f"{base}/one.sh a=b\r\ntwo\n".encode()
    run({"type": "shell-local", "script": one, "binary": True, "environment_vars": ["A=c"]})
    assert (base / "out").read_bytes().endswith(b"two\n" + f"{base}/one.sh c\r\n".encode())


@shows("shell-local", "inline_shebang", "tempfile_extension", "execute_command", "valid_exit_codes")
def test_how_local_scripts_are_run(run, base) -> None:
    """Program, arguments, the temporary script's first line and ending, and the codes that are good."""
    run(
        {
            "type": "shell-local",
            "inline": ["echo $0 $A > out", "exit 3"],
            "inline_shebang": "/bin/bash -u",
            "tempfile_extension": ".command",
            "execute_command": ["/bin/bash", "-c", "head -n 1 {{.Script}} > head; {{.Vars}} {{.Script}}"],
            "env": {"A": "x y"},
            "valid_exit_codes": [3],
        }
    )
    assert (base / "head").read_text() == "#!/bin/bash -u\n"
    name, _, value = (base / "out").read_text().partition(" ")
    assert name.endswith(".command")
    assert value == "x y\n"
    with pytest.raises(ProvisionerFailed, match="exit code 3"):
        run({"type": "shell-local", "inline": ["exit 3"]})
