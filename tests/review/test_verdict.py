"""The verdict says first what a reader has to decide."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clusterwright.review.blast.parts import REFUSED
from clusterwright.review.model import Verdict
from clusterwright.review.verdict import whole
from tests.review.sides import Change

SCRATCH = "  - {name: scratch, kind: lustre, mount: /scratch, size: 4800 GiB, throughput: 250 MB/s/TiB, bucket: data, on_destroy: delete}\n"  # noqa: E501
DATA = "  - {name: data, kind: bucket, mount: /data, on_destroy: keep}\n"


def test_the_example_names_machines_hours_replacement_quota_and_money(change: Change) -> None:
    verdict = change.review().verdict
    assert verdict.level == "look"
    assert verdict.headline == "8 x p4d.24xlarge become 16 x p5.48xlarge; the job likely takes 0.9 h, not 4.1 h"
    assert verdict.reasons[:3] == (
        "group train is replaced: `groups[train].machine`: the group's machines are made anew",
        "not enough of the quota of P types on demand: it takes 3,072 vCPUs, the account has 1,536 vCPUs",
        "machines an hour, groups full: 175.76 → 880.74 USD",
    )


def test_a_spec_that_is_wrong_stops(change: Change) -> None:
    verdict = change.same().replaced("machine: p4d.24xlarge", "machine: p4d.24xlargest").review().verdict
    assert verdict.level == "stop"
    assert verdict.reasons[0].startswith("its spec has 1 error, the first: ")


def test_a_spec_that_cannot_be_read_stops(change: Change) -> None:
    change.after = "name: [\n"
    assert change.review().verdict == Verdict("stop", "the spec can't be read", ("its spec can't be read",))


def test_data_at_risk_is_the_first_reason(change: Change) -> None:
    verdict = change.replaced(SCRATCH, "").review().verdict
    assert verdict.level == "look"
    assert verdict.reasons[0].startswith("data at risk, storage scratch: all files in /scratch")


def test_what_is_kept_stops_what_would_delete_it(change: Change) -> None:
    verdict = change.same().replaced(DATA, "").replaced(", bucket: data", "").review().verdict
    assert (verdict.level, verdict.reasons[0]) == ("stop", f"storage data: {REFUSED}")
    assert not any("storage data is deleted" in reason for reason in verdict.reasons)


def test_a_tag_is_nothing_to_decide(change: Change) -> None:
    verdict = change.same().replaced("team: nlp", "team: cv").review().verdict
    assert verdict == Verdict("fine", "tags.team: nlp → cv")


def test_many_fields_are_counted(change: Change) -> None:
    change.same().replaced("team: nlp", "a: x, b: x, c: x, d: x")
    assert change.review().verdict.headline == "tags.team: nlp → none, tags.a: none → x, tags.b: none → x and 2 more"


def test_more_machines_of_unknown_price_are_something_to_decide(change: Change) -> None:
    bad = "prices:\n  p4d.24xlarge: {on_demand: {usd_per_hour: 0, date: 2026-11-24, source: a test}}\n"
    change.locks = [f"{lock}{bad}" for lock in change.locks]
    change.same().replaced("nodes: 8", "nodes: 9")
    verdict = change.review().verdict
    assert verdict.level == "look"
    assert "machines an hour, groups full: unknown, as the price of p4d.24xlarge is not known" in verdict.reasons


def test_an_unknown_price_alone_is_nothing_to_decide(change: Change) -> None:
    bad = "prices:\n  p4d.24xlarge: {on_demand: {usd_per_hour: 0, date: 2026-11-24, source: a test}}\n"
    change.locks = [f"{lock}{bad}" for lock in change.locks]
    change.same().replaced("team: nlp", "team: cv")
    assert change.review().verdict == Verdict("fine", "tags.team: nlp → cv")


def test_weaker_security_is_something_to_decide(change: Change) -> None:
    verdict = change.same().replaced("tags:", "network: {flow_logs: false}\ntags:").review().verdict
    assert (verdict.level, verdict.reasons[0]) == ("look", "weaker record of who talks to whom: on → off")


def test_more_rights_are_something_to_decide_and_are_cut_short(change: Change) -> None:
    change.same().replaced("s3://my-corpus/wikipedia/", "s3://other/wikipedia/")
    reasons = change.review().verdict.reasons
    assert reasons == (
        "more rights of compute: s3:GetBucketLocation on arn:aws:s3:::other, s3:GetObject on "
        "arn:aws:s3:::other/wikipedia/*, s3:GetObjectVersion on …",
    )


def test_a_lock_alone_is_named_as_what_changes(change: Change) -> None:
    change.same()
    change.locks[1] = (change.locks[1] or "").replace("limit: 1536", "limit: 1537")
    assert change.locks[0] != change.locks[1]
    assert change.review().verdict == Verdict("fine", "the lock is another")


def test_machines_that_are_renewed_one_by_one_are_something_to_decide(change: Change) -> None:
    change.same()
    change.locks[1] = (change.locks[1] or "").replace("ami-", "ami-9", 1)
    verdict = change.review().verdict
    why = "its image is another, as the lock or the machine type says"
    assert verdict == Verdict("look", "the lock is another", (f"group train is renewed node by node: {why}",))


def test_a_new_stack_says_what_it_costs(change: Change) -> None:
    change.before = None
    verdict = change.review().verdict
    assert verdict.headline == "a new stack"
    assert "machines an hour, groups full: 880.74 USD, and nothing before" in verdict.reasons


def test_of_a_base_that_cannot_be_read_nothing_is_said_of_before(change: Change) -> None:
    change.before = "name: [\n"
    assert "machines an hour, groups full: 880.74 USD" in change.review().verdict.reasons


@pytest.mark.parametrize(("levels", "level"), [("fine look", "look"), ("look stop", "stop"), ("fine fine", "fine")])
def test_the_verdict_on_several_stacks_is_that_on_the_worst(change: Change, levels: str, level: str) -> None:
    one = change.same().review()
    stacks = [replace(one, name=name, verdict=Verdict(name, "x", ("y",))) for name in levels.split()]  # type: ignore[arg-type]
    assert whole(stacks, False).level == level


def test_the_worst_stack_is_named_first(change: Change) -> None:
    one = change.same().review()
    fine = replace(one, name="a", verdict=Verdict("look", "x", ("less",)))
    bad = replace(one, name="b", verdict=Verdict("stop", "x", ("bad",)))
    said = "2 of 2 stacks change; 1 can't be deployed"
    assert whole([fine, bad], False) == Verdict("stop", said, ("b: bad", "a: less"))


def test_a_change_of_the_tool_is_something_to_decide() -> None:
    assert whole([], True).level == "look"


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
    assert [one for one in change.review().security if "rights of" in one.what] == []


def test_a_lock_that_is_dropped_is_what_changes(change: Change) -> None:
    change.same().locks[1] = None
    review = change.review()
    assert (review.verdict.level, review.verdict.headline.split(";")[0]) == ("stop", "the lock is removed")
    assert review.effects == ()
