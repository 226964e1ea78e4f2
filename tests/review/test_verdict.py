"""What a reader is told first."""

from tests.review.sides import Change


def test_storage_that_is_kept_no_longer_is_told_though_nothing_happens_at_once(change: Change) -> None:
    review = change.same().replaced("mount: /data, on_destroy: keep", "mount: /data, on_destroy: delete").review()
    assert review.verdict.level == "look"
    assert "storage data is kept no longer: destroying the cluster deletes its data" in review.verdict.reasons


def test_a_disk_that_no_cloud_makes_smaller_stops_the_change(change: Change) -> None:
    review = change.same().replaced("groups:", "head: {disk: 60 GiB}\n\ngroups:").review()
    assert review.verdict.level == "stop"


def test_the_headline_tells_the_values_of_a_field(change: Change) -> None:
    review = change.same().replaced("4800 GiB", "2400 GiB").review()
    assert review.verdict.headline.startswith("storage[scratch].size: 4800 GiB → 2400 GiB")


def test_hours_that_read_the_same_are_not_told_as_different(change: Change) -> None:
    review = change.same().replaced("4800 GiB", "7200 GiB").review()
    assert "h, not 4.1 h" not in review.verdict.headline


def test_a_reason_with_a_long_list_is_cut(change: Change) -> None:
    change.same().replaced("tags:", "secrets: [{name: HF_TOKEN, ref: hf-token}]\ntags:")
    assert all(len(reason) < 250 for reason in change.review().verdict.reasons)


def test_nothing_is_resolved_by_a_spec_that_can_t_be_read(change: Change) -> None:
    change.locks = [None, None]
    review = change.same().replaced("nodes: 8", "nodes: eight").review()
    assert (review.status, review.resolved) == ("unreadable", ())


def test_another_region_has_no_difference_of_rights(change: Change) -> None:
    change.same().replaced("us-east-1", "us-west-2")
    change.locks = [None, None]
    assert [one for one in change.review().security if one.what.startswith("rights of")] == []


def test_a_lock_that_is_dropped_is_what_changes(change: Change) -> None:
    change.same().locks[1] = None
    review = change.review()
    assert (review.verdict.level, review.verdict.headline.split(";")[0]) == ("stop", "the lock is removed")
    assert review.effects == ()
