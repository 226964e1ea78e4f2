"""Text that others wrote, as Markdown of GitHub and GitLab that says just that: never markup, and it calls nobody."""

from __future__ import annotations

import re

from clusterwright.spec.base import printable

SPACE = "&#8203;"
"""A space of no width. What GitHub and GitLab look for in text that is rendered already, such as @name, no backslash
hides from them; this does (Renovate, lib/util/markdown.ts)."""

_MARKUP = {ord(character): f"\\{character}" for character in "\\`*_{}[]|~#"}
_HTML = {ord("&"): "&amp;", ord("<"): "&lt;", ord(">"): "&gt;", ord("$"): "&#36;"}
_CALLS = re.compile(r"(?:[@#!$%&~^:]|www\.|gh-)(?=[^\s),.;])", re.IGNORECASE)
"""What begins a mention, a reference, an address, an emoji or a formula
(https://docs.gitlab.com/user/markdown/#gitlab-specific-references,
https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/autolinked-references-and-urls)."""
_BLOCK = re.compile(r"^(\d*)([-+=.)])(?=[-+=\s]|$)")
"""What begins a list or a heading where it is first on its line."""


def prose(text: str, most: int = 400) -> str:
    """`text` on one line, at most `most` characters of it; what stands between backticks is code."""
    pieces = re.split(r"`([^`]+)`", _shortened(text, most))
    return "".join(code(piece) if index % 2 else _plain(piece) for index, piece in enumerate(pieces))


def code(text: str, most: int = 200) -> str:
    """`text` as code on one line, at most `most` characters of it; where no backtick can hold it, as references."""
    shown = _shortened(text, most)
    if shown and not re.search(r"[`|\\$]", shown):
        return f"`{shown}`"
    return f"<code>{''.join(c if c.isalnum() or c == ' ' else f'&#{ord(c)};' for c in shown)}</code>"


def fenced(text: str, language: str) -> str:
    """A block of code that nothing in `text` ends."""
    lines = "\n".join(printable(line) for line in text.strip("\n").splitlines())
    longest = max((len(run) for run in re.findall(r"`+", lines)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{language}\n{lines}\n{fence}"


def _shortened(text: str, most: int) -> str:
    shown = printable(" ".join(text.split())[: most + 1])
    return shown if len(shown) <= most else f"{shown[:most]}…"


def _plain(text: str) -> str:
    parts: list[str] = []
    start = 0
    for call in _CALLS.finditer(text):
        parts += [text[start : call.end()].translate(_HTML | _MARKUP), SPACE]
        start = call.end()
    plain = "".join(parts) + text[start:].translate(_HTML | _MARKUP)
    return _BLOCK.sub(r"\1\\\2", plain)
