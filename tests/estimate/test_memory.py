"""Memory by the way of sharing out, and the micro-batch that fits."""

from __future__ import annotations

import pytest

from clusterwright.decide.memory import Sharing, memory
from clusterwright.estimate.memory import room
from tests.estimate.jobs import LIKELY, job, on, span


def test_the_plan_s_own_way_is_marked_and_counted_as_the_rules_count() -> None:
    (chosen,) = (way for way in room(job()).ways if way.chosen)
    assert chosen.sharing == job().sharing
    assert span(chosen.needed)[LIKELY] == memory(job().work, 16, job().sharing).total
    assert chosen.fits is True


def test_a_rank_alone_has_nobody_to_share_with() -> None:
    assert {way.sharing.sharding for way in room(job("g6.2xlarge", 1)).ways} == {"none"}


def test_the_largest_micro_batch_fits_and_twice_as_many_do_not() -> None:
    one = job("g6.2xlarge", 1, "bert-large", ", pretrain: {batch: 4096}")
    size = span(room(one).usable)[LIKELY]
    for way in room(one).ways:
        most = way.largest_micro_batch
        assert most is not None
        assert memory(one.work, one.ranks, way.sharing, most).total <= size
        assert memory(one.work, one.ranks, way.sharing, 2 * most).total > size


def test_a_model_that_fits_in_no_way_has_no_micro_batch() -> None:
    one = on(job("g5.12xlarge", 16, "gpt3-6.7b"), 1)
    none = next(way for way in room(one).ways if way.sharing == Sharing("none"))
    assert (none.fits, none.largest_micro_batch) == (False, None)


@pytest.mark.parametrize("machine", ["c7i.8xlarge"])
def test_without_gpus_nothing_is_said_to_fit_or_not(machine: str) -> None:
    found = room(job(machine, 1, "bert-mini"))
    assert not found.usable.known
    assert {way.fits for way in found.ways} == {None}
