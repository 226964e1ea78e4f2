"""Each field that an author changed is named, with what that costs, and nothing else is."""

import pytest

from tests.review.sides import Change


def changed(change: Change) -> dict[str, tuple[str | None, str | None, str]]:
    return {field.path: (field.before, field.after, field.cost) for field in change.review().fields}


def test_members_of_lists_are_known_by_their_names(change: Change) -> None:
    assert changed(change) == {
        "groups[train].machine": ("p4d.24xlarge", "p5.48xlarge", "replace"),
        "groups[train].nodes": ("8", "16", "in_place"),
    }


def test_a_group_before_the_others_does_not_make_them_others(change: Change) -> None:
    change.same().replaced("groups:\n", "groups:\n  - {name: prep, machine: c7i.large, nodes: 1}\n")
    assert changed(change) == {"groups[prep]": (None, "{name: prep, machine: c7i.large, nodes: 1}", "in_place")}


@pytest.mark.parametrize(
    ("old", "new", "path", "values", "cost"),
    [
        ("    nodes: 8", "    nodes: {min: 0, max: 8}", "groups[train].nodes", ("8", "{min: 0, max: 8}"), "in_place"),
        ("tags: {team: nlp}", "tags: {team: cv}", "tags.team", ("nlp", "cv"), "in_place"),
        ("tags: {team: nlp}\n", "", "tags.team", ("nlp", None), "in_place"),
        ("    nodes: 8", "    nodes: 8\n    image: ami-1", "groups[train].image", (None, "ami-1"), "rolling"),
        ("budget: {deadline: 24 h}\n", "", "budget.deadline", ("1 d", None), "in_place"),
    ],
)
def test_a_field_is_told_as_it_is_written(
    change: Change, old: str, new: str, path: str, values: tuple[str | None, str | None], cost: str
) -> None:
    found = changed(change.same().replaced(old, new))
    assert found == {path: (*values, cost)}


def test_a_storage_of_another_kind_is_told_by_its_kind(change: Change) -> None:
    old = "{name: scratch, kind: lustre, mount: /scratch, size: 4800 GiB, throughput: 250 MB/s/TiB, bucket: data, on_destroy: delete}"  # noqa: E501
    change.same().replaced(old, "{name: scratch, kind: nfs, mount: /scratch, on_destroy: delete}")
    assert changed(change)["storage[scratch].kind"] == ("lustre", "nfs", "data_loss")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("# BERT-large", "# Another comment on BERT-large"),
        ("    nodes: 8", "    # as ever\n    nodes: 8"),
        ("budget: {deadline: 24 h}", "budget: {deadline: 1 d}"),
        ("    nodes: 8", "    nodes: 8\n    alternatives: []"),
    ],
)
def test_what_says_the_same_in_other_words_is_no_change(change: Change, old: str, new: str) -> None:
    review = change.same().replaced(old, new).review()
    assert review.fields == ()
    assert review.effects == ()
    assert review.verdict.level == "fine"


def test_what_a_terminal_would_obey_is_escaped_in_values(change: Change) -> None:
    change.same().replaced("tags:", 'accept: [{rule: CW-CAP-021, because: "a\\e[2J\\nb"}]\ntags:')
    assert changed(change)["accept"][1] == "[{rule: CW-CAP-021, because: a\\x1b[2J\\nb}]"


def test_a_field_is_located_in_the_head(change: Change) -> None:
    field = change.review().fields[0]
    assert field.location
    assert change.after
    assert change.after.splitlines()[field.location.line - 1].strip() == "machine: p5.48xlarge"
