"""A decided value that moved without the author is told; what the author wrote is not."""

from tests.review.sides import Change


def test_what_follows_from_the_change_is_told_with_its_reason(change: Change) -> None:
    found = {one.path: (one.before, one.after) for one in change.review().decided}
    assert found["job.threads_per_process"] == ("6", "12")
    assert found["groups[train].scratch"] == ("8 x 1000 GB at /local", "8 x 3800 GB at /local")
    assert all(one.reason for one in change.review().decided)


def test_what_the_author_wrote_is_not_a_decision(change: Change) -> None:
    change.same().replaced("    nodes: 8", "    nodes: 8\n    idle_timeout: 1 h")
    assert change.review().decided == ()


def test_what_the_author_no_longer_writes_is_a_decision_now(change: Change) -> None:
    change.same().replaced("    nodes: 8", "    nodes: 8")
    change.before = (change.before or "").replace("    nodes: 8", "    nodes: 8\n    idle_timeout: 1 h")
    assert [field.path for field in change.review().fields] == ["groups[train].idle_timeout"]


def test_decisions_of_a_part_that_is_new_go_without_saying(change: Change) -> None:
    change.same().replaced("groups:\n", "groups:\n  - {name: prep, machine: c7i.large, nodes: 1}\n")
    assert not [one for one in change.review().decided if "prep" in one.path]


def test_what_moves_in_its_list_is_the_same_decision(change: Change) -> None:
    """The volume that is added for everybody is the third of the base's storages and the fourth of the head's."""
    change.same().replaced("storage:\n", "storage:\n  - {name: more, kind: nfs, mount: /more}\n")
    assert change.review().decided == ()
