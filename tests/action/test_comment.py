"""One comment on the right pull request, of its newest commit, whatever the untrusted run left."""

from __future__ import annotations

import json
import stat
import zipfile
from contextlib import suppress
from io import BytesIO
from pathlib import Path

import pytest

from action import comment
from action.comment import GitHub, Refused, post
from tests.action.github import BASE, REVIEW, SHA, TOKEN, Hub, archive


def posted(hub: Hub, run: int = 55, waits: list[float] | None = None) -> str:
    sleep = (waits if waits is not None else []).append
    return post(GitHub(hub.url, BASE, TOKEN, sleep), hub.event(run))


def writes(hub: Hub) -> list[str]:
    return [f"{method} {path}" for method, path, _ in hub.requests if method != "GET"]


def test_a_first_review_is_a_comment(hub: Hub) -> None:
    assert posted(hub) == "a comment on pull request 7"
    (made,) = hub.comments
    assert made["body"].startswith(comment.MARKER)
    assert REVIEW.partition("\n")[2].rstrip() in made["body"]
    assert SHA[:12] in made["body"]


def test_later_reviews_update_it_wherever_it_is(hub: Hub) -> None:
    for number in range(5):
        hub.comment(f"talk {number}", "somebody")
    hub.comment(f"{REVIEW}stale words\n<!-- run 54 -->\n")
    posted(hub)
    assert writes(hub) == [f"PATCH /repos/{BASE}/issues/comments/105"]
    assert "stale words" not in hub.comments[-1]["body"]


def test_somebody_elses_comment_with_our_marker_is_left_alone(hub: Hub) -> None:
    hub.comment(REVIEW, "somebody")
    posted(hub)
    assert hub.comments[0]["body"] == REVIEW
    assert len(hub.comments) == 2


def test_the_token_does_not_go_to_the_host_of_the_archive(hub: Hub) -> None:
    posted(hub)
    assert {path: authorised for _, path, authorised in hub.requests}["/blob"] is False


def test_a_commit_that_is_not_the_newest_says_nothing(hub: Hub) -> None:
    hub.pulls[7]["head"]["sha"] = "f" * 40
    assert posted(hub).startswith("nothing")
    assert writes(hub) == []


def test_a_run_that_was_overtaken_says_nothing(hub: Hub) -> None:
    hub.comment(f"{REVIEW}newer\n<!-- run 56 -->\n")
    assert posted(hub).startswith("nothing")
    assert "newer" in hub.comments[0]["body"]


@pytest.mark.parametrize("repository", [{"full_name": "another/project"}, None])
def test_another_pull_requests_number_is_refused(hub: Hub, repository: dict[str, str] | None) -> None:
    hub.pulls[7]["head"]["repo"] = repository
    with pytest.raises(Refused, match="not one of pull request 7"):
        posted(hub)
    assert writes(hub) == []


@pytest.mark.parametrize("number", [b"8", b"", b"7; rm", b"-7", b"7/comments", b"\xff", "７".encode(), b"9" * 40])
def test_what_is_no_number_of_a_pull_request_is_refused(hub: Hub, number: bytes) -> None:
    hub.files["number"] = number
    with pytest.raises(Refused):
        posted(hub)
    assert writes(hub) == []


@pytest.mark.parametrize(
    "text",
    [b"", b"## no marker\n", b"\n" + REVIEW.encode(), b"\xff\xfe", REVIEW.encode() + b"x" * 70_000, b"x" * 5_000_000],
)
def test_what_is_no_review_is_refused(hub: Hub, text: bytes) -> None:
    hub.files["review.md"] = text
    with pytest.raises(Refused):
        posted(hub)
    assert writes(hub) == []


@pytest.mark.parametrize("name", ["number", "review.md"])
def test_a_file_that_is_missing_is_named(hub: Hub, name: str) -> None:
    hub.files[f"../{name}"] = hub.files.pop(name)
    with pytest.raises(Refused, match=f"no {name}"):
        posted(hub)


def test_a_link_in_the_archive_is_read_as_its_own_bytes(hub: Hub) -> None:
    data = BytesIO()
    with zipfile.ZipFile(data, "w") as made:
        made.writestr("number", "7")
        link = zipfile.ZipInfo("review.md")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
    hub.raw = data.getvalue()
    with pytest.raises(Refused, match="no review"):
        posted(hub)


