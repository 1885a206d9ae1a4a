"""A picture of what was built when: one row for each image, one bar for each phase, as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Any

from pulumi_hyperone.command.report.state import Built
from pulumi_hyperone.provider.foundation.outside_text import clean

COLOURS = ("#4e79a7", "#f28e2b", "#59a14f", "#e15759", "#76b7b2", "#b07aa1", "#edc948", "#9c755f", "#bab0ac")
WIDTH, MARGIN, ROW, BAR, PANEL = 1000, 20, 26, 18, 60
LETTER = 7
"""Width of a letter in the picture, about."""
IDLE = 60.0
"""Seconds without any work after which what follows is another run, drawn in a panel of its own."""
LONGEST = 30 * 86400.0
"""Seconds that no phase takes: a state that has more was written by hand, and its picture would not end."""
LAST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()
"""Unix seconds that nothing begins at or after: times beyond cannot be written."""
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


def bars(images: Sequence[Built]) -> list[Bar]:
    """The recorded phases of images, in the order in which they began."""
    found = [
        bar for image in images for phase, times in image.phases.items() for bar in _bars(image.name, phase, times)
    ]
    return sorted(found, key=lambda bar: bar.start)


def _bars(image: str, phase: str, times: Mapping[str, Any]) -> Iterator[Bar]:
    try:
        start = datetime.fromisoformat(times["started_at"]).timestamp()
        bar = Bar(image, phase, start, float(times["seconds"] or 0), int(times["api_calls"] or 0))
    except (KeyError, ValueError, TypeError, OverflowError):
        return
    if 0 <= bar.seconds < LONGEST and 0 <= bar.start < LAST:
        yield bar


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


def svg(stack: str, images: Sequence[Built]) -> str:
    """Return the picture as an SVG document, with arrows to what starts from an image; without phases it says so."""
    all_bars = bars(images)
    bases = {image.name: image.base for image in images if image.base}
    phases = list(dict.fromkeys(bar.phase for bar in all_bars))
    colours = {phase: COLOURS[index % len(COLOURS)] for index, phase in enumerate(phases)}
    label = max((len(bar.image) for bar in all_bars), default=0) * 8 + 2 * MARGIN
    parts, top = [_legend(colours)], 70
    for group in runs(all_bars):
        parts.append(_panel(group, colours, top, label, bases))
        top += PANEL + ROW * len(_rows(group))
    if not all_bars:
        parts.append(_text(MARGIN, top, "Nothing was built yet."))
    title = f"<title>Builds of {_escaped(stack)}</title>" + _text(MARGIN, 28, f"Builds of {stack}", 'font-size="18"')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="0 0 {WIDTH} {top + MARGIN}" '
        'font-family="sans-serif" font-size="12" fill="#222">\n'
        f'<rect width="100%" height="100%" fill="#fff"/>\n{title}\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _panel(group: Sequence[Bar], colours: Mapping[str, str], top: float, label: float, bases: Mapping[str, str]) -> str:
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
        if (base := bases.get(image)) in rows:
            ended = label + (max(bar.end for bar in group if bar.image == base) - start) * scale
            began = label + (min(bar.start for bar in group if bar.image == image) - start) * scale
            parts.append(
                _arrow(ended, top + 22 + ROW * rows.index(base) + BAR, began, y, f"{image} starts from {base}")
            )
    return "\n".join(parts)


def _arrow(from_x: float, from_y: float, to_x: float, to_y: float, about: str) -> str:
    """A line from the end of one row to the beginning of another below it."""
    head = f"M{to_x - 3.5:.1f},{to_y - 6:.1f} h7 l-3.5,6 z"
    line = f"M{from_x:.1f},{from_y:.1f} V{(to_y + from_y) / 2:.1f} H{to_x:.1f} V{to_y - 5:.1f}"
    return (
        f'<g class="arrow" stroke="#555" fill="none"><title>{_escaped(about)}</title>'
        f'<path d="{line}"/><path d="{head}" fill="#555"/></g>'
    )


def _bar(bar: Bar, x: float, y: float, scale: float, colours: Mapping[str, str]) -> str:
    """The bar, what it is as a tooltip, and its time written on it where there is room."""
    width = max(bar.seconds * scale, 1)
    about = f"{bar.image}: {bar.phase}, {bar.seconds:.1f} s, {bar.calls} API calls"
    drawn = (
        f'<rect x="{x:.1f}" y="{y}" height="{BAR}" width="{width:.1f}" fill="{colours[bar.phase]}">'
        f"<title>{_escaped(about)}</title></rect>"
    )
    time = f"{bar.seconds:.{0 if bar.seconds >= 10 else 1}f} s"
    if width < LETTER * (len(time) + 1):
        return drawn
    return drawn + _text(x + width / 2, y + 13, time, 'class="time" text-anchor="middle"')


def _rows(group: Sequence[Bar]) -> list[str]:
    return list(dict.fromkeys(bar.image for bar in group))


def _legend(colours: Mapping[str, str]) -> str:
    parts, x = [], float(MARGIN)
    for phase, colour in colours.items():
        parts.append(f'<rect x="{x}" y="42" width="12" height="12" fill="{colour}"/>' + _text(x + 17, 52, phase))
        x += 40 + LETTER * len(phase)
    return "\n".join(parts)


def _text(x: float, y: float, text: str, attributes: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" {attributes}>{_escaped(text)}</text>'


def _escaped(text: str) -> str:
    """Text for SVG, which holds no control characters; what is not seen is written out, as on the page."""
    return escape(clean(text))
