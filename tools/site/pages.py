"""The pages of the site: those of docs/, and those that stand elsewhere in the repository under a name of their own."""

import hashlib
import re
import shutil
from pathlib import Path

from tools.stack.paths import ROOT

DOCS = ROOT / "docs"
ELSEWHERE = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "examples/README.md": "examples.md",
}
"""Pages outside docs/, and what they are called on the site."""
DIAGRAM = re.compile(r"^```mermaid\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"`[^`\n]+`")
_LINK = re.compile(r"\[([^\]]+)\]\((?!https?:|#)([^)#\s]+)(#[^)\s]*)?\)")


def stage(target: Path) -> None:
    """Fill the folder `target` with the site's settings and pages, whose links then lead from page to page."""
    shutil.rmtree(target, ignore_errors=True)
    pages = target / "pages"
    shutil.copytree(DOCS, pages, ignore=shutil.ignore_patterns("*.toml"))
    settings = (DOCS / "zensical.toml").read_text(encoding="utf-8")
    (target / "zensical.toml").write_text(settings.replace("@ROOT@", str(ROOT)), encoding="utf-8")
    for source in [*DOCS.glob("*.md"), *(ROOT / page for page in ELSEWHERE)]:
        text = with_plain_bars(with_links_of_the_site(source))
        (pages / _name(source)).write_text(with_drawings(source.stem, text), encoding="utf-8")


def with_links_of_the_site(page: Path) -> str:
    """Return a page whose links to other pages lead there on the site; those to code are left out, their text stays."""

    def lead(link: re.Match[str]) -> str:
        text, path, anchor = link.groups()
        aim = (page.parent / path).resolve()
        if aim.suffix == ".md" and (aim.parent == DOCS or _relative(aim) in ELSEWHERE):
            return f"[{text}]({_name(aim)}{anchor or ''})"
        return f"[{text}]({aim.relative_to(DOCS)})" if aim.is_relative_to(DOCS) else text

    return _LINK.sub(lead, page.read_text(encoding="utf-8"))


def with_plain_bars(text: str) -> str:
    r"""Return the text of a page whose code in tables has `|` for the `\|` that GitHub needs."""
    return _CODE.sub(lambda code: code[0].replace("\\|", "|"), text)


def with_drawings(page: str, text: str) -> str:
    """Return the text of a page with its diagrams as pictures, which `make docs-captures` draws."""
    return DIAGRAM.sub(lambda one: f"![diagram](captures/{diagram_name(page, one[1])})", text)


def diagram_name(page: str, text: str) -> str:
    """Return the file name of the drawing of a diagram."""
    return f"diagram-{page}-{hashlib.sha256(text.encode()).hexdigest()[:8]}.svg"


def _name(page: Path) -> str:
    return ELSEWHERE.get(_relative(page), page.name)


def _relative(page: Path) -> str:
    return page.relative_to(ROOT).as_posix() if page.is_relative_to(ROOT) else ""
