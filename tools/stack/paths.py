"""Places in the checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
"""The checkout."""

STATE = ROOT / ".state"
"""State of stacks on this machine; not in git."""

STACK_FILES = ROOT / "stacks"
"""The settings of each stack: Pulumi.<stack>.yaml."""

SETUP = ROOT / "tools" / "setup.sh"
"""The script that installs what is missing."""
