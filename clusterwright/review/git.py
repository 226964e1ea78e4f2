"""What a git repository holds at a revision, read by git itself without checking anything out."""

from __future__ import annotations

import io
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from clusterwright.errors import ClusterwrightError
from clusterwright.spec.base import quoted

FOLDERS = "compare folders: `--base FOLDER --head FOLDER`"
SECONDS = 60
"""How long git may take; it only reads what is on this disk."""
MAINS = ("origin/HEAD", "origin/main", "main", "origin/master", "master")
"""What a change is measured against, the first of them that there is."""
LINK, MODULE = "120000", "160000"
"""Modes of a tree's entries that are no files (https://git-scm.com/docs/git-fast-import#_filemodify)."""
ELSEWHERE = {"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"}
"""What a hook finds in its environment and would make git look elsewhere than in the folder that it is asked in
(https://git-scm.com/docs/githooks#_description)."""


@dataclass(frozen=True)
class Entry:
    """A file of a revision: its path from the top of the repository, its object, and how many bytes that has, which is
    None for a module, or where a clone has left the object out."""

    path: PurePosixPath
    mode: str
    object: str
    size: int | None


@dataclass(frozen=True)
class Repository:
    """A work tree's repository; `top` is the folder at its top."""

    top: Path

    @classmethod
    def around(cls, folder: Path) -> Repository:
        """The repository that `folder` is in. Raises ClusterwrightError where there is none, or no git."""
        found = _git(folder, "rev-parse", "--show-toplevel", hint="change into a clone, or give two folders")
        return cls(Path(found.removesuffix(b"\n").decode(errors="surrogateescape")))

    def commit(self, ref: str) -> str:
        """The commit that `ref` means. Raises ClusterwrightError for one that is not there."""
        found = self._text(
            *("rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}"),
            what=quoted(ref),
            why="this clone has no such revision",
            hint="`git branch --all` lists branches; in CI, fetch it: `git fetch origin REF`, or `fetch-depth: 0`",
        )
        if not re.fullmatch("[0-9a-f]+", found):  # ^main is all but main
            raise _refused(quoted(ref), "it is not one revision", "name a branch, a tag or a commit")
        return found

    def is_revision(self, name: str) -> bool:
        try:
            return bool(self.commit(name))
        except ClusterwrightError:
            return False

    def merge_base(self, head: str) -> str:
        """Where `head`, a commit, left the main branch. Raises ClusterwrightError where that is not known."""
        for main in MAINS:
            if not self.is_revision(main):
                continue
            return self._text(
                *("merge-base", self.commit(main), head),
                what="where it began",
                why=f"nothing in this clone joins it and {main}",
                hint="name the base: `--base REF`; if the clone is shallow it lacks history: `git fetch --unshallow`, "
                "in CI `fetch-depth: 0`",
            )
        raise ClusterwrightError(
            f"error: this repository has none of {', '.join(MAINS)}\n"
            "  why: a review compares with what was there before, by default with the main branch\n"
            "  hint: name the base: `--base REF`"
        )

    def is_merged(self, commit: str) -> bool:
        """Whether a commit is part of what is checked out here, or of the main branch."""
        known = [name for name in ("HEAD", *MAINS) if self.is_revision(name)]
        return not self._text("rev-list", "--max-count=1", commit, "--not", *known)

    def files(self, commit: str, folder: PurePosixPath) -> list[Entry]:
        """All files below `folder`, a path from the top, at `commit`; none where there is no such folder.

        Raises ClusterwrightError for a tree whose paths lead out of it, which git itself makes nowhere.
        """
        listed = _git(self.top, "ls-tree", "-r", "-l", "-z", "--full-tree", commit, "--", str(folder))
        entries: list[Entry] = []
        for line in filter(None, listed.split(b"\0")):
            about, _, name = line.partition(b"\t")
            mode, _, thing, size = about.decode().split()
            path = _path(name)
            if ".." in path.parts:
                raise _refused(quoted(path), "it leads out of the repository", "look at it: `git fsck`")
            entries.append(Entry(path, mode, thing, int(size) if size.isdigit() else None))
        return entries

    def changed(self, commit: str, other: str | None) -> list[PurePosixPath]:
        """The files that differ between two commits; without `other` between one and the files as they lie here."""
        ends = (commit,) if other is None else (commit, other)
        flags = ("--name-only", "--no-renames", "--no-ext-diff", "--ignore-submodules=dirty", "-z")
        return [_path(name) for name in _git(self.top, "diff", *flags, *ends, "--").split(b"\0") if name]

    def write(self, entries: list[Entry], folder: Path, most: int) -> None:
        """Writes the files below `folder` by their paths; modules are left out.

        Who reads them then says what could not be read: a link is not followed, but becomes one that leads nowhere, and
        zeros, one more than `most`, stand for a file of more than `most` bytes.
        """
        files = [entry for entry in entries if entry.mode != MODULE]
        small = [entry for entry in files if entry.mode != LINK and (entry.size or 0) <= most]
        contents = self._contents(small)
        for entry in files:
            target = folder / entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            if entry.mode == LINK:
                target.symlink_to(target.name)
            else:
                target.write_bytes(contents.get(entry.object, bytes(most + 1)))

    def _contents(self, entries: list[Entry]) -> dict[str, bytes]:
        """What is in the files, by their objects."""
        if not entries:
            return {}
        asked = "".join(f"{entry.object}\n" for entry in entries).encode()
        answer = io.BytesIO(_git(self.top, "cat-file", "--batch", given=asked))
        contents: dict[str, bytes] = {}
        for entry in entries:
            # "<object> blob <size>", the content, a newline, or "<object> missing"
            # (https://git-scm.com/docs/git-cat-file#_batch_output)
            found = answer.readline().split()
            if len(found) != 3:
                hint = "fetch it first: `git fetch --refetch --no-filter`; in CI, check out without `filter:`"
                raise _refused(quoted(entry.path), "this clone was made without its content", hint)
            contents[entry.object] = answer.read(int(found[2]))
            answer.read(1)
        return contents

    def _text(self, *arguments: str, what: str = "", why: str = "", hint: str = "") -> str:
        return _git(self.top, *arguments, what=what, why=why, hint=hint).decode().strip()


