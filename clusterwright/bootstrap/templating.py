"""Jinja2 for what machines read: a value that was not made safe for the language of its file does not render.

Each language has its own filters. The shell quotes anything; the others have no quoting that all their readers agree
on, so a value is either made of characters that mean nothing there, or refused.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path

import jinja2


class Quoted(str):
    """Text that stands in its file as the value that it is, and as nothing else."""


Filters = Mapping[str, Callable[..., Quoted]]


def quote(value: object) -> Quoted:
    """The filter `sh`: `value` as one word of the shell.

    Raises ValueError for a NUL, which no shell can hold; UndefinedError for a name that the template does not get.
    """
    text = str(value)
    if "\0" in text:
        raise ValueError(f"{text!r} holds a NUL character, which cannot be passed to a program")
    return Quoted(shlex.quote(text))


def plain(value: object) -> Quoted:
    """The filter `plain`: a value of systemd's EnvironmentFile, which shells read alike.

    Letters and digits of ASCII and `._/:?=@+-`: no quotes, spaces, `#`, `$`, `\\` or `%`, which one reader or another
    takes for more than they are (https://www.freedesktop.org/software/systemd/man/latest/systemd.exec.html).
    Raises ValueError for any other value, and for an empty one.
    """
    return _of(r"[A-Za-z0-9._/:?=@+-]+", value, "an environment file")


def word(value: object) -> Quoted:
    """The filter `word`: a value in a configuration of Slurm's, whose lines are `Name=value Name=value # comment`.

    Letters and digits of ASCII and `._/:,[]-`: what names, hostlists, paths and sizes are made of, and neither space,
    `=`, `#`, `\\` nor quotes (https://slurm.schedmd.com/slurm.conf.html). Raises ValueError for any other value.
    """
    return _of(r"[A-Za-z0-9._/:,\[\]-]+", value, "a configuration of Slurm's")


def block(text: object, indent: int) -> Quoted:
    """The filter `block(n)`: the lines of a file as a literal block of YAML (`|`), `n` spaces in.

    Raises ValueError for a text that such a block would not give back: one that is not printable ASCII, begins with a
    space or an empty line, or does not end with exactly one line break (https://yaml.org/spec/1.2.2/#literal-style).
    """
    lines = str(text).split("\n")
    if not re.fullmatch(r"[!-~][ -~]*(\n([!-~ ][ -~]*)?)*[!-~]\n", str(text)):
        raise ValueError("a text cannot be a literal block of YAML: it is not plain text that ends with one line break")
    return Quoted("\n".join(" " * indent + line if line else "" for line in lines[:-1]))


def _of(pattern: str, value: object, place: str) -> Quoted:
    text = str(value)
    if not re.fullmatch(pattern, text):
        raise ValueError(f"{text!r} cannot stand in {place}: it holds characters that mean something there")
    return Quoted(text)


SHELL: Filters = {"sh": quote}
SLURM: Filters = {"word": word}
CLOUD_CONFIG: Filters = {"plain": plain, "block": block}


class Templates:
    """The *.j2 files below a folder. Values go through a filter of their file's language, or rendering fails."""

    def __init__(self, folder: Path, filters: Filters = SHELL) -> None:
        self._names = " or ".join(f"`{name}`" for name in filters)
        self._environment = jinja2.Environment(
            loader=jinja2.FileSystemLoader(folder),
            undefined=jinja2.StrictUndefined,
            finalize=self._require_quoted,
            autoescape=False,  # noqa: S701 - these are no pages, and `finalize` is stricter
            keep_trailing_newline=True,
        )
        self._environment.filters.update(filters)

    def render(self, name: str, values: Mapping[str, object]) -> str:
        """The text of template `name`."""
        return self._environment.get_template(name).render(values)

    def _require_quoted(self, value: object) -> Quoted:
        if not isinstance(value, Quoted):
            raise TypeError(f"a template writes {value!r} into a file without the filter {self._names}")
        return value
