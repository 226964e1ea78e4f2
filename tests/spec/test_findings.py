"""A finding is readable wherever it is: with tabs, in long lines, at the end of a line, without a file."""

import pytest

from clusterwright.spec.findings import Finding, Location, SpecError, count, dotted, excerpt, report


def test_a_long_line_is_cut_around_the_place() -> None:
    gutter, line, carets = excerpt(Location("f", 1, 301, 4, "a" * 300 + "here" + "b" * 300), widest=20)
    assert (gutter, line, carets) == ("   |", " 1 | aaaaaaaaaahere" + "bbbbbb", "   |           ^^^^")


def test_a_tab_takes_one_column() -> None:
    assert excerpt(Location("f", 9, 2, 1, "\tx: 1"))[1:] == [" 9 |  x: 1", "   |  ^"]


def test_a_place_behind_the_line_has_one_caret() -> None:
    assert excerpt(Location("f", 1, 4, 9, "abc"))[2] == "   |    ^"


def test_an_empty_line_is_not_shown() -> None:
    finding = Finding("CW-X", "what", "why", "hint", location=Location("f", 3, 1))
    assert str(finding) == "f:3:1: error[CW-X]: what\n  why: why\n  hint: hint"


@pytest.mark.parametrize(
    ("path", "text"), [((), ""), (("groups", 0, "nodes"), "groups[0].nodes"), (("job", "model"), "job.model")]
)
def test_a_path_is_written_as_people_do(path: tuple[str | int, ...], text: str) -> None:
    assert dotted(path) == text


def test_an_error_is_unreadable_if_one_of_its_findings_is() -> None:
    good, bad = Finding("CW-X", "", "", ""), Finding("CW-Y", "", "", "", readable=False)
    assert (SpecError([good]).exit_code, SpecError([good, bad]).exit_code) == (1, 2)


def test_findings_are_a_blank_line_apart() -> None:
    finding = Finding("CW-X", "what", "why", "hint", ("name",))
    assert report([finding, finding]) == f"{finding}\n\n{finding}"


def test_notes_come_last_in_a_line_each_with_one_hint() -> None:
    place = Location("f.yaml", 3, 5, 2, "    ab")
    notes = [Finding("CW-X", what, "why", "lock", severity="note", location=place) for what in ("one", "two")]
    error = Finding("CW-Y", "what", "why", "hint", ("name",))
    assert report([notes[0], error, notes[1]]) == (
        f"{error}\n\nf.yaml:3:5: note[CW-X]: one\nf.yaml:3:5: note[CW-X]: two\n  hint: lock"
    )


def test_a_message_shows_as_many_notes_as_findings() -> None:
    note = Finding("CW-X", "what", "why", "hint", severity="note")
    assert report([note] * 23).splitlines()[-3:] == [note.heading, "and 3 more notes", "  hint: hint"]


def test_findings_are_counted_by_severity() -> None:
    error, note = Finding("CW-X", "", "", ""), Finding("CW-X", "", "", "", severity="note")
    assert count([]) == "no findings"
    assert count([note, error, note]) == "1 error, 2 notes"
