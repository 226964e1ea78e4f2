"""The files of this installation that go into a bundle."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from clusterwright.bootstrap.templating import Templates

ROOT = Path(__file__).resolve().parents[2]


def copied(templates: Templates, below: str, folders: Iterable[str], values: Mapping[str, object]) -> dict[str, bytes]:
    """The files of `folders` below templates/`below`: those that end with .j2 rendered with `values`."""
    root = ROOT / "templates" / below
    files = {}
    for path in sorted(path for part in folders for path in (root / part).iterdir() if path.is_file()):
        name = path.relative_to(root).as_posix()
        if name.endswith(".j2"):
            files[name.removesuffix(".j2")] = templates.render(name, values).encode()
        else:
            files[name] = path.read_bytes()
    return files


def library(*packages: str) -> dict[str, bytes]:
    """The Python packages of that path below lib/, in an own, empty package `clusterwright`.

    The real one would pull in what nodes do not have.
    """
    files = {"lib/clusterwright/__init__.py": b""}
    for package in packages:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix in (".py", ".json") and path.is_file():
                files[f"lib/{path.relative_to(ROOT).as_posix()}"] = path.read_bytes()
    return files