def _path(name: bytes) -> PurePosixPath:
    return PurePosixPath(name.decode(errors="surrogateescape"))


def _git(folder: Path, *arguments: str, given: bytes = b"", what: str = "", why: str = "", hint: str = "") -> bytes:
    """What git prints. It asks nobody, fetches nothing, and changes nothing.

    Raises ClusterwrightError where it fails, which says `what` was asked, `why` if git doesn't, and `hint`.
    """
    quiet = {
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_NO_LAZY_FETCH": "1",
        "GIT_LITERAL_PATHSPECS": "1",
        "LC_ALL": "C",
    }
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            input=given,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env={name: value for name, value in os.environ.items() if name not in ELSEWHERE} | quiet,
        )
    except subprocess.TimeoutExpired as error:
        raise _refused(what, f"it took more than {SECONDS} s", FOLDERS) from error
    except OSError as error:
        missing = isinstance(error, FileNotFoundError)
        why = "it is not installed" if missing else f"it can't be run: {error.strerror}"
        raise _refused(what, why, f"install git, or {FOLDERS}") from error
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split()).removeprefix("fatal: ")
        why = said or why or f"it ended with {done.returncode}"
        raise _refused(what, why, hint or f"try it yourself: `git {arguments[0]}`")
    return done.stdout


def _refused(what: str, why: str, hint: str) -> ClusterwrightError:
    asked = f": {what}" if what else ""
    return ClusterwrightError(f"error: git could not say what the change is{asked}\n  why: {why}\n  hint: {hint}")
