"""A finding is new, resolved, or standing, by what it says of which part."""

from tests.review.sides import Change

SPOT = "    nodes: 8\n    capacity: {kind: spot}"


def test_what_the_head_alone_has_is_new(change: Change) -> None:
    assert "CW-CAP-021" in {finding.code for finding in change.review().new}


def test_what_the_base_alone_has_is_resolved(change: Change) -> None:
    change.before, change.after = change.after, change.before
    change.locks.reverse()
    review = change.review()
    assert "CW-CAP-021" in {finding.code for finding in review.resolved}
    assert review.new == ()


def test_what_both_have_is_standing_wherever_it_is_in_the_file(change: Change) -> None:
    change.locks = [None, None]
    change.same().replaced("groups:\n", "\n# moved\ngroups:\n")
    review = change.review()
    assert review.standing
    assert (review.new, review.resolved) == ((), ())


def test_what_says_something_else_of_the_same_part_is_new_and_nothing_is_resolved(change: Change) -> None:
    change.same().replaced("    nodes: 8", "    nodes: 17")
    change.before = (change.before or "").replace("    nodes: 8", "    nodes: 18")
    review = change.review()
    assert "CW-CAP-021" in {finding.code for finding in review.new}
    assert review.resolved == ()
