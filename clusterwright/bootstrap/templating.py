"""Jinja2 for shell scripts: a value that is not quoted for the shell does not render."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path

import jinja2


class Quoted(str):
    """Text that the shell reads as one literal word."""


def quote(value: object) -> Quoted:
    """The filter `sh`: `value` as one word of the shell.

    Raises ValueError for a NUL, which no shell can hold; UndefinedError for a name that the template does not get.
    """
    text = str(value)
    if "\0" in text:
        raise ValueError(f"{text!r} holds a NUL character, which cannot be passed to a program")
    return Quoted(shlex.quote(text))


def _require_quoted(value: object) -> Quoted:
    if not isinstance(value, Quoted):
        raise TypeError(f"a template writes {value!r} into a script without the filter `sh`")
    return value


class Templates:
    """The *.j2 files below a folder. Values go through `{{ name | sh }}`, or rendering fails."""

    def __init__(self, folder: Path) -> None:
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            undefined=jinja2.StrictUndefined,
            finalize=_require_quoted,
            autoescape=False,  # noqa: S701 - these are shell scripts, and `finalize` is stricter
            keep_trailing_newline=True,
        )
        self._environment.filters["sh"] = quote

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """The text of template `name`."""
        return self._environment.get_template(name).render(values)
