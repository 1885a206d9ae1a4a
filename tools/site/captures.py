"""Take the tutorial's pictures anew, in a clone of the last commit.

Each picture of a terminal is what a command of the tutorial prints in one of this size, drawn by rich as an SVG into
docs/captures/. The commands build sandbox images in a local cloud of their own, which is removed at the end.
"""

import io
import itertools
import os
import pty
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

import pyte
from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console
from rich.style import Style
from rich.text import Text

from tools.site.pages import DOCS
from tools.stack.paths import ROOT

PICTURES = DOCS / "captures"
COLUMNS, LINES = 120, 200
CAPTURES = {
    "up": ["make up STACK=sandbox"],
    "preview": ["echo 'echo and goodbye' >> scripts/greet.sh", "make preview STACK=sandbox"],
    "bad-input": [
        "tools/pulumi config set --path hyperone-image:images.hello.disk_sise 20 --stack sandbox",
        "make up STACK=sandbox",
    ],
    "destroy": ["git checkout stacks", "make destroy STACK=sandbox"],
}
"""For each picture the commands that are typed; what the last one prints is drawn."""
_DRAWN = {"brown": "yellow", "cd0000": "#ff6b6b"}
"""What pyte calls a colour of the terminal, and what is drawn: for a dark red one that can be read on black."""
_SVG_WITHOUT_FONTS = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL)
"""As rich draws it, but loading nothing from elsewhere."""


def take() -> None:
    """Take all pictures. Raises CalledProcessError when the chain of the tutorial cannot be built."""
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder, "hyperone-images")
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        (clone / ".venv").symlink_to(ROOT / ".venv")
        environment = {**os.environ, "HYPERONE_LOCAL_HOME": f"{folder}/cloud", "TERM": "xterm-256color"}
        try:
            for name, commands in CAPTURES.items():
                screens = [typed(command, clone, environment) for command in commands]
                (PICTURES / f"{name}.svg").write_text(drawing(commands, screens[-1]), encoding="utf-8")
            draw_timeline(clone, {**environment, "CLOUD": "local"})
        finally:
            subprocess.run(["make", "cloud-stop"], cwd=clone, env=environment, check=False)


def draw_timeline(clone: Path, environment: Mapping[str, str]) -> None:
    """Build the stack of three images that the tutorial shows, and keep its timeline."""
    tutorial = (DOCS / "tutorial.md").read_text(encoding="utf-8")
    settings = re.findall(r"```yaml\n(.*?)```", tutorial, re.DOTALL)[0]
    (clone / "stacks" / "Pulumi.chain.yaml").write_text(settings, encoding="utf-8")
    for target in ("up", "timeline", "destroy"):
        subprocess.run(["make", target, "STACK=chain"], cwd=clone, env=environment, check=True)
    shutil.copyfile(clone / ".state" / "timeline-chain.svg", PICTURES / "timeline.svg")


def typed(command: str, folder: Path, environment: Mapping[str, str]) -> pyte.Screen:
    """Run a command in a new terminal, and return its screen when it has ended."""
    screen = pyte.Screen(COLUMNS, LINES)
    stream = pyte.ByteStream(screen)
    child, master = pty.fork()
    if child == 0:
        os.chdir(folder)
        sized = f"stty cols {COLUMNS} rows {LINES}; {command}"
        os.execvpe("sh", ["sh", "-c", sized], environment)  # noqa: S606 - a shell is what the tutorial's reader has
    while data := _read(master):
        stream.feed(data)
    os.close(master)
    os.waitpid(child, 0)
    return screen


def drawing(commands: list[str], screen: pyte.Screen) -> str:
    """Draw the commands behind a prompt, and the screen of the last one below them, as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    for command in commands:
        console.print(Text.assemble(("$ ", "bold green"), (command, "bold")))
    last = max((line for line in range(LINES) if screen.display[line].strip()), default=0)
    for line in range(last + 1):
        console.print(_line(screen, line), no_wrap=True, crop=True)
    return console.export_svg(title="hyperone-images", code_format=_SVG_WITHOUT_FONTS, unique_id="terminal")


def _line(screen: pyte.Screen, number: int) -> Text:
    cells = [screen.buffer[number][column] for column in range(len(screen.display[number].rstrip()))]
    runs = itertools.groupby(
        cells, lambda cell: Style(color=_colour(cell.fg), bold=cell.bold, underline=cell.underscore)
    )
    return Text.assemble(*(("".join(cell.data for cell in run), style) for style, run in runs))


def _colour(name: str) -> str | None:
    if name == "default":
        return None
    return _DRAWN.get(name) or (f"#{name}" if re.fullmatch("[0-9a-f]{6}", name) else name)


def _read(master: int) -> bytes:
    try:
        return os.read(master, 65536)
    except OSError:  # the other end was closed
        return b""
