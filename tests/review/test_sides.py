"""A side is a revision, a folder or a file, and its paths are shown as people know them."""

from pathlib import Path

import pytest

from clusterwright.errors import ClusterwrightError
from clusterwright.review.reading import read
from clusterwright.review.review import review
from clusterwright.review.sides import sides
from tests.review.repository import Project


def test_by_default_the_files_here_are_held_against_where_head_left_main(project: Project) -> None:
    project.git("checkout", "-q", "-b", "work")
    project.stack("two")
    project.commit()
    project.stack("three")
    with sides(None, None, project.folder) as (before, after):
        assert list(before.specs()) == ["one"]
        assert list(after.specs()) == ["one", "three", "two"]


def test_a_project_below_the_top_of_its_repository_is_found_and_shown_from_the_top(tmp_path: Path) -> None:
    project = Project(tmp_path / "clone", "infra/ml")
    project.stack("one", more="grupos: 1\n")
    project.commit()
    with sides("HEAD", None, project.folder) as (before, after):
        for side in (before, after):
            (finding,) = read(side.specs()["one"], side).findings
            assert finding.location
            assert finding.location.file == "infra/ml/stacks/one.yaml"


def test_messages_of_a_revision_do_not_name_the_folder_that_it_was_written_to(project: Project) -> None:
    project.stack("one", more="extends: _nosuch.yaml\n")
    project.commit()
    with sides("HEAD", "HEAD", project.folder) as (before, _):
        (finding,) = read(before.specs()["one"], before).findings
        assert "there is no file stacks/_nosuch.yaml" in finding.what
        assert str(before.root) not in str(finding)


def test_two_files_are_one_stack_whatever_they_are_called(project: Project, tmp_path: Path) -> None:
    for name, nodes in (("old", 2), ("new", 3)):
        project.stack(name, nodes)
    old, new = (str(project.folder / "stacks" / f"{name}.yaml") for name in ("old", "new"))
    with sides(old, new, project.folder) as (before, after):
        assert list(before.specs()) == list(after.specs()) == ["new"]


def test_two_folders_need_no_repository(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name / "stacks").mkdir(parents=True)
        (tmp_path / name / "stacks" / f"{name}.yaml").write_text("name: x\nprovider: local\n")
    with sides(str(tmp_path / "a"), str(tmp_path / "b"), tmp_path) as (before, after):
        assert (list(before.specs()), list(after.specs())) == (["a"], ["b"])


def test_what_is_neither_a_path_nor_a_revision_is_told_as_such(project: Project) -> None:
    with pytest.raises(ClusterwrightError, match="nosuch"), sides("nosuch", None, project.folder):
        pass


@pytest.mark.parametrize("name", ["one.yaml", "one.lock.yaml", "_base.yaml"])
@pytest.mark.parametrize("head", [None, "HEAD"])
def test_links_are_not_followed(project: Project, tmp_path: Path, name: str, head: str | None) -> None:
    (tmp_path / "secret.yaml").write_text("password: secret\n")
    project.stack("one", more="extends: _base.yaml\n")
    file = project.folder / "stacks" / name
    file.unlink(missing_ok=True)
    file.symlink_to(tmp_path / "secret.yaml")
    project.commit()
    with sides("HEAD", head, project.folder) as (_, after):
        findings = read(after.specs()["one"], after).findings
    assert findings
    assert "secret" not in str(findings)


def test_a_file_against_a_revision_is_one_stack(project: Project) -> None:
    project.stack("two")
    commit = project.commit()
    one = str(project.folder / "stacks" / "one.yaml")
    with sides(commit, one, project.folder) as (before, after):
        assert list(before.specs()) == list(after.specs()) == ["one"]


def test_a_branch_is_not_taken_for_the_folder_of_its_name(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project.folder)
    project.git("branch", "stacks")
    with (
        pytest.raises(ClusterwrightError, match=r"write \./stacks for the path"),
        sides("stacks", None, project.folder),
    ):
        pass
    with sides("refs/heads/stacks", "./stacks", project.folder) as (before, after):
        assert before.commit
        assert after.commit is None


