"""Money: counted by machine and hour, kept by the head, guarded where prices are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clusterwright.node.files import Damaged
from clusterwright.node.slurm.spend import HEAD, Budget, Guard, Spend, count, notes, still_costs, verdict

HOUR = 3600.0
PRICES: dict[str, float | None] = {HEAD: 0.5, "train": 10.0}


def test_each_machine_costs_its_price_an_hour() -> None:
    spend = count(Spend(0.0, 0.0), {"train": 2, HEAD: 1}, PRICES, HOUR)
    assert (spend.usd, spend.unpriced) == (20.5, 0.0)


def test_a_machine_that_left_between_two_looks_is_counted() -> None:
    before = Spend(0.0, 0.0, machines={"train": 3})
    assert count(before, {"train": 1}, PRICES, HOUR).usd == 30.0


def test_what_has_no_price_is_no_money_but_is_told() -> None:
    spend = count(Spend(0.0, 0.0), {"prep": 4}, {**PRICES, "prep": None}, HOUR / 2)
    assert (spend.usd, spend.unpriced) == (0.0, 2.0)


def test_a_clock_that_is_set_back_gives_no_money_back() -> None:
    assert count(Spend(0.0, HOUR, usd=5.0), {"train": 1}, PRICES, 0.0).usd == 5.0


def test_the_limit_stops_and_a_raised_one_lets_go_on() -> None:
    spent = Spend(0.0, HOUR, usd=20.0)
    stopped = verdict(spent, Budget(limit=20.0))
    assert stopped.stopped == HOUR
    later = Spend(0.0, 2 * HOUR, usd=21.0, stopped=HOUR)
    assert verdict(later, Budget(limit=20.0)).stopped == HOUR, "since then, not since now"
    assert verdict(later, Budget(limit=30.0)).stopped is None
    assert verdict(later, Budget(limit=None)).stopped is None


@pytest.mark.parametrize(
    ("usd", "prices", "expected"),
    [
        (10.0, PRICES, []),
        (55.0, PRICES, ["55.00 USD spent, over 50 % of the limit of 100.00 USD"]),
        (95.0, PRICES, ["95.00 USD spent, over 90 % of the limit of 100.00 USD"]),
        (
            10.0,
            {**PRICES, "train": None},
            [
                "the limit of 100.00 USD cannot be guarded: no price is known for train; only the others are counted",
            ],
        ),
    ],
)
def test_the_report_says_what_is_near_and_what_is_unknown(
    usd: float, prices: dict[str, float | None], expected: list[str]
) -> None:
    assert notes(Spend(0.0, 0.0, usd=usd), Budget(100.0, (90, 50)), prices) == expected


def counted(guard: Guard, machines: int, now: float) -> Spend:
    guard.step({"train": machines}, now)
    guard.save()
    assert guard.spend is not None
    return guard.spend


def test_a_replaced_head_goes_on_with_the_count_and_the_time_without_a_head(tmp_path: Path) -> None:
    file = tmp_path / "spend.json"
    counted(Guard(Budget(), PRICES, file), 1, 0.0)
    spend = counted(Guard(Budget(), PRICES, file), 0, HOUR)
    assert (spend.usd, spend.since) == (10.5, 0.0)


def test_a_group_that_is_not_listed_yet_has_what_it_had_and_one_that_is_no_more_has_nothing(tmp_path: Path) -> None:
    file = tmp_path / "spend.json"
    counted(Guard(Budget(), PRICES, file), 2, 0.0)
    same, without = Guard(Budget(), PRICES, file), Guard(Budget(), {HEAD: 0.5}, file)
    for guard, machines in ((same, {HEAD: 1, "train": 2}), (without, {HEAD: 1})):
        guard.step({}, HOUR)
        assert guard.spend is not None
        assert guard.spend.machines == machines


def test_the_count_is_written_when_it_matters_and_else_once_a_minute(tmp_path: Path) -> None:
    file = tmp_path / "spend.json"
    guard = Guard(Budget(limit=10.0), PRICES, file)

    def written(machines: int, now: float) -> float:
        counted(guard, machines, now)
        return json.loads(file.read_text())["time"]

    assert [written(1, 0.0), written(1, 30.0), written(2, 40.0), written(2, 99.0), written(2, 100.0)] == [
        0,
        0,
        40,
        40,
        100,
    ]
    assert written(2, HOUR) == HOUR
    assert json.loads(file.read_text())["stopped"] == HOUR


def test_a_damaged_count_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    file = tmp_path / "spend.json"
    file.write_text("{}")
    with pytest.raises(Damaged, match=r"spend.json lacks 'since': remove it"):
        Guard(Budget(), PRICES, file).step({}, 0.0)


def test_what_is_not_known_is_told_as_unknown_and_never_as_zero(tmp_path: Path) -> None:
    unpriced: dict[str, float | None] = {HEAD: None, "train": None}
    guard = Guard(Budget(), unpriced, tmp_path / "spend.json")
    counted(guard, 2, 0.0)
    told = guard.told(counted(guard, 2, HOUR))
    assert (told["usd"], told["usd_per_hour"], told["unpriced_machine_hours"]) == (None, None, 3.0)
    assert still_costs(unpriced) == {HEAD: None, "storage": None}
    assert still_costs(PRICES) == {HEAD: 12.0, "storage": None}
