"""What every format of a review promises, whatever it looks like."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from rich.console import Console
from sarif_pydantic import Sarif

from clusterwright.estimate.quantity import USD, USD_PER_HOUR, Figure, Span, exactly
from clusterwright.review.model import Effect, FieldChange, Measure, Review, StackReview, Verdict
from clusterwright.review.review import review
from clusterwright.review.sides import sides
from clusterwright.review.write import FORMATS
from clusterwright.review.write.json import schema
from clusterwright.review.write.terminal import show
from clusterwright.spec.findings import Location
from tests.plans import ROOT
from tests.review.samples import DATE, DOUBTS, SAMPLES, doubtful, example
from tests.sarif import parts

SUFFIXES = {"markdown": "md", "json": "json", "sarif": "sarif", "terminal": "txt"}


def shown(review: Review) -> str:
    """What a terminal of 120 columns without colours shows."""
    written = io.StringIO()
    show(review, Console(file=written, width=120))
    return "".join(f"{line.rstrip()}\n" for line in written.getvalue().splitlines())


WRITERS: dict[str, Callable[[Review], str]] = {**FORMATS, "terminal": shown}
writers = pytest.mark.parametrize("form", WRITERS)


def only(measure: Measure) -> Review:
    """A review that has this measure alone, and an alternative that rests on it."""
    review = doubtful()
    (stack,) = review.stacks
    assert stack.alternative
    offered = replace(stack.alternative, measures=(measure,))
    return replace(review, stacks=(replace(stack, measures=(measure,), alternative=offered),))


@writers
@pytest.mark.parametrize("sample", [name for name in SAMPLES if name != "many"])
def test_a_review_is_written_as_recorded(sample: str, form: str, golden: Callable[[str, str], None]) -> None:
    golden(f"tests/golden/review/{sample}.{SUFFIXES[form]}", WRITERS[form](SAMPLES[sample]()))


@pytest.fixture(scope="module")
def real() -> Review:
    """Eight p4d.24xlarge become sixteen p5.48xlarge, from two folders of specs."""
    folder = "tests/review/example"
    with sides(f"{folder}/base", f"{folder}/head", ROOT) as (before, after):
        return review(before, after, ROOT, (), DATE)


@pytest.mark.parametrize("form", ["markdown", "terminal"])
def test_the_review_of_two_folders_reads_as_recorded(
    real: Review, form: str, golden: Callable[[str, str], None]
) -> None:
    golden(f"tests/golden/review/p4d-to-p5.{SUFFIXES[form]}", WRITERS[form](real))


def test_the_page_shows_what_a_terminal_shows(real: Review, golden: Callable[[str, str], None]) -> None:
    page = (ROOT / "docs" / "review.md").read_text(encoding="utf-8")
    before, _, rest = page.partition("```text\n")
    golden("docs/review.md", f"{before}```text\n{shown(real)}```{rest.partition('```')[2]}")


@writers
@pytest.mark.parametrize("measure", DOUBTS, ids=lambda measure: measure.name)
def test_what_is_in_doubt_or_unknown_is_no_gain_and_not_0(measure: Measure, form: str) -> None:
    text = WRITERS[form](only(measure))
    assert not re.search(r"[−-]\d|cheaper|saving|less than", text.replace("2026-11-25", "").replace("2.1.0", ""))
    assert not re.search(r"(?<![\d.,])0(\.0+)?(?![\d.,])", text)


@pytest.mark.parametrize("form", ["markdown", "terminal"])
def test_a_gain_that_may_be_believed_is_told(form: str) -> None:
    """Else the test above would hold of a table without differences."""
    text = WRITERS[form](example())
    assert "−7.80 h" in text
    assert "cheaper" in text


@writers
def test_less_an_hour_for_more_hours_is_not_cheaper(form: str) -> None:
    hourly = Measure("an hour", exactly(10, USD_PER_HOUR, "list prices"), exactly(5, USD_PER_HOUR, "list prices"))
    whole = Measure("the job", exactly(100, USD, "time x price"), exactly(150, USD, "time x price"))
    (stack,) = doubtful().stacks
    assert stack.alternative
    offered = replace(stack.alternative, better="cheaper", why="of fewer machines", measures=(hourly, whole))
    text = WRITERS[form](replace(doubtful(), stacks=(replace(stack, measures=(), alternative=offered),)))
    assert "cheaper" not in text


@pytest.mark.parametrize("form", ["markdown", "terminal"])
def test_a_figure_too_small_to_write_is_not_0(form: str) -> None:
    tiny = Figure(USD, Span(0.0001, 0.0002, 0.0003), "list prices")
    assert "less than 0.001 USD" in WRITERS[form](only(Measure("tiny", tiny, tiny)))


@pytest.mark.parametrize("sample", SAMPLES)
def test_json_follows_its_schema(sample: str) -> None:
    Draft202012Validator(schema()).validate(json.loads(FORMATS["json"](SAMPLES[sample]())))


def test_the_schema_is_one_and_is_the_recorded_one(golden: Callable[[str, str], None]) -> None:
    Draft202012Validator.check_schema(schema())
    golden("docs/review.schema.json", json.dumps(schema(), indent=2) + "\n")


@pytest.mark.parametrize("change", [{"schema": 2}, {"stacks": None}, {"more": 1}, {"verdict": {"level": "good"}}])
def test_what_is_no_review_does_not_follow_the_schema(change: dict[str, Any]) -> None:
    assert not Draft202012Validator(schema()).is_valid({**json.loads(FORMATS["json"](example())), **change})


def test_json_has_numbers_with_their_unit_and_null_for_what_is_unknown() -> None:
    (stack,) = json.loads(FORMATS["json"](doubtful()))["stacks"]
    missing, _, _, stale, _ = stack["measures"]
    assert missing["before"] == {"unit": "USD/h", "low": None, "likely": None, "high": None, "why": "no price of p9"}
    assert (stale["after"]["likely"], stale["after"]["unit"], stale["difference"]) == (31.46, "USD/h", None)
    (stack,) = json.loads(FORMATS["json"](example()))["stacks"]
    assert stack["measures"][0]["difference"] == 8


@pytest.mark.parametrize("sample", [name for name in SAMPLES if name != "many"])
def test_sarif_has_nothing_that_its_types_do_not_know(sample: str) -> None:
    log = Sarif.model_validate_json(FORMATS["sarif"](SAMPLES[sample]()))
    assert {key for part in parts(log) for key in part.model_extra or ()} <= {
        "columnKind",
        "baselineState",
    }, "which the types forgot; they are in the standard"


def test_sarif_says_which_findings_the_change_brought_and_which_it_resolved() -> None:
    results = json.loads(FORMATS["sarif"](example()))["runs"][0]["results"]
    states = {
        result["ruleId"]: result["baselineState"] for result in results if not re.match("CW-REV", result["ruleId"])
    }
    assert states == {"CW-CAP-007": "new", "CW-LOCK-001": "unchanged", "CW-NET-101": "absent"}


def test_sarif_shows_lost_data_and_a_replaced_group_in_the_file_of_the_stack() -> None:
    results = json.loads(FORMATS["sarif"](example()))["runs"][0]["results"]
    found = {result["message"]["text"]: result for result in results}
    (lost,) = (result for text, result in found.items() if "/scratch" in text)
    (group,) = (result for text, result in found.items() if "group train" in text)
    assert (lost["level"], group["level"]) == ("warning", "note")
    for result in (lost, group):
        place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert place == "stacks/bert-large.yaml"


def test_sarif_takes_no_field_for_the_place_whose_name_is_but_a_word_of_the_reason() -> None:
    place = Location("stacks/a.yaml", 3, 1, 4, "zone: b")
    field = FieldChange("zone", "a", "b", "replace", "", place)
    effects = (
        Effect("group a", "replace", "another zone is asked for", "fields"),
        Effect("group b", "replace", "`zone`: made anew", "fields"),
    )
    stack = StackReview("a", "stacks/a.yaml", "changed", Verdict("fine", ""), fields=(field,), effects=effects)
    log = json.loads(FORMATS["sarif"](Review("a", "b", DATE, stack.verdict, (stack,))))
    regions = [one["locations"][0]["physicalLocation"].get("region", {}) for one in log["runs"][0]["results"]]
    assert [region.get("startLine") == 3 for region in regions] == [False, True]
