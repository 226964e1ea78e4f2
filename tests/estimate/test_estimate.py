"""The whole estimate: of each example stack, fast, the same each time, and open about what it does not know."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import StringIO
from time import process_time
from typing import Any

import pytest
from rich.console import Console

from clusterwright.estimate import Estimate, estimate, plain
from clusterwright.estimate.quantity import BYTE, FLOP, HOUR, ONE, SECOND, USD, Figure, Unit, exactly, unknown
from clusterwright.estimate.table import show, written
from tests.estimate.jobs import HIGH, LIKELY, LOW, span
from tests.estimate.page import page
from tests.plan.aws.plans import plan_of
from tests.plans import ROOT, example_plan

STACKS = tuple(sorted(path.stem for path in (ROOT / "stacks").glob("*.yaml")))


def of(stack: str) -> Estimate:
    made = estimate(example_plan(stack))
    assert made is not None
    return made


def shown(made: Estimate, width: int = 160) -> str:
    console = Console(width=width, record=True, file=StringIO())
    show(made, console=console)
    return "\n".join(line.rstrip() for line in console.export_text().splitlines()) + "\n"


def figures(data: Any) -> Iterator[dict[str, Any]]:
    """Every figure of an estimate as JSON."""
    if isinstance(data, dict):
        if "unit" in data:
            yield data
        for value in data.values():
            yield from figures(value)
    if isinstance(data, list):
        for value in data:
            yield from figures(value)


@pytest.mark.parametrize("stack", STACKS)
def test_the_estimate_of_an_example_is_the_one_on_record(stack: str, golden: Callable[[str, str], None]) -> None:
    golden(f"tests/golden/estimate/{stack}.txt", shown(of(stack)))


def test_the_page_says_what_the_calibration_is(golden: Callable[[str, str], None]) -> None:
    golden("docs/estimate.md", page())


@pytest.mark.parametrize("stack", STACKS)
def test_every_figure_is_a_range_with_its_basis_or_unknown_with_a_reason(stack: str) -> None:
    found = list(figures(plain(of(stack))))
    assert len(found) > 30
    for figure in found:
        if figure["likely"] is None:
            assert figure["low"] is None
            assert figure["high"] is None
            assert figure["why"]
        else:
            assert 0 <= figure["low"] <= figure["likely"] <= figure["high"]
            assert figure["basis"]


@pytest.mark.parametrize("stack", STACKS)
def test_the_same_plan_has_the_same_estimate(stack: str) -> None:
    assert json.dumps(plain(of(stack)), allow_nan=False) == json.dumps(plain(of(stack)), allow_nan=False)


def test_an_estimate_takes_milliseconds() -> None:
    """A search looks at thousands of plans. Time of the processor, and the best of some, as others use it too."""
    plan = example_plan("bert-large-aws")
    took = []
    for _ in range(20):
        began = process_time()
        estimate(plan)
        took.append(process_time() - began)
    assert min(took) < 0.005


def test_a_cluster_without_a_job_has_no_estimate() -> None:
    assert estimate(plan_of("job: none\n")) is None


def test_the_example_on_this_machine_took_what_its_estimate_says() -> None:
    """README.md has what was measured: 3 min 32 s of pre-training, 3 min 45 s of fine-tuning, 7 min 45 s in all."""
    took = {"prepare": 16, "pretrain": 212, "finetune": 225, "evaluate": 13}
    made = of("local")
    for phase in made.phases:
        low, _, high = span(phase.time)
        assert low <= took[phase.name] <= high
    assert span(made.time)[LOW] <= 465 <= span(made.time)[HIGH]


def test_what_is_not_known_is_left_out_by_name_and_the_rest_is_still_told() -> None:
    made = of("bert-large-aws")
    assert [name for name, _ in made.left_out] == ["prepare"]
    assert made.time.known
    assert "without prepare" in made.time.basis
    assert "not in the time: prepare (how much text s3://my-corpus/wikipedia/ holds" in shown(made)


def test_without_a_peak_no_time_and_no_money_is_told() -> None:
    made = estimate(plan_of("groups: [{name: t, machine: g5g.2xlarge, nodes: 1}]\njob: {precision: bf16}\n"))
    assert made is not None
    assert not made.time.known
    assert not made.money.machines.known
    assert "unknown" in shown(made)


def test_a_gpu_that_nobody_timed_is_called_uncalibrated() -> None:
    assert "uncalibrated" in shown(of("bert-base-aws"))
    assert "uncalibrated" not in shown(of("bert-large-aws"))


def test_checkpoints_that_are_written_too_often_show_in_the_share_that_is_training() -> None:
    found = of("bert-large-aws").failures
    assert span(found.best_interval)[LIKELY] > 10 * span(found.interval)[LIKELY]
    assert span(found.goodput)[LIKELY] < 0.95


def test_a_translator_is_estimated() -> None:
    text = (
        "groups: [{name: t, machine: p4d.24xlarge, nodes: 1}]\njob: {model: transformer-big, corpus: s3://my/pairs}\n"
    )
    made = estimate(plan_of(text))
    assert made is not None
    # 3.5 days on 8 P100 of 10.6 x 10^12 FLOP/s each in fp32: https://arxiv.org/abs/1706.03762, section 5.2
    assert span(made.time)[HIGH] < 3.5 * 86400
    assert made.rate.known


@pytest.mark.parametrize(
    ("figure", "text"),
    [
        (exactly(90, SECOND, ""), "90.0 s"),
        (exactly(5400, SECOND, ""), "90.0 min"),
        (exactly(86400, SECOND, ""), "24.0 h"),
        (exactly(0.0321, SECOND, ""), "32.1 ms"),
        (exactly(3 * 2**30, BYTE, ""), "3.00 GiB"),
        (exactly(6.16e19, FLOP, ""), "61.6 EFLOP"),
        (exactly(0.243, ONE, ""), "24.3 %"),
        (exactly(2998123, USD, ""), "3,000,000 USD"),
        (exactly(0, USD, ""), "0 USD"),
        (unknown(HOUR, "no idea"), "unknown"),
    ],
)
def test_figures_are_written_as_people_read_them(figure: Figure, text: str) -> None:
    assert written(figure)[0] == text


@pytest.mark.parametrize("unit", [SECOND, BYTE, FLOP, ONE, USD])
@pytest.mark.parametrize("value", [0, 1e-9, 1, 1e30])
def test_any_size_can_be_written(unit: Unit, value: float) -> None:
    assert written(exactly(value, unit, ""))[0]


def test_no_line_of_the_table_is_wider_than_the_terminal() -> None:
    for stack in STACKS:
        lines = [line for line in shown(of(stack), width=100).splitlines() if "  " in line]
        assert max(map(len, lines)) <= 100
