"""The rights that docs/jobs.md asks for are enough for each command, and no command needs more."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

import pytest

from clusterwright.bucket import Bucket, Entry
from clusterwright.bucket.folder import FolderBucket
from clusterwright.live import access, commands
from clusterwright.live.stack import Stack

ROOT = Path(__file__).parents[2]
STACK = Stack("mine", "mine", "aws", "s3://mine-data-0a1b2c3d?region=us-east-1")
RUN = "0a1b2c3d4e5f.1"
SUBMITTED = re.compile(r"jobs/(?!0a1b2c3d4e5f|aaaaaaaaaaaa)[0-9a-f]{12}\.1/")


class Spy:
    """A bucket that notes what is asked of it, in the words of S3: the action and the key, or the folder listed."""

    url = STACK.bucket

    def __init__(self, bucket: FolderBucket) -> None:
        self.bucket = bucket
        self.asked: set[tuple[str, str]] = set()

    def read(self, key: str, last: int | None = None) -> bytes:
        self.asked.add(("s3:GetObject", key))
        return self.bucket.read(key, last)

    def names(self, folder: str) -> tuple[str, ...]:
        self.asked.add(("s3:ListBucket", ""))
        return self.bucket.names(folder)

    def walk(self, folder: str) -> Iterator[Entry]:
        self.asked.add(("s3:ListBucket", ""))
        return self.bucket.walk(folder)

    def exists(self, key: str) -> bool:
        self.asked.add(("s3:GetObject", key))
        return self.bucket.exists(key)

    def write(self, key: str, data: bytes) -> None:
        raise AssertionError(f"replaces {key}")

    def create(self, key: str, data: bytes) -> bool:
        self.asked.add(("s3:PutObject", key))
        return self.bucket.create(key, data)

    def delete(self, key: str) -> None:
        raise AssertionError(f"deletes {key}")

    def download(self, key: str, target: Path) -> None:
        self.asked.add(("s3:GetObject", key))
        self.bucket.download(key, target)

    def upload(self, source: Path, key: str) -> None:
        raise AssertionError(f"replaces {key}")


def policy() -> list[tuple[str, str]]:
    """The actions that the document's policy allows, each with a pattern of keys."""
    text = (ROOT / "docs/jobs.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```json\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    statements = json.loads(block)["Statement"]
    return [
        (statement["Action"], statement["Resource"].removeprefix("arn:aws:s3:::BUCKET").removeprefix("/"))
        for statement in statements
        if isinstance(statement["Action"], str)
    ]


def allowed(action: str, key: str) -> bool:
    return any(action == one and fnmatchcase(key, keys) for one, keys in policy())


@pytest.fixture
def spy(bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Spy:
    """A cluster whose job has finished and where another run is going."""
    monkeypatch.chdir(tmp_path)
    bucket.deploy_machines()
    bucket.machine("head")
    bucket.ask("train-1")
    bucket.machine("train-1")
    bucket.finish()
    bucket.request("aaaaaaaaaaaa.1")
    bucket.write("reports/logs/head/slurmctld.log", "up\n")
    bucket.write(f"jobs/{RUN}/logs/train-1.log", "step 1\n")
    (tmp_path / "code").mkdir()
    (tmp_path / "code/a.py").touch()
    made: Bucket = (spy := Spy(bucket.storage))
    monkeypatch.setattr(access, "open_bucket", lambda url: made)
    return spy


COMMANDS: dict[str, tuple[Callable[[], int], set[str]]] = {
    "watch": (lambda: commands.watch(STACK, until_finished=True, interval=0.1), set()),
    "logs": (lambda: commands.logs(STACK), set()),
    "logs of a node": (lambda: commands.logs(STACK, "head"), set()),
    "logs of a run": (lambda: commands.logs(STACK, RUN), set()),
    "results": (lambda: commands.results(STACK), set()),
    "results of a run": (lambda: commands.results(STACK, RUN), set()),
    "jobs": (lambda: commands.jobs(STACK), set()),
    "rerun": (lambda: commands.rerun(STACK), {"jobs/0a1b2c3d4e5f.2/request.json"}),
    "cancel": (lambda: commands.cancel(STACK, "aaaaaaaaaaaa.1"), {"jobs/aaaaaaaaaaaa.1/cancel.json"}),
    "submit": (
        lambda: commands.submit(STACK, ["a.py"], Path("code"), None, None, None),
        {"jobs/SUBMITTED/request.json", "jobs/SUBMITTED/source.tar.gz"},
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_asks_for_no_more_than_its_rights(spy: Spy, command: str) -> None:
    do, creates = COMMANDS[command]
    do()
    assert [one for one in sorted(spy.asked) if not allowed(*one)] == []
    made = {key for action, key in spy.asked if action == "s3:PutObject"}
    assert {SUBMITTED.sub("jobs/SUBMITTED/", key) for key in made} == creates


def test_the_policy_keeps_what_nodes_run_as_root_out_of_reach() -> None:
    assert allowed("s3:PutObject", f"jobs/{RUN}/request.json")
    for key in ("control/current", "nodes/claims/train-1.json", "reports/head.json", "data/text", "jobs"):
        assert not allowed("s3:PutObject", key)
    assert not allowed("s3:DeleteObject", f"jobs/{RUN}/request.json")
