"""A picture of what was built when: one row for each image, one bar for each phase, as SVG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

from tools.stack import summary

COLOURS = ("#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#b07aa1", "#edc948", "#9c755f", "#bab0ac")
WIDTH, MARGIN, ROW, BAR, PANEL = 1000, 20, 26, 18, 60
LETTER = 7
"""Width of a letter in the picture, about."""
IDLE = 60.0
"""Seconds without any work after which what follows is another run, drawn in a panel of its own."""
_STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600)


@dataclass(frozen=True)
class Bar:
    """One phase of one image; `start` in Unix seconds."""

    image: str
    phase: str
    start: float
    seconds: float
    calls: int

    @property
    def end(self) -> float:
        """When it was over, in Unix seconds."""
        return self.start + self.seconds


def bars(outputs: Mapping[str, Any]) -> list[Bar]:
    """The recorded phases of all images in a stack's outputs, in the order in which they began."""
    found = [
        Bar(image.name, phase, _unix(times["started_at"]), float(times["seconds"] or 0), int(times["api_calls"] or 0))
        for image in summary.images(outputs)
        for phase, times in image.phases.items()
        if times.get("started_at")
    ]
    return sorted(found, key=lambda bar: bar.start)


def runs(all_bars: Sequence[Bar]) -> list[list[Bar]]:
    """The bars of each run: images of one stack may have been built on different days."""
    groups: list[list[Bar]] = []
    end = 0.0
    for bar in all_bars:
        if not groups or bar.start - end > IDLE:
            groups.append([])
        groups[-1].append(bar)
        end = max(end, bar.end)
    return groups


def svg(stack: str, outputs: Mapping[str, Any]) -> str:
    """Return the picture as an SVG document; with no recorded phases it says so."""
    all_bars = bars(outputs)
    phases = list(dict.fromkeys(bar.phase for bar in all_bars))
    colours = {phase: COLOURS[index % len(COLOURS)] for index, phase in enumerate(phases)}
    label = max((len(bar.image) for bar in all_bars), default=0) * 8 + 2 * MARGIN
    parts, top = [_legend(colours)], 70
    for group in runs(all_bars):
        parts.append(_panel(group, colours, top, label))
        top += PANEL + ROW * len(_rows(group))
    if not all_bars:
        parts.append(_text(MARGIN, top, "Nothing was built yet."))
    title = f"<title>Builds of {escape(stack)}</title>" + _text(MARGIN, 28, f"Builds of {stack}", 'font-size="18"')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {top + MARGIN}" '
        'font-family="sans-serif" font-size="12" fill="#222">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{title}\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _panel(group: Sequence[Bar], colours: Mapping[str, str], top: float, label: float) -> str:
    start = min(bar.start for bar in group)
    length = max(max(bar.end for bar in group) - start, 0.1)
    scale = (WIDTH - MARGIN - label) / length
    rows = _rows(group)
    bottom = top + 25 + ROW * len(rows)
    when = datetime.fromtimestamp(start).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    parts = [_text(MARGIN, top + 8, f"{when}, {length:.1f} s", 'font-weight="bold"')]
    step = next((step for step in _STEPS if length / step <= 10), 7200)
    for tick in range(int(length / step) + 1):
        x = label + tick * step * scale
        parts.append(f'<line x1="{x:.1f}" y1="{top + 18}" x2="{x:.1f}" y2="{bottom}" stroke="#ddd"/>')
        parts.append(_text(x, bottom + 14, f"{tick * step:g} s", 'text-anchor="middle" fill="#777"'))
    for index, image in enumerate(rows):
        y = top + 22 + ROW * index
        parts.append(_text(MARGIN, y + 13, image))
        parts += [
            _bar(bar, label + (bar.start - start) * scale, y, scale, colours) for bar in group if bar.image == image
        ]
    return "\n".join(parts)


def _bar(bar: Bar, x: float, y: float, scale: float, colours: Mapping[str, str]) -> str:
    """The bar, what it is as a tooltip, and its time written on it where there is room."""
    width = max(bar.seconds * scale, 1)
    about = f"{bar.image}: {bar.phase}, {bar.seconds:.1f} s, {bar.calls} API calls"
    drawn = (
        f'<rect x="{x:.1f}" y="{y}" height="{BAR}" width="{width:.1f}" fill="{colours[bar.phase]}">'
        f"<title>{escape(about)}</title></rect>"
    )
    time = f"{bar.seconds:.{0 if bar.seconds >= 10 else 1}f} s"
    if width < LETTER * (len(time) + 1):
        return drawn
    return drawn + _text(x + width / 2, y + 13, time, 'text-anchor="middle"')


def _rows(group: Sequence[Bar]) -> list[str]:
    return list(dict.fromkeys(bar.image for bar in group))


def _legend(colours: Mapping[str, str]) -> str:
    parts, x = [], float(MARGIN)
    for phase, colour in colours.items():
        parts.append(f'<rect x="{x}" y="42" width="12" height="12" fill="{colour}"/>' + _text(x + 17, 52, phase))
        x += 40 + LETTER * len(phase)
    return "\n".join(parts)


def _text(x: float, y: float, text: str, attributes: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {attributes}>{escape(text)}</text>'


def _unix(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()
