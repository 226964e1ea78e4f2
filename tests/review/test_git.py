"""What git holds is read without checking it out, and what git can't say is a message."""

from pathlib import Path, PurePosixPath

import pytest

from clusterwright.errors import ClusterwrightError
from clusterwright.review.git import Repository
from tests.review.repository import Project

STACKS = PurePosixPath("stacks")


@pytest.mark.parametrize("ref", ["nosuch", "-x", "--all", "a..b", "", "main^{tree}", "a b", "\N{ZERO WIDTH SPACE}"])
def test_what_is_no_revision_is_told_as_such(project: Project, ref: str) -> None:
    with pytest.raises(ClusterwrightError, match="git could not say what the change is"):
        Repository(project.top).commit(ref)


def test_a_folder_outside_of_any_repository_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(ClusterwrightError, match="not a git repository"):
        Repository.around(tmp_path)


def test_without_git_folders_can_be_compared(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ClusterwrightError, match="compare folders"):
        Repository.around(project.folder)


def test_the_base_is_where_a_branch_left_main(project: Project) -> None:
    left = project.git("rev-parse", "HEAD")
    project.git("checkout", "-q", "-b", "work")
    head = project.commit()
    project.git("checkout", "-q", "main")
    project.commit("main goes on")
    assert Repository(project.top).merge_base(head) == left


def test_without_a_main_branch_the_base_has_to_be_named(project: Project) -> None:
    project.git("branch", "-m", "main", "trunk")
    with pytest.raises(ClusterwrightError, match="--base REF"):
        Repository(project.top).merge_base(project.git("rev-parse", "HEAD"))


def test_histories_that_nothing_joins_say_what_a_shallow_clone_needs(project: Project) -> None:
    project.git("checkout", "-q", "--orphan", "other")
    head = project.commit("another beginning")
    with pytest.raises(ClusterwrightError, match="--unshallow"):
        Repository(project.top).merge_base(head)


def test_files_are_those_of_the_revision_byte_by_byte(project: Project, tmp_path: Path) -> None:
    (project.folder / "stacks" / "ü b\n.yaml").write_bytes(b"\0\n\xff")
    (project.folder / "stacks" / "empty.yaml").write_bytes(b"")
    commit = project.commit()
    (project.folder / "stacks" / "one.yaml").write_text("another")
    repository = Repository(project.top)
    repository.write(repository.files(commit, STACKS), tmp_path / "out")
    found = {file.name: file.read_bytes() for file in (tmp_path / "out" / "stacks").iterdir()}
    assert found["ü b\n.yaml"] == b"\0\n\xff"
    assert found["empty.yaml"] == b""
    assert found["one.yaml"].startswith(b"name: one\n")


def test_what_attributes_would_leave_out_of_an_archive_is_read(project: Project) -> None:
    project.write(".gitattributes", "stacks/* export-ignore\n")
    commit = project.commit()
    assert [entry.path.name for entry in Repository(project.top).files(commit, STACKS)] == ["one.yaml"]


def test_a_link_of_a_revision_leads_nowhere(project: Project, tmp_path: Path) -> None:
    (project.folder / "stacks" / "two.yaml").symlink_to("/etc/passwd")
    repository = Repository(project.top)
    repository.write(repository.files(project.commit(), STACKS), tmp_path / "out")
    link = tmp_path / "out" / "stacks" / "two.yaml"
    assert link.is_symlink()
    assert not link.exists()