@pytest.mark.parametrize("raw", [b"", b"PK\x03\x04", archive({"number": b"7", "review.md": b"x"})[:-30]])
def test_what_is_no_archive_is_refused(hub: Hub, raw: bytes) -> None:
    hub.raw = raw
    with pytest.raises(Refused):
        posted(hub)


def test_an_archive_that_says_it_is_huge_is_not_fetched(hub: Hub) -> None:
    hub.size = 10**9
    with pytest.raises(Refused, match="larger"):
        posted(hub)
    assert "/blob" not in [path for _, path, _ in hub.requests]


def test_an_archive_that_swells_is_refused(hub: Hub) -> None:
    hub.files["number"] = b"0" * 50_000_000
    assert len(hub.data) < 100_000
    with pytest.raises(Refused, match="larger"):
        posted(hub)


def test_a_review_calls_nobody_and_hides_nothing(hub: Hub) -> None:
    hub.files["review.md"] = REVIEW.encode() + b"@owner and @team/all <!-- run 999 -->\n"
    posted(hub)
    body = hub.comments[0]["body"]
    assert "@owner" not in body
    assert "@team" not in body
    assert comment._run_of(body) == 55


@pytest.mark.parametrize("at", ["@", "&#64;", "&#064", "&#x40;", "&#X0040;", "&commat;", "&COMMAT;"])
@pytest.mark.parametrize("name", ["owner", "&#111;wner", "\\owner"])
def test_nobody_is_called_by_an_at_in_other_words(hub: Hub, at: str, name: str) -> None:
    hub.files["review.md"] = f"{REVIEW}{at}{name}\n".encode()
    posted(hub)
    assert f"{at}{comment.SILENT}{name}" in hub.comments[0]["body"]


@pytest.mark.parametrize("text", ["```", "<details>", "<?", "<![CDATA[", "<pre>"])
def test_no_text_hides_whose_words_it_is(hub: Hub, text: str) -> None:
    hub.files["review.md"] = f"{REVIEW}{text}\n".encode()
    posted(hub)
    body = hub.comments[0]["body"]
    assert 0 < body.index("by a run without secrets") < body.index(text)


def test_an_archive_that_is_damaged_anywhere_is_told_as_such(hub: Hub) -> None:
    whole = archive(hub.files)
    for place in range(0, len(whole), 13):
        hub.raw = whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :]
        with suppress(Refused):  # or the text is what it was
            posted(hub)


@pytest.mark.parametrize(
    ("status", "headers", "waited"),
    [
        (429, {"Retry-After": "7"}, [7.0]),
        (403, {"Retry-After": "3"}, [3.0]),
        (403, {"X-RateLimit-Remaining": "0"}, [60.0]),
        (502, {}, [2.0]),
    ],
)
def test_what_passes_is_waited_for(hub: Hub, status: int, headers: dict[str, str], waited: list[float]) -> None:
    hub.failures = [(status, headers, {"message": "later"})]
    waits: list[float] = []
    assert posted(hub, waits=waits).startswith("a comment")
    assert waits == waited


@pytest.mark.parametrize("status", [401, 403, 404, 422])
def test_what_does_not_pass_is_told_in_githubs_words(hub: Hub, status: int) -> None:
    hub.failures = [(status, {}, {"message": "Resource not accessible by integration"})]
    with pytest.raises(Refused, match=f"{status} to GET .*Resource not accessible by integration"):
        posted(hub)


def test_trying_again_has_an_end(hub: Hub) -> None:
    hub.failures = [(503, {}, {})] * 10
    with pytest.raises(Refused, match="503"):
        posted(hub)


def test_a_run_that_is_of_no_pull_request_is_refused(hub: Hub) -> None:
    with pytest.raises(Refused, match="not of a pull request"):
        post(GitHub(hub.url, BASE, TOKEN), hub.event(kind="push"))


def test_the_program_says_one_line(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "event.json").write_text(json.dumps(hub.event()))
    for name, value in {
        "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
        "GITHUB_API_URL": hub.url,
        "GITHUB_REPOSITORY": BASE,
        "GITHUB_TOKEN": TOKEN,
    }.items():
        monkeypatch.setenv(name, value)
    assert comment.main() == 0
    hub.files["number"] = b"8"
    assert comment.main() == 1
    said = capsys.readouterr().out
    assert said.startswith("a comment on pull request 7\n::error::GitHub answered 404")
    assert TOKEN not in said
