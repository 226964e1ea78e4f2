"""What git holds is read without checking it out, and what git can't say is a message."""

from pathlib import Path, PurePosixPath

import pytest

from clusterwright.errors import ClusterwrightError
from clusterwright.review.git import Repository
from tests.review.repository import Project

STACKS = PurePosixPath("stacks")


@pytest.mark.parametrize("ref", ["nosuch", "-x", "--all", "a..b", "", "^main", "main^@", "a b", "\x1b[2J"])
def test_what_is_no_revision_is_told_as_such(project: Project, ref: str) -> None:
    with pytest.raises(ClusterwrightError, match=r"(?m)^  why: (this clone has no such|it is not one) revision$"):
        Repository(project.top).commit(ref)


def test_a_revision_that_is_no_commit_is_told_as_such(project: Project) -> None:
    with pytest.raises(ClusterwrightError, match="expected commit type"):
        Repository(project.top).commit("main^{tree}")


def test_a_folder_outside_of_any_repository_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(ClusterwrightError, match="not a git repository"):
        Repository.around(tmp_path)


def test_a_repository_of_somebody_else_says_how_to_trust_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
    monkeypatch.setenv("GIT_CONFIG_SYSTEM", "/dev/null")
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(ClusterwrightError, match=r"  why: detected dubious ownership .* safe\.directory .*\n  hint: "):
        Repository.around(project.folder)


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
    with pytest.raises(ClusterwrightError, match=r"--unshallow.*fetch-depth: 0"):
        Repository(project.top).merge_base(head)


def test_files_are_those_of_the_revision_byte_by_byte(project: Project, tmp_path: Path) -> None:
    (project.folder / "stacks" / "ü b\n.yaml").write_bytes(b"\0\n\xff")
    (project.folder / "stacks" / "empty.yaml").write_bytes(b"")
    commit = project.commit()
    (project.folder / "stacks" / "one.yaml").write_text("another")
    repository = Repository(project.top)
    repository.write(repository.files(commit, STACKS), tmp_path / "out", 1000)
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
    repository.write(repository.files(project.commit(), STACKS), tmp_path / "out", 1000)
    link = tmp_path / "out" / "stacks" / "two.yaml"
    assert link.is_symlink()
    assert not link.exists()


def test_a_module_of_a_revision_is_left_out(project: Project, tmp_path: Path) -> None:
    commit = project.git("rev-parse", "HEAD")
    project.git("update-index", "--add", "--cacheinfo", f"160000,{commit},stacks/module")
    project.git("commit", "-q", "-m", "a module")
    repository = Repository(project.top)
    repository.write(repository.files("HEAD", STACKS), tmp_path / "out", 1000)
    assert [file.name for file in (tmp_path / "out" / "stacks").iterdir()] == ["one.yaml"]


def test_of_a_huge_file_nothing_is_read(project: Project, tmp_path: Path) -> None:
    project.write("stacks/huge.yaml", "x" * 1001)
    project.write("stacks/large.yaml", "x" * 1000)
    repository = Repository(project.top)
    repository.write(repository.files(project.commit(), STACKS), tmp_path / "out", 1000)
    assert (tmp_path / "out" / "stacks" / "huge.yaml").read_bytes() == bytes(1001)
    assert (tmp_path / "out" / "stacks" / "large.yaml").read_bytes() == b"x" * 1000


def test_a_clone_without_a_files_content_says_so(project: Project, tmp_path: Path) -> None:
    lost = project.git("rev-parse", "HEAD:stacks/one.yaml")
    (project.top / ".git" / "objects" / lost[:2] / lost[2:]).unlink()
    repository = Repository(project.top)
    with pytest.raises(ClusterwrightError, match=r"stacks/one.yaml`\n  why: this clone was made without its content"):
        repository.write(repository.files("HEAD", STACKS), tmp_path / "out", 1000)


def test_a_path_that_leads_out_of_the_repository_is_refused(project: Project) -> None:
    blob = project.git("rev-parse", "HEAD:stacks/one.yaml")
    inner = project.git("mktree", given=f"100644 blob {blob}\tevil.yaml\n")
    outer = project.git("mktree", given=f"040000 tree {inner}\t..\n")
    tree = project.git("mktree", given=f"040000 tree {outer}\tstacks\n")
    commit = project.git("commit-tree", "-m", "out", tree)
    with pytest.raises(ClusterwrightError, match="it leads out of the repository"):
        Repository(project.top).files(commit, STACKS)


def test_a_hooks_environment_does_not_lead_elsewhere(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Project(tmp_path / "other")
    other.commit()
    monkeypatch.setenv("GIT_DIR", str(other.top / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", "nosuch")
    assert Repository.around(project.folder).top == project.top
    assert Repository(project.top).commit("HEAD") == project.git("rev-parse", "HEAD")


def test_what_differs_is_named_with_what_lies_here_uncommitted(project: Project) -> None:
    base = project.git("rev-parse", "HEAD")
    project.stack("two")
    head = project.commit()
    project.stack("one", nodes=3)
    repository = Repository(project.top)
    assert repository.changed(base, head) == [STACKS / "two.yaml"]
    assert repository.changed(base, None) == [STACKS / "one.yaml", STACKS / "two.yaml"]


def test_merged_is_what_is_checked_out_or_on_the_main_branch(project: Project) -> None:
    project.git("checkout", "-q", "-b", "work")
    here = project.commit("here")
    project.git("checkout", "-q", "-b", "other", "main")
    other = project.commit("elsewhere")
    project.git("checkout", "-q", "main")
    main = project.commit("main goes on")
    project.git("checkout", "-q", "work")
    repository = Repository(project.top)
    assert [repository.is_merged(commit) for commit in (here, main, other)] == [True, True, False]
