"""A difference in encryption, access or record is told, and which way it goes."""

import pytest

from tests.review.sides import Change


@pytest.mark.parametrize(
    ("more", "what", "weaker"),
    [
        ("security: {key: provider}\n", "encryption key", True),
        ("security: {audit: false}\n", "record of who reads and writes", True),
        ("security: {access_logs: 90 d}\n", "S3's record of requests", False),
        ("security: {deletion_protection: false}\n", "protection against deletion", True),
        ("network: {flow_logs: false}\n", "record of who talks to whom", True),
        ("network: {access: {ssh_from: [10.8.0.0/16]}}\n", "SSH from", True),
        ("secrets: [{name: HF_TOKEN, ref: hf-token}]\n", "secrets that jobs see", True),
        (
            "security: {permission_boundary: 'arn:aws:iam::123456789012:policy/b'}\n",
            "bound of the roles' rights",
            False,
        ),
    ],
)
def test_which_way_it_goes_is_told_in_both_directions(change: Change, more: str, what: str, weaker: bool) -> None:
    change.same().replaced("tags:", f"{more}tags:")
    there = {one.what: one.weaker for one in change.review().security}
    change.before, change.after = change.after, change.before
    back = {one.what: one.weaker for one in change.review().security}
    assert (there[what], back[what]) == (weaker, not weaker)


def test_a_key_of_ones_own_in_place_of_another_goes_neither_way(change: Change) -> None:
    key = "arn:aws:kms:us-east-1:123456789012:key/1"
    change.same().replaced("tags:", f"security: {{key: '{key}'}}\ntags:")
    found = {one.what: one.weaker for one in change.review().security}
    assert found["encryption key"] is None


def test_rights_that_a_role_gains_are_named(change: Change) -> None:
    change.same().replaced("tags:", "secrets: [{name: HF_TOKEN, ref: hf-token}]\ntags:")
    gained = [one for one in change.review().security if one.what.startswith("more rights of") and one.weaker]
    assert any("hf-token" in (one.after or "") for one in gained)


def test_a_first_lock_changes_nobodys_rights(change: Change) -> None:
    change.same()
    change.locks[0] = None
    assert [one for one in change.review().security if "rights of" in one.what] == []


def test_the_same_cluster_has_no_difference(change: Change) -> None:
    assert change.same().review().security == ()
