"""What the lock says of a reservation decides; a lock of another place decides nothing."""

import pytest

from tests.rules.gcp import found, said

GROUP = "{name: train, machine: a3-megagpu-8g, nodes: 4, capacity: {kind: reservation, id: r}}"
SPEC = f"project: my-project-123\nregion: us-central1\nzone: us-central1-a\ngroups: [{GROUP}]\n"
CODES = ("CW-CAP-011", "CW-CAP-012", "CW-CAP-013", "CW-CAP-014", "CW-CAP-015", "CW-CAP-216")


def reservation(**facts: object) -> str:
    all_facts = {"machine": "a3-megagpu-8g", "zone": "us-central1-a", "total": 4, "state": "READY"} | facts
    return f"reservations:\n  r: {{{', '.join(f'{key}: {value}' for key, value in all_facts.items())}}}\n"


@pytest.mark.parametrize("code", CODES)
def test_a_reservation_that_fits_is_fine(code: str) -> None:
    assert said(code, SPEC, reservation()) == []


@pytest.mark.parametrize("code", CODES)
def test_a_lock_of_another_project_says_nothing_of_a_reservation(code: str) -> None:
    wrong = reservation(machine="g2-standard-8", zone="us-east4-a", total=1, state="DELETING")
    assert said(code, SPEC.replace("my-project-123", "other-project"), wrong) == []


@pytest.mark.parametrize("code", CODES[1:])
def test_of_a_reservation_that_the_lock_does_not_know_one_rule_speaks(code: str) -> None:
    assert said(code, SPEC, "reservations: {}\n") == []
    assert said("CW-CAP-011", SPEC, "reservations: {}\n") == [
        "the lock of 2026-11-24 has no reservation `r`; it has: none"
    ]


def test_groups_that_share_a_reservation_share_its_machines() -> None:
    two = SPEC.replace(f"[{GROUP}]", f"[{GROUP}, {GROUP.replace('train', 'tune')}]")
    (finding,) = found("CW-CAP-014", two, reservation())
    assert finding.path == ("groups", 1, "nodes")
    assert finding.hint == "reserve more, or buy these otherwise"
    assert said("CW-CAP-014", two, reservation(total=8)) == []


@pytest.mark.parametrize("state", ["DELETING", "INVALID", "CANCELLED", "DECLINED", "FAILED"])
def test_a_reservation_without_machines_is_gone(state: str) -> None:
    assert said("CW-CAP-015", SPEC, reservation(state=state)) == [
        f"reservation `r` is {state} in the lock of 2026-11-24"
    ]


@pytest.mark.parametrize("state", ["READY", "UPDATING", "CREATING", "APPROVED", "FULFILLED"])
def test_a_reservation_that_has_machines_or_will_have_is_not(state: str) -> None:
    assert said("CW-CAP-015", SPEC, reservation(state=state)) == []


def test_a_reservation_that_ends_on_the_day_of_the_lock_has_not_ended_before_it() -> None:
    assert said("CW-CAP-015", SPEC, reservation(end="2026-11-24T00:30Z")) == []
    assert said("CW-CAP-015", SPEC, reservation(end="2026-11-23T23:30Z")) != []
