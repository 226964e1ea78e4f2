"""Post a review as the one comment on its pull request, or update it: the step of a workflow that others' code never
reaches. It takes what the untrusted run left as data: bounded, unpacked in memory, and held against what GitHub says.

It needs Python alone, so that nothing has to be installed beside a token that may write. Variables: GITHUB_TOKEN (may
read actions and write pull requests), GITHUB_REPOSITORY, GITHUB_API_URL, and GITHUB_EVENT_PATH, a `workflow_run` event.
"""

from __future__ import annotations

import io
import json
import lzma
import os
import re
import sys
import time
import urllib.error
import urllib.request
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

MARKER = "<!-- clusterwright-review -->"
ARTIFACT, TEXT, NUMBER = "clusterwright-review", "review.md", "number"
AUTHOR = "github-actions[bot]"
"""Who writes with a workflow's own token
(https://docs.github.com/en/actions/concepts/security/github_token)."""
MOST_CHARACTERS = 65_536
"""Characters of a comment's body; GitHub refuses longer ones."""
MOST_BYTES = 4 * 2**20
"""Bytes of an answer, of an archive, and of a file in it."""
BROKEN = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, RuntimeError)
"""What reading an archive that somebody damaged may raise."""
SILENT = "\N{ZERO WIDTH SPACE}"
"""After an @ nobody is called."""
CALL = re.compile(r"@|&(?:#0*64|#x0*40|commat);?", re.IGNORECASE)
"""An @ as Markdown has it too: GitHub looks for names in text that is rendered already."""
TRIES, MOST_WAIT = 4, 60.0
SECONDS = 30.0


class Refused(Exception):
    """The review can't be posted; `str()` says what and why."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """An archive is on another host, which the token is not for: who follows does so without it."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class GitHub:
    """The REST API, as one repository's token may use it (https://docs.github.com/en/rest)."""

    api: str
    repository: str
    token: str
    sleep: Callable[[float], None] = time.sleep

    def call(self, method: str, path: str, data: Mapping[str, Any] | None = None) -> Answer:
        """The answer to a request below the repository, or to a whole address of the API. Waits and tries again where
        GitHub asks for it or fails. Raises Refused for what it refuses."""
        url = path if path.startswith(self.api) else f"{self.api}/repos/{self.repository}/{path}"
        headers = {
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
            "Authorization": f"Bearer {self.token}",
        }
        body = None if data is None else json.dumps(data).encode()
        answer, tried = _asked(method, url, headers, body), 1
        while answer.status >= 400 and tried < TRIES and (wait := _wait(answer, tried)) is not None:
            self.sleep(wait)
            answer, tried = _asked(method, url, headers, body), tried + 1
        if answer.status < 400:
            return answer
        raise Refused(f"GitHub answered {answer.status} to {method} {urlsplit(url).path}: {_said(answer)}")

    def json(self, path: str) -> Any:
        return json.loads(self.call("GET", path).body)

    def pages(self, path: str) -> Iterator[Any]:
        """The members of a list, of all its pages
        (https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api)."""
        following: str | None = path
        while following:
            answer = self.call("GET", following)
            yield from json.loads(answer.body)
            found = re.search(r'<([^>]+)>;\s*rel="next"', answer.headers.get("link", ""))
            following = found[1] if found else None
            if following and not following.startswith(f"{self.api}/"):
                raise Refused("GitHub's next page is on another host")

    def archive(self, url: str) -> bytes:
        """An artifact's archive, which the API redirects to."""
        answer = self.call("GET", url)
        if answer.status in (301, 302, 307):
            answer = _asked("GET", answer.headers.get("location", ""), {}, None)
        if answer.status != 200:
            raise Refused(f"the artifact can't be had: {answer.status}")
        return answer.body


def _asked(method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
    if urlsplit(url).scheme not in ("https", "http"):
        raise Refused(f"{url!r} is no address")
    request = urllib.request.Request(url, data=body, headers=dict(headers), method=method)  # noqa: S310
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=SECONDS) as response:
            return Answer(response.status, _lower(response.headers), _bounded(response))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, _lower(error.headers), _bounded(error))
    except (OSError, ValueError) as error:
        return Answer(599, {}, str(error).encode())


def _lower(headers: Any) -> dict[str, str]:
    return {str(name).lower(): str(value) for name, value in headers.items()}


def _bounded(stream: Any) -> bytes:
    data = stream.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Refused(f"an answer is larger than {MOST_BYTES:,} bytes")
    return data


def _wait(answer: Answer, tried: int) -> float | None:
    """Seconds until another try is worth it, None where it never is
    (https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api)."""
    asked = answer.headers.get("retry-after", "")
    if answer.status in (403, 429) and asked.isdigit():
        return float(asked) if float(asked) <= MOST_WAIT else None
    if answer.status == 429 or (answer.status == 403 and answer.headers.get("x-ratelimit-remaining") == "0"):
        return MOST_WAIT
    return 2.0**tried if answer.status >= 500 else None


