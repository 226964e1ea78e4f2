"""What the cluster needs is held against what the lock says that the account has."""

from tests.review.sides import Change


def test_a_quota_that_is_too_small_is_not_enough(change: Change) -> None:
    need = next(need for need in change.review().needs if "P types" in need.what)
    assert (need.before, need.after, need.granted, need.enough) == ("768 vCPUs", "3,072 vCPUs", "1,536 vCPUs", False)


def test_without_a_lock_nobody_knows_what_the_account_has(change: Change) -> None:
    change.locks = [None, None]
    needs = change.review().needs
    assert needs
    assert {(need.granted, need.enough) for need in needs} == {(None, None)}


def test_a_reservation_is_held_against_how_many_machines_it_has(change: Change) -> None:
    row = "{machine: p5.48xlarge, zone: us-east-1a, total: 16, state: active, kind: default}"
    change.locks[1] = f"{change.locks[1]}reservations:\n  cr-0123456789abcdef0: {row}\n"
    change.replaced("    nodes: 16", "    nodes: 16\n    capacity: {kind: reservation, id: cr-0123456789abcdef0}")
    need = next(need for need in change.review().needs if need.what == "reservation cr-0123456789abcdef0")
    assert (need.before, need.after, need.granted, need.enough) == (None, "16 x p5.48xlarge", "16 x p5.48xlarge", True)
