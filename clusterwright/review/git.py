"""What a git repository holds at a revision, read by git itself without checking anything out."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from clusterwright.errors import ClusterwrightError
from clusterwright.spec.base import quoted

SECONDS = 60
"""How long git may take; it only reads what is on this disk."""
MAINS = ("origin/HEAD", "origin/main", "main", "origin/master", "master")
"""What a change is measured against, the first of them that there is."""
LINK, MODULE = "120000", "160000"
"""Modes of a tree's entries that are no files (https://git-scm.com/docs/git-fast-import#_filemodify)."""


@dataclass(frozen=True)
class Entry:
    """A file of a revision: its path from the top of the repository, and its object."""

    path: PurePosixPath
    mode: str
    object: str


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
        hint = "`git branch --all` lists branches; in CI, fetch it first: `git fetch origin REF`, or `fetch-depth: 0`"
        name = f"{ref}^{{commit}}"
        return self._text("rev-parse", "--verify", "--quiet", "--end-of-options", name, hint=hint, what=quoted(ref))

    def merge_base(self, head: str) -> str:
        """Where `head`, a commit, left the main branch. Raises ClusterwrightError where that is not known."""
        for main in MAINS:
            try:
                other = self.commit(main)
            except ClusterwrightError:
                continue
            hint = "name the base: `--base REF`; a shallow clone needs more history: `git fetch --unshallow`"
            return self._text("merge-base", other, head, hint=hint, what=f"nothing joins HEAD and {main}")
        raise ClusterwrightError(
            f"error: this repository has none of {', '.join(MAINS)}\n"
            "  why: a review compares with what was there before, by default with the main branch\n"
            "  hint: name the base: `--base REF`"
        )

    def files(self, commit: str, folder: PurePosixPath) -> list[Entry]:
        """All files below `folder`, a path from the top, at `commit`; none where there is no such folder."""
        listed = _git(self.top, "ls-tree", "-r", "-z", "--full-tree", commit, "--", f":(literal){folder}")
        entries: list[Entry] = []
        for line in filter(None, listed.split(b"\0")):
            about, _, path = line.partition(b"\t")
            mode, _, name = about.decode().split(" ")
            entries.append(Entry(PurePosixPath(path.decode(errors="surrogateescape")), mode, name))
        return entries

    def changed(self, commit: str, other: str | None) -> list[PurePosixPath]:
        """The files that differ between two commits; without `other` between one and the files as they lie here."""
        ends = (commit,) if other is None else (commit, other)
        listed = _git(self.top, "diff", "--name-only", "--no-renames", "--no-ext-diff", "-z", *ends, "--")
        return [PurePosixPath(name.decode(errors="surrogateescape")) for name in listed.split(b"\0") if name]

    def write(self, entries: list[Entry], folder: Path) -> None:
        """Writes the files below `folder` by their paths. Links are not followed: each becomes one that leads nowhere,
        so that who reads it says so; modules are left out."""
        wanted = [entry for entry in entries if entry.mode != MODULE]
        asked = "".join(f"{entry.object}\n" for entry in wanted).encode()
        answer = memoryview(_git(self.top, "cat-file", "--batch", given=asked)) if wanted else memoryview(b"")
        for entry in wanted:
            end = bytes(answer[:200]).index(b"\n")
            size = int(bytes(answer[:end]).split(b" ")[2])
            content, answer = answer[end + 1 : end + 1 + size], answer[end + 2 + size :]
            target = folder / entry.path
            target.parent.mkdir(parents=True, exist_ok=True)
            if entry.mode == LINK:
                target.symlink_to(target.name)
            else:
                target.write_bytes(content)

    def _text(self, *arguments: str, hint: str, what: str) -> str:
        return _git(self.top, *arguments, hint=hint, what=what).decode().strip()


def _git(folder: Path, *arguments: str, given: bytes = b"", hint: str = "", what: str = "") -> bytes:
    """What git prints. It asks nobody, fetches nothing, and changes nothing."""
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=folder,
            input=given,
            capture_output=True,
            timeout=SECONDS,
            check=False,
            env=os.environ | quiet,
        )
    except (FileNotFoundError, subprocess.TimeoutExpired) as error:
        why = "it is not installed" if isinstance(error, FileNotFoundError) else f"it took more than {SECONDS} s"
        raise ClusterwrightError(
            f"error: git can't be asked what the change is\n  why: {why}\n"
            "  hint: install git, or compare folders: `--base FOLDER --head FOLDER`"
        ) from error
    if done.returncode:
        said = (
            done.stderr.decode(errors="replace").strip().removeprefix("fatal: ") or f"it ended with {done.returncode}"
        )
        raise ClusterwrightError(
            f"error: git could not say what the change is{f': {what}' if what else ''}\n"
            f"  why: {said}\n"
            f"  hint: {hint or 'try it yourself: `git ' + arguments[0] + '`'}"
        )
    return done.stdout
