"""What of a folder is sent, and what is refused."""

from __future__ import annotations

import io
import os
import socket
import tarfile
import time
from pathlib import Path

import pytest

from clusterwright.bootstrap import source
from clusterwright.bootstrap.source import Source
from clusterwright.errors import ClusterwrightError

LIMIT = 2**20


def pack_source(folder: Path) -> Source:
    return source.pack_source(folder, LIMIT)


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    for name, text in {"train.py": "print(1)\n", "lib/model.py": "x = 1\n", "go.sh": "true\n"}.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def members(data: bytes) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        return {member.name: member for member in archive}


def test_the_same_files_are_the_same_bytes_whenever_and_whoever(code: Path) -> None:
    first, later = pack_source(code), time.time() + 1000
    for path in code.rglob("*"):
        os.utime(path, (later, later))
    os.chmod(code / "train.py", 0o600)
    assert pack_source(code) == first
    (code / "train.py").write_text("print(2)\n")
    assert pack_source(code).data != first.data
    assert pack_source(code).digest != first.digest


def test_who_packs_with_another_compressor_sends_the_same_code(code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pack_source(code)
    monkeypatch.setattr(source, "pack", lambda files: b"packed otherwise")
    assert pack_source(code) == Source(b"packed otherwise", first.digest)


def test_all_files_are_sent_but_those_of_tools(code: Path) -> None:
    for name in (".git/HEAD", "__pycache__/train.pyc", "lib/__pycache__/model.pyc", "sub/.git", ".venv/bin/x"):
        (code / name).parent.mkdir(parents=True, exist_ok=True)
        (code / name).write_text("x")
    (code / ".env.example").write_text("x")
    found = members(pack_source(code).data)
    assert set(found) == {"train.py", "lib/model.py", "go.sh", ".env.example"}
    assert (found["go.sh"].mode, found["train.py"].mode) == (0o755, 0o644)


def test_a_link_inside_is_sent_as_the_file(code: Path) -> None:
    (code / "main.py").symlink_to("lib/model.py")
    assert members(pack_source(code).data)["main.py"].isfile()


@pytest.mark.parametrize(
    ("target", "what"),
    [
        ("../secret", "a link that leads out of it: link -> ../secret"),
        ("lib", "a link that leads to a folder: link -> lib"),
        ("none", "a link that leads nowhere: link -> none"),
    ],
)
def test_links_that_nodes_could_not_follow_are_refused(code: Path, target: str, what: str) -> None:
    (code.parent / "secret").write_text("mine")
    (code / "link").symlink_to(target)
    with pytest.raises(ClusterwrightError) as error:
        pack_source(code)
    assert str(error.value).startswith(f"error: the source {code} has {what}\n  why: ")


def test_what_is_no_file_is_refused(code: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(code / "s"))
        with pytest.raises(ClusterwrightError, match="holds s, which is no file"):
            pack_source(code)


def test_too_much_is_refused_before_it_is_read_and_the_largest_are_named(
    code: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (code / "weights.bin").open("wb") as file:
        file.truncate(LIMIT)
    monkeypatch.setattr(Path, "read_bytes", lambda path: pytest.fail(f"read {path}"))
    with pytest.raises(ClusterwrightError, match=r"holds 1\.0 MiB, more than 1 MiB\n.*weights\.bin \(1\.0 MiB\)"):
        pack_source(code)


def test_an_empty_folder_and_none_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ClusterwrightError, match="is no folder"):
        pack_source(tmp_path / "none")
    (tmp_path / ".git").mkdir()
    with pytest.raises(ClusterwrightError, match="holds no file"):
        pack_source(tmp_path)


def test_a_path_that_tar_has_no_room_for_is_refused(code: Path) -> None:
    deep = code.joinpath(*["d" * 90] * 3)
    deep.mkdir(parents=True)
    (deep / "x.py").write_text("")
    with pytest.raises(ClusterwrightError, match=r"can't be packed\n.*name is too long"):
        pack_source(code)