def _said(answer: Answer) -> str:
    try:
        return str(json.loads(answer.body)["message"])[:300]
    except (ValueError, KeyError, TypeError):
        return answer.body[:300].decode(errors="replace")


@dataclass(frozen=True)
class Run:
    """The run that made the review, as the event tells it, which nobody but GitHub writes."""

    id: int
    sha: str
    repository: str

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Run:
        run = event["workflow_run"]
        if run["event"] != "pull_request":
            raise Refused(f"the run is of a {run['event']}, not of a pull request")
        return cls(run["id"], run["head_sha"], (run["head_repository"] or {}).get("full_name", ""))


def post(github: GitHub, event: Mapping[str, Any]) -> str:
    """Posts or updates the comment; what was done in a few words. Raises Refused."""
    run = Run.of(event)
    number, text = left(github, run)
    pull = github.json(f"pulls/{number}")
    head = pull["head"]
    if (head["repo"] or {}).get("full_name") != run.repository:
        raise Refused(f"the run is not one of pull request {number}, whatever its artifact says")
    if head["sha"] != run.sha:
        return f"nothing: {run.sha[:12]} is not the newest commit of pull request {number} any longer"
    marker, _, rest = text.rstrip().partition("\n")
    body = f"{marker}\n{_signed(run)}\n\n{rest}"  # before the text, which could hide or fold what follows it
    mine = next((one for one in github.pages(f"issues/{number}/comments?per_page=100") if _ours(one)), None)
    if mine is None:
        github.call("POST", f"issues/{number}/comments", {"body": body})
        return f"a comment on pull request {number}"
    if _run_of(mine["body"]) > run.id:
        return f"nothing: pull request {number} has the review of a later run"
    github.call("PATCH", f"issues/comments/{mine['id']}", {"body": body})
    return f"the comment on pull request {number} is up to date"


def left(github: GitHub, run: Run) -> tuple[int, str]:
    """The number of the pull request and the review's text, as the untrusted run left them. Raises Refused."""
    found = github.json(f"actions/runs/{run.id}/artifacts?name={ARTIFACT}")["artifacts"]
    if not found:
        raise Refused(f"run {run.id} left no artifact {ARTIFACT}")
    if found[0]["size_in_bytes"] > MOST_BYTES:
        raise Refused(f"the artifact is larger than {MOST_BYTES:,} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(github.archive(found[0]["archive_download_url"]))) as archive:
            number, text = _member(archive, NUMBER).strip(), _member(archive, TEXT)
    except BROKEN as error:
        raise Refused(f"the artifact is no archive that can be read: {error}") from error
    if not re.fullmatch(r"[1-9][0-9]{0,9}", number):
        raise Refused("the artifact names no pull request")
    if text.split("\n", 1)[0] != MARKER:
        raise Refused(f"{TEXT} is no review: its first line is not {MARKER}")
    text = _quiet(text)
    if len(text) > MOST_CHARACTERS - len(_signed(run)) - 2:
        raise Refused(f"{TEXT} is longer than a comment can be")
    return int(number), text


def _member(archive: zipfile.ZipFile, name: str) -> str:
    """A file of the archive, read in memory by its very name: no path in it is ever written or followed."""
    try:
        with archive.open(name) as file:
            return _bounded(file).decode()
    except KeyError as error:
        raise Refused(f"the artifact has no {name}") from error
    except UnicodeDecodeError as error:
        raise Refused(f"{name} is not UTF-8") from error


def _quiet(text: str) -> str:
    """The text, calling nobody: the code of a fork may have written what it likes. And it is of no other run."""
    head, _, rest = text.partition("\n")
    return f"{head}\n{CALL.sub(lambda call: f'{call[0]}{SILENT}', rest).replace('<!--', '&lt;!--')}"


def _signed(run: Run) -> str:
    told = f"<sub>Of commit {run.sha[:12]}, by a run without secrets on what that commit holds.</sub>"
    return f"<!-- run {run.id} -->\n{told}"


def _ours(comment: Mapping[str, Any]) -> bool:
    return comment["user"]["login"] == AUTHOR and str(comment["body"]).startswith(MARKER)


def _run_of(body: str) -> int:
    found = re.findall(r"^<!-- run ([0-9]+) -->$", body, re.MULTILINE)
    return int(found[-1]) if found else 0


def main() -> int:
    try:
        with open(os.environ["GITHUB_EVENT_PATH"], encoding="utf-8") as file:
            event = json.load(file)
        api, repository, token = (os.environ[name] for name in ("GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN"))
        print(post(GitHub(api, repository, token), event))
    except Refused as error:
        print(f"::error::{str(error).translate({10: ' ', 13: ' '})}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
