"""Why secrets cannot be read: the passphrase is not the one they were encrypted with."""

from collections.abc import Mapping

from tools.stack import run

WRONG = "incorrect passphrase"
"""What the engine says."""


def explanation(stack: str, environment: Mapping[str, str]) -> str:
    """Return a line on a passphrase that does not fit the file of `stack`; empty when it fits, or nothing is known."""
    if WRONG not in run.complaint(["config", "--show-secrets", "--stack", stack], environment):
        return ""
    source = environment.get("PULUMI_CONFIG_PASSPHRASE_FILE", "")
    given = "PULUMI_CONFIG_PASSPHRASE" if "PULUMI_CONFIG_PASSPHRASE" in environment else source
    file = f"stacks/Pulumi.{stack}.yaml"
    return (
        f"error: {file} was encrypted with another passphrase than that of {given}: give the right one in "
        f"PULUMI_CONFIG_PASSPHRASE, or remove `encryptionsalt:` and all `secure:` values from {file} and set them again"
    )