def test_no_name_is_not_the_folder_here(project: Project) -> None:
    with pytest.raises(ClusterwrightError, match="no such revision"), sides("", None, project.folder):
        pass


def test_a_project_that_is_reached_by_a_link_is_that_project(project: Project, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(project.folder)
    with sides("HEAD", None, tmp_path / "link") as (before, after):
        assert [side.shown(side.specs()["one"]) for side in (before, after)] == ["stacks/one.yaml"] * 2


def test_what_a_terminal_would_obey_is_escaped_in_names(project: Project) -> None:
    project.git("branch", "\N{RIGHT-TO-LEFT OVERRIDE}")
    (project.folder / "stacks" / "a\x1b[2J\n.yaml").write_text("name: 1\n")
    with sides("\N{RIGHT-TO-LEFT OVERRIDE}", None, project.folder) as (before, after):
        assert before.name == "\\u202e"
        (finding, *_) = read(after.specs()["a\x1b[2J\n"], after).findings
        assert finding.location
        assert finding.location.file == "stacks/a\\x1b[2J\\n.yaml"


@pytest.mark.parametrize("head", [None, "HEAD"])
def test_a_huge_file_is_told_as_such(project: Project, head: str | None) -> None:
    project.stack("one", more="# " + "x" * 2**19)
    project.commit()
    with sides("HEAD", head, project.folder) as (_, after):
        (finding,) = read(after.specs()["one"], after).findings
    assert finding.what == "the file is larger than 256 KiB"


def test_a_link_is_not_followed_when_a_file_is_called_as_another(project: Project, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("password: secret\n")
    old = project.folder / "stacks" / "old.yaml"
    old.symlink_to(tmp_path / "secret")
    with sides(str(old), str(project.folder / "stacks" / "one.yaml"), project.folder) as (before, _):
        (finding,) = read(before.specs()["one"], before).findings
    assert finding.what.startswith("this is a link")


@pytest.mark.parametrize("written", ["other.yaml", '"\\x6fther.yaml"'])
def test_no_base_that_is_a_link_is_followed_whatever_it_is_called(
    project: Project, tmp_path: Path, written: str
) -> None:
    (tmp_path / "secret.yaml").write_text("secret: 1\n")
    (project.folder / "stacks" / "other.yaml").symlink_to(tmp_path / "secret.yaml")
    project.stack("two", more=f"extends: {written}\n")
    with sides("HEAD", None, project.folder) as (_, after):
        assert all("secret" not in finding.what for finding in read(after.specs()["two"], after).findings)
        assert read(after.specs()["one"], after).loaded, "a link that it does not build on"


def test_a_folder_of_specs_that_is_a_link_is_refused(project: Project, tmp_path: Path) -> None:
    (project.folder / "stacks").rename(tmp_path / "elsewhere")
    (project.folder / "stacks").symlink_to(tmp_path / "elsewhere")
    for head in (None, str(project.folder)):
        with pytest.raises(ClusterwrightError, match="is a link"), sides("HEAD", head, project.folder):
            pass


@pytest.mark.parametrize("path", ["/dev/null", "Pulumi.lock"])
def test_a_path_that_holds_no_specs_is_no_side_without_any(
    project: Project, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write("Pulumi.lock", "")
    monkeypatch.chdir(project.folder)
    with pytest.raises(ClusterwrightError, match="neither a folder nor a spec"), sides(path, None, project.folder):
        pass


def test_a_stack_changes_with_the_stack_that_it_builds_on(project: Project) -> None:
    project.write("stacks/two.yaml", "name: two\nextends: one.yaml\n")
    project.commit()
    project.stack("one", nodes=5)
    with sides("HEAD", None, project.folder) as (before, after):
        found = review(before, after, project.folder, (), "2026-11-25")
    assert [stack.status for stack in found.stacks] == ["changed", "changed"]
