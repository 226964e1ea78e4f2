"""A review is of what a change touches, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clusterwright.errors import ClusterwrightError
from clusterwright.review.model import Review
from clusterwright.review.review import review
from clusterwright.review.sides import sides
from tests.review.repository import Project
from tests.review.sides import DATE


def reviewed(project: Project, *names: str, base: str = "main", head: str | None = None) -> Review:
    with sides(base, head, project.folder) as (before, after):
        return review(before, after, project.folder, names, DATE)


def status(made: Review) -> dict[str, str]:
    return {stack.name: stack.status for stack in made.stacks}


@contextmanager
def based(project: Project) -> Iterator[None]:
    """Two stacks, of which one extends a base; what is changed within is the change."""
    project.write("stacks/_base.yaml", "tags: {team: nlp}\n")
    project.stack("based", more="extends: _base.yaml\n")
    project.commit()
    yield


def test_each_stack_is_told_by_what_became_of_it(project: Project) -> None:
    for name in ("changed", "removed", "unreadable"):
        project.stack(name)
    project.commit()
    project.stack("added")
    project.stack("changed", nodes=3)
    project.write("stacks/unreadable.yaml", "name: [\n")
    (project.folder / "stacks" / "removed.yaml").unlink()
    assert status(reviewed(project)) == {
        "added": "added",
        "changed": "changed",
        "one": "unchanged",
        "removed": "removed",
        "unreadable": "unreadable",
    }


def test_a_base_changes_the_stacks_that_extend_it_and_no_other(project: Project) -> None:
    with based(project):
        project.write("stacks/_base.yaml", "tags: {team: cv}\n")
    made = reviewed(project)
    assert status(made) == {"based": "changed", "one": "unchanged"}
    (field,) = made.stacks[0].fields
    assert (field.path, field.before, field.after) == ("tags.team", "nlp", "cv")
    assert field.location
    assert field.location.file == "stacks/_base.yaml"


def test_a_base_that_nobody_extends_changes_nothing(project: Project) -> None:
    with based(project):
        project.write("stacks/_other.yaml", "tags: {team: cv}\n")
    assert set(status(reviewed(project)).values()) == {"unchanged"}


def test_a_lock_changes_its_stack(project: Project) -> None:
    project.write("stacks/one.lock.yaml", "x")
    assert status(reviewed(project)) == {"one": "changed"}


@pytest.mark.parametrize("name", ["one.yaml", "one.lock.yaml"])
def test_a_link_that_leads_elsewhere_than_before_is_not_unchanged(project: Project, tmp_path: Path, name: str) -> None:
    file = project.folder / "stacks" / name
    for target in ("before", "after"):
        file.unlink(missing_ok=True)
        file.symlink_to(tmp_path / target)
        if target == "before":
            project.commit()
    assert status(reviewed(project)) == {"one": "unreadable"}


def test_names_restrict_to_their_stacks(project: Project) -> None:
    project.stack("two")
    project.stack("three")
    assert status(reviewed(project, "two", "one")) == {"one": "unchanged", "two": "added"}


def test_a_name_that_neither_side_has_is_told_with_those_there_are(project: Project) -> None:
    with pytest.raises(ClusterwrightError, match=r"no stack `nosuch`(?s:.*)main and \. have one\n"):
        reviewed(project, "nosuch")


def test_a_stacks_name_is_printable(project: Project) -> None:
    (project.folder / "stacks" / "a\x1b[2J.yaml").write_text("name: a\n")
    (project.folder / "stacks" / "b\x1b[2J.yaml").write_text("name: b\n")
    project.git("add", "stacks/b\x1b[2J.yaml")
    assert "a\\x1b[2J" in status(reviewed(project))


def test_a_revision_is_reviewed_without_being_checked_out(project: Project) -> None:
    project.git("checkout", "-q", "-b", "work")
    project.stack("one", nodes=3)
    project.commit()
    project.git("checkout", "-q", "main")
    made = reviewed(project, head="work")
    assert [field.path for field in made.stacks[0].fields] == ["groups[train].nodes"]
    assert project.git("status", "--porcelain") == ""


def test_without_specs_there_is_nothing_to_say(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.commit()
    assert reviewed(project).verdict.headline == "there are no specs on either side"
