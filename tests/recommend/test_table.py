"""A recommendation as people read it."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from clusterwright.recommend.recommend import Recommendation
from clusterwright.recommend.table import PIPE_WIDTH, described, named, show
from tests.recommend.few import bert, stack, told

pytestmark = pytest.mark.usefixtures("few")


def shown(recommendation: Recommendation, width: int) -> list[str]:
    text = StringIO()
    show(recommendation, "what is trained", Console(file=text, width=width))
    return [line.rstrip() for line in text.getvalue().splitlines()]


def test_a_wide_terminal_has_a_line_for_each_option_with_its_ranges_and_limits() -> None:
    recommendation = told(bert(), 5 * 86400, 300_00)
    lines = shown(recommendation, PIPE_WIDTH)
    columns = "machines region hours range USD range kWh deadline budget speed why"
    assert lines[2].split() == columns.split()
    first = lines[3]
    assert first.startswith("1 x g6.xlarge, on demand")
    for word in ("us-east-1", " to ", "surely", "uncalibrated", "cheapest"):
        assert word in first


def test_a_narrow_terminal_loses_nothing_of_an_option() -> None:
    recommendation = told(bert(), 5 * 86400, 300_00)
    lines = shown(recommendation, 80)
    assert lines[2].startswith("1 x g6.xlarge, on demand, us-east-1: ")
    assert lines[2].endswith(" kWh")
    assert lines[3] == "    cheapest, least energy"
    assert lines[4].endswith("; deadline surely; budget surely; uncalibrated")
    of_options = lines[2 : 2 + 3 * len(recommendation.front)]
    assert [line.startswith("    ") for line in of_options] == [False, True, True] * len(recommendation.front)


def test_what_is_not_known_is_called_unknown() -> None:
    recommendation = told(bert(model="bert-large", tokens=85 * 10**9))
    (line,) = (line for line in shown(recommendation, PIPE_WIDTH) if "p6-b300" in line and "fastest: " in line)
    assert " unknown " in line


def test_how_ranks_share_the_model_out_is_told_where_they_do() -> None:
    gpt = told(stack("[{name: train}]", "{model: gpt3-6.7b, sharding: full, recompute: true}"))
    assert all(described(one).endswith(", sharding full with recompute") for one in gpt.front)
    assert gpt.front


def test_of_many_names_the_first_are_told_and_how_many_there_are_besides() -> None:
    assert named(["a", "b"]) == "a, b"
    assert named(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
