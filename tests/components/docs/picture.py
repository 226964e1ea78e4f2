"""Pictures of clusters in a cloud as their resource graphs have them, drawn by what stands inside what.

The network holds its subnets, and a subnet what stands in it; all else is beside or below the network, under the part
of the cluster that it belongs to. Colours follow the reader's light or dark.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape
from typing import Any

Node = Mapping[str, Any]
Line = tuple[str, bool]
"""A line's text, and whether it is of something that is kept."""

STYLE = """\
<style>
:root { --ink: #1f2328; --line: #8c959f; --box: #f6f8fa; --page: #ffffff; --kept: #2159d3; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --line: #6e7681; --box: #1b2028; --page: #0d1117; --kept: #7aa7ff; }
}
text { font-family: system-ui, -apple-system, "Segoe UI", sans-serif; font-size: 12px; fill: var(--ink); }
.title { font-weight: 600; } .kept { fill: var(--kept); }
rect { fill: var(--box); stroke: var(--line); rx: 6px; } .outer { fill: var(--page); }
.net { stroke-dasharray: 5 4; }
</style>"""
PANELS = ("Network", "Storage", "Identity", "Compute", "Observability")
WIDTH, INNER, SIDE, LINE, PAD = 940, 560, 330, 17, 12
WIDE, NARROW = 82, 46
"""Characters of a line in the boxes of either column."""


def drawn(network: str, boxes: Sequence[tuple[str, Sequence[Line]]], panels: Mapping[str, Sequence[Line]]) -> str:
    """The whole SVG: the network's name, its subnets with what is in each, and what each of PANELS has besides."""
    rest = dict(panels)
    left: list[str] = []
    y = 32
    for text, _ in rest.pop("Network"):
        y += LINE
        left.append(f'<text x="24" y="{y}">{escape(text)}</text>')
    y += PAD
    for title, lines in boxes:
        left += _box(24, y, INNER - 18, title, lines, WIDE)
        y += _tall(lines, WIDE) + PAD
    frame = [
        f'<rect class="outer net" x="10" y="10" width="{INNER + 10}" height="{y - 10}"/>',
        f'<text class="title" x="24" y="32">network {escape(network)}</text>',
    ]
    y += PAD
    lines = rest.pop("Compute")
    left += _box(10, y, INNER + 10, "compute", lines, WIDE)
    bottom = y + _tall(lines, WIDE)

    right: list[str] = []
    y = 10
    for panel, lines in rest.items():
        right += _box(INNER + 40, y, SIDE, panel.lower(), lines, NARROW)
        y += _tall(lines, NARROW) + PAD
    inner = "\n".join([*frame, *left, *right])
    size = f"0 0 {WIDTH} {max(bottom, y) + 4}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" role="img" viewBox="{size}">{STYLE}\n{inner}\n</svg>\n'


def lines_of(inside: Sequence[Node], nouns: Mapping[str, str], detail: Callable[[Node], str]) -> list[Line]:
    """A line for each kind of thing, with its number and what is known of each, and whether it is kept."""
    kinds = Counter((node["type"], node["retain"]) for node in inside)
    lines = []
    for (kind, kept), number in sorted(kinds.items(), key=lambda item: nouns[item[0][0]]):
        details = [detail(node) for node in inside if (node["type"], node["retain"]) == (kind, kept)]
        said = "; ".join(sorted(filter(None, details)))
        lines.append(
            (f"{nouns[kind] if number == 1 else f'{number} x {nouns[kind]}'}{': ' + said if said else ''}", kept)
        )
    return lines


def texts(value: Any) -> Iterator[str]:
    """Every text that inputs hold, at any depth."""
    match value:
        case str():
            yield value
        case Mapping():
            for one in value.values():
                yield from texts(one)
        case list():
            for one in value:
                yield from texts(one)


def _tall(lines: Sequence[tuple[str, bool]], characters: int) -> int:
    return 2 * PAD + LINE * (len(_wrapped(lines, characters)) + 1) - 4


def _wrapped(lines: Sequence[tuple[str, bool]], width: int) -> list[tuple[str, bool]]:
    """Lines no longer than `width` characters; what follows a break is moved in."""
    found = []
    for text, kept in lines:
        text += "  (kept)" if kept else ""
        while len(text) > width:
            place = text.rfind(" ", 0, width)
            found.append((text[:place], kept))
            text = "    " + text[place + 1 :]
        found.append((text, kept))
    return found


def _box(x: int, y: int, width: int, title: str, lines: Sequence[tuple[str, bool]], characters: int) -> list[str]:
    drawn = [
        f'<rect x="{x}" y="{y}" width="{width}" height="{_tall(lines, characters)}"/>',
        f'<text class="title" x="{x + PAD}" y="{y + 20}">{escape(title)}</text>',
    ]
    for number, (text, kept) in enumerate(_wrapped(lines, characters), 1):
        shift = 12 if text.startswith("    ") else 0
        kind = ' class="kept"' if kept else ""
        drawn.append(f'<text{kind} x="{x + PAD + shift}" y="{y + 20 + LINE * number}">{escape(text.strip())}</text>')
    return drawn
