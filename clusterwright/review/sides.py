"""The two sides of a change, as folders of specs: a revision of git, a folder, or one file."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from clusterwright.errors import ClusterwrightError
from clusterwright.review.git import Repository
from clusterwright.spec.base import BASE_FILE, printable, quoted
from clusterwright.spec.findings import Finding, Location
from clusterwright.spec.load import MOST_BYTES, specs_in

STACKS = "stacks"
HERE = "."
"""What the files are called that a reader has before them."""


@dataclass(frozen=True)
class Side:
    """A side: `name` is what its reader calls it, `folder` holds its specs, and `root` is the folder that the paths
    which are shown start from. `commit` is its revision, None for files as they lie there."""

    name: str
    folder: Path
    root: Path
    only: str | None = None
    commit: str | None = None

    def specs(self) -> dict[str, Path]:
        """The specs by the names of their stacks."""
        files = specs_in(self.folder) if self.folder.is_dir() else []
        return {file.stem: file for file in files if self.only in (None, file.name)}

    def shown(self, path: Path | str) -> str:
        """A path as people of the repository know it."""
        return printable(str(path).removeprefix(f"{self.root}/"))

    def told(self, finding: Finding) -> Finding:
        """A finding with the paths that people know, and nothing in it that a terminal would obey."""
        prefix = f"{self.root}/"
        where = finding.location and replace(finding.location, file=self.shown(finding.location.file))
        texts = finding.what, finding.why, finding.hint
        what, why, hint = (printable(text.replace(prefix, "")) for text in texts)
        return replace(finding, location=where, what=what, why=why, hint=hint)


@contextmanager
def sides(base: str | None, head: str | None, project: Path) -> Iterator[tuple[Side, Side]]:
    """Both sides of a change to `project`. Without `base` it is where HEAD left the main branch, without `head` the
    files as they are. Revisions are written to a temporary folder, which is gone afterwards.

    Raises ClusterwrightError for what is neither a path nor a revision, and for what is both.
    """
    project = project.resolve()  # as git shows the repository around it
    with TemporaryDirectory(prefix="clusterwright-review-") as scratch:
        after = _side(head, project, Path(scratch) / "head")
        before = _base(base, after, project, Path(scratch) / "base")
        if before.only and after.only:  # one file against another is one stack, whatever each is called
            before = _called(before, after.only, Path(scratch) / "one")
        only = before.only or after.only  # the other side has more stacks, of which nothing is asked
        yield replace(before, only=only), replace(after, only=only)


def _base(name: str | None, after: Side, project: Path, scratch: Path) -> Side:
    if name is not None:
        return _side(name, project, scratch)
    repository = Repository.around(project)
    commit = repository.merge_base(after.commit or repository.commit("HEAD"))
    return _revision(commit[:12], commit, repository, project, scratch)


def _side(name: str | None, project: Path, scratch: Path) -> Side:
    repository = _repository(project)
    if name is None:
        return Side(HERE, _own(project / STACKS), repository.top if repository else project)
    path, shown = Path(name), printable(name)
    if not name or not path.exists():
        repository = repository or Repository.around(project)
        return _revision(shown, repository.commit(name), repository, project, scratch)
    if name == str(path) and repository and repository.is_revision(name):
        raise ClusterwrightError(
            f"error: {quoted(name)} is a revision, and there is a path of that name\n"
            "  why: a side of a review is either of them\n"
            f"  hint: write ./{shown} for the path; for a branch refs/heads/{shown}"
        )
    if path.is_file() and path.suffix == ".yaml":
        return Side(shown, path.parent, path.parent, only=path.name)
    if not path.is_dir():
        raise ClusterwrightError(
            f"error: {quoted(name)} is neither a folder nor a spec\n"
            "  why: a side of a review is a revision of git, a folder with specs, or the file of a spec\n"
            "  hint: specs are files called NAME.yaml"
        )
    inner = _own(path / STACKS)
    return Side(shown, inner if inner.is_dir() else path, path)


def _own(folder: Path) -> Path:
    """The folder, if it is none that a change could let lead to any other. Raises ClusterwrightError for a link."""
    if folder.is_symlink():
        raise ClusterwrightError(
            f"error: {quoted(folder)} is a link, and a review follows none\n"
            "  why: a change could let it lead to any folder of the computer that reviews it\n"
            f"  hint: make {STACKS} a folder of the repository, or name the folder that you mean: `--head FOLDER`"
        )
    return folder


def _repository(project: Path) -> Repository | None:
    try:
        return Repository.around(project)
    except ClusterwrightError:  # paths are then shown from the project's folder
        return None


def _revision(name: str, commit: str, repository: Repository, project: Path, scratch: Path) -> Side:
    stacks = PurePosixPath(project.relative_to(repository.top).as_posix()) / STACKS
    entries = [entry for entry in repository.files(commit, stacks) if entry.path.parent == stacks]
    repository.write([entry for entry in entries if entry.path.suffix == ".yaml"], scratch, MOST_BYTES)
    return Side(name, scratch / stacks, scratch, commit=commit)


def _called(side: Side, name: str, folder: Path) -> Side:
    """The side of one file with a copy of its folder's specs in which that file has another name."""
    if side.only == name:
        return side
    folder.mkdir()
    old, new = Path(side.only or "").stem, Path(name).stem
    copies = {file: file.name for file in named(side.folder / (side.only or ""))}
    copies |= {side.folder / f"{old}{suffix}": f"{new}{suffix}" for suffix in (".yaml", ".lock.yaml")}
    for file, other in copies.items():
        if file.is_symlink() or file.is_file():
            shutil.copyfile(file, folder / other, follow_symlinks=False)
    return Side(side.name, folder, folder, only=name)


def named(path: Path) -> list[Path]:
    """The files beside a spec that it may build on: those whose names its text has, all where an escape could spell a
    name. Of a link nothing is read, nor of what is no file."""
    if path.is_symlink() or not path.is_file():
        return []
    with path.open("rb") as file:
        text = file.read(MOST_BYTES + 1)
    if b"\\" in text:
        return sorted(one for one in path.parent.glob("*.yaml") if one != path)
    names = {word.decode() for word in re.findall(rb"[A-Za-z0-9._-]+", text) if word.endswith(b".yaml")}
    bases = (path.with_name(name) for name in names if BASE_FILE.fullmatch(name) and len(name) < 256)
    return sorted(one for one in bases if one != path and os.path.lexists(one))


def link(path: Path) -> Finding | None:
    """That a spec is a link, which is not followed: a change could let it lead to any file of who reviews it."""
    if not path.is_symlink():
        return None
    return Finding(
        code="CW-SPEC-001",
        what="this is a link, and a review follows none",
        why="a change could let it lead to any file of the computer that reviews it",
        hint="commit the file itself; what several specs share goes into a base: `extends: _base.yaml`",
        location=Location(str(path)),
        readable=False,
    )
