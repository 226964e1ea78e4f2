"""What `clusterwright validate` writes for programs: each format holds the whole finding and keeps its own rules."""

from __future__ import annotations

import json

import pytest
from sarif_pydantic import Sarif

from clusterwright.rules import check, formats
from clusterwright.spec.findings import Finding, Location, SpecError
from clusterwright.spec.load import parse_spec
from tests.sarif import parts

WARNED = "name: a\nprovider: local\nhead: {disk: 1 GB}\n"
BROKEN = "name: a\nprovider: local\nnodes: 2\n"


def found(text: str, file: str = "stacks/a b.yaml") -> tuple[Finding, ...]:
    try:
        return check(parse_spec(text, file))
    except SpecError as error:
        return error.findings


def test_json_holds_every_part_of_a_finding() -> None:
    written = json.loads(formats.as_json(found(WARNED)))
    (finding,) = written["findings"]
    assert written["schema"] == 1
    assert (finding["code"], finding["severity"], finding["path"]) == ("CW-CMP-004", "warning", "head.disk")
    assert finding["location"]["file"] == "stacks/a b.yaml"
    assert (finding["location"]["line"], finding["location"]["column"]) == (3, 14)
    assert finding["what"]
    assert finding["why"]
    assert finding["hint"]


@pytest.mark.parametrize("text", [WARNED, BROKEN, "name: [", "name: a\nprovider: local\n"])
def test_sarif_has_nothing_that_its_types_do_not_know(text: str) -> None:
    log = Sarif.model_validate_json(formats.as_sarif(found(text)))
    unknown = {key for part in parts(log) for key in part.model_extra or ()}
    assert unknown == {"columnKind"}, "which the types forgot; it is in the standard"
    assert len(log.runs[0].results or []) == len(found(text))


def test_sarif_results_point_at_their_rule_and_their_place() -> None:
    run = json.loads(formats.as_sarif([*found(BROKEN), *found(WARNED)]))["runs"][0]
    for result in run["results"]:
        assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    place = run["results"][1]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "stacks/a%20b.yaml", "a URI has no spaces"
    assert place["region"] == {"startLine": 3, "startColumn": 14, "endColumn": 18}


def test_sarif_names_an_absolute_path_as_a_file() -> None:
    result = json.loads(formats.as_sarif(found(WARNED, "/specs/a b.yaml")))["runs"][0]["results"][0]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "file:///specs/a%20b.yaml"


def test_an_annotation_is_one_line_whatever_the_finding_says() -> None:
    finding = Finding(
        "CW-X-001", "100 % of\nit", "because", "a: b", severity="error", location=Location("a,b:c.yaml", 3, 5, 2)
    )
    assert formats.as_github([finding]) == (
        "::error file=a%2Cb%3Ac.yaml,line=3,col=5,endColumn=7,title=CW-X-001"
        "::100 %25 of%0Ait%0Awhy: because%0Ahint: a: b\n"
    )


def test_a_note_has_each_format_s_own_word_for_it() -> None:
    note = Finding("CW-X-001", "unknown", "because", "a", severity="note")
    assert json.loads(formats.as_json([note]))["findings"][0]["severity"] == "note"
    assert json.loads(formats.as_sarif([note]))["runs"][0]["results"][0]["level"] == "note"
    assert formats.as_github([note]).startswith("::notice file=,line=1,")


def test_no_findings_are_no_annotations() -> None:
    assert formats.as_github([]) == ""
