"""A picture shows each part of a cluster once, by colour and by word, and holds nothing but itself."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from clusterwright.review.model import Effect
from clusterwright.review.pictures import MOST_BOXES, pictures
from tests.plans import make_plan
from tests.review.samples import EFFECTS, HOSTILE, plans

LINE = re.compile(
    r'flowchart LR|  \w+\["[^"`<>\\]*(<br/?>[^"`<>\\]*)*"\]:::\w+|  \w+( & \w+)* --[->] \w+( & \w+)*|'
    r"  classDef \w+ [\w:#,-]+"
)
"""All that a chart is made of."""


def test_each_part_says_what_becomes_of_it() -> None:
    (picture,) = pictures(*plans(), EFFECTS)
    boxes = re.findall(r'\["(.*)"\]', picture.mermaid)
    assert len(boxes) == 5
    (train,) = (box for box in boxes if box.startswith("group train"))
    assert "8 × p4d.24xlarge → 16 × p5.48xlarge" in train
    assert train.endswith("replaced")


def test_words_say_the_same_for_who_can_not_see_it() -> None:
    (picture,) = pictures(*plans(), EFFECTS)
    for said in ("replaced: group train", "deleted: storage scratch", "stays: head"):
        assert said in picture.words


def test_where_nothing_happens_there_is_no_picture() -> None:
    before, _ = plans()
    assert pictures(before, before, ()) == ()
    assert pictures(None, None, EFFECTS) == ()


def test_the_worst_of_what_happens_to_a_part_is_shown() -> None:
    effects = (replace(EFFECTS[1], action="in_place"), EFFECTS[1])
    (picture,) = pictures(*plans(), effects)
    assert "replaced: group train" in picture.words


def test_a_large_cluster_has_few_boxes_and_what_changes_is_among_them() -> None:
    plan = make_plan(storage=tuple(f"s{number}" for number in range(60)))
    (picture,) = pictures(plan, plan, (Effect("storage s59", "delete", "why", "fields"),))
    boxes = re.findall(r'\["(.*)"\]', picture.mermaid)
    assert len(boxes) == MOST_BOXES
    assert any(box.startswith("storage s59") for box in boxes)
    assert boxes[-1] == "38 more parts"


@given(st.one_of(st.just(HOSTILE), st.just('"];click b0 href "javascript:x"\n%%{init: {}}%%'), st.text(min_size=1)))
def test_no_name_adds_to_a_chart(name: str) -> None:
    (picture,) = pictures(*plans(), (Effect(name, "replace", "why", "fields"),))
    assert [line for line in picture.mermaid.splitlines() if not LINE.fullmatch(line)] == []
