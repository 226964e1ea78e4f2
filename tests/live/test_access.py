"""What a user is told when a bucket is not to be had."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from clusterwright import bucket as buckets
from clusterwright.bucket.folder import FolderBucket
from clusterwright.errors import ClusterwrightError
from clusterwright.live import access, commands
from clusterwright.live.stack import Stack

CLOUD = Stack("mine", "mine", "aws", "s3://mine-data-0a1b2c3d?region=us-east-1")


class Refusing(FolderBucket):
    """Answers every question with the same error."""

    def __init__(self, error: OSError) -> None:
        super().__init__(Path("/nowhere"))
        object.__setattr__(self, "error", error)

    def read(self, key: str, last: int | None = None) -> bytes:
        raise self.error  # pyright: ignore[reportAttributeAccessIssue]

    def names(self, folder: str) -> tuple[str, ...]:
        raise self.error  # pyright: ignore[reportAttributeAccessIssue]

    def walk(self, folder: str):
        raise self.error  # pyright: ignore[reportAttributeAccessIssue]


COMMANDS = {
    "watch": lambda: commands.watch(CLOUD),
    "logs": lambda: commands.logs(CLOUD),
    "results": lambda: commands.results(CLOUD),
    "results of a run": lambda: commands.results(CLOUD, "0a1b2c3d4e5f.1"),
    "rerun": lambda: commands.rerun(CLOUD),
    "submit": lambda: commands.submit(CLOUD, ["a.py"], None, None, None, None),
    "jobs": lambda: commands.jobs(CLOUD),
    "cancel": lambda: commands.cancel(CLOUD, "0a1b2c3d4e5f.1"),
}


SIGN_IN = "sign in: aws sso login, or set AWS_PROFILE to a profile with credentials"
RIGHTS = f"{SIGN_IN}; docs/jobs.md lists the rights that it takes"


@pytest.mark.parametrize(
    ("error", "what", "why", "hint"),
    [
        (
            PermissionError(13, "S3 refused GetObject (AccessDenied)", "s3://mine-data-0a1b2c3d/control/current"),
            "denied",
            "S3 refused GetObject (AccessDenied): s3://mine-data-0a1b2c3d/control/current",
            RIGHTS,
        ),
        (PermissionError("no AWS credentials are found"), "denied", "no AWS credentials are found", RIGHTS),
        (
            OSError(19, "there is no such bucket", "s3://mine-data-0a1b2c3d"),
            "not there",
            "there is no such bucket: s3://mine-data-0a1b2c3d",
            "if it was never up: make up STACK=mine; else look whether the lock is of that account",
        ),
        (
            OSError("no route to host"),
            "not to be had",
            "no route to host",
            f"check the connection and its proxy (HTTPS_PROXY); {SIGN_IN}",
        ),
    ],
    ids=["denied", "no credentials", "no bucket", "no network"],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_says_what_keeps_the_bucket_from_it(
    monkeypatch: pytest.MonkeyPatch, command: str, error: OSError, what: str, why: str, hint: str
) -> None:
    monkeypatch.setattr(access, "open_bucket", lambda url: Refusing(error))
    with pytest.raises(ClusterwrightError) as told:
        COMMANDS[command]()
    assert str(told.value) == (f"error: the bucket of mine is {what}: {CLOUD.bucket}\n  why: {why}\n  hint: {hint}")


def test_a_cluster_without_control_is_down(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(access, "open_bucket", lambda url: FolderBucket(tmp_path))
    with pytest.raises(ClusterwrightError, match=r"cluster mine is down\n.*no control/current.*\n.*make up STACK=mine"):
        access.open_up(CLOUD)


def test_a_missing_client_is_told_with_what_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "clusterwright.bucket.s3", None)
    with pytest.raises(ClusterwrightError, match=r"client of s3://.* not installed\n(.|\n)*pip install '\.\[aws\]'"):
        access.open_stack(CLOUD)


def test_a_file_of_this_machine_that_is_refused_is_not_the_buckets_fault() -> None:
    with pytest.raises(PermissionError), access.reaching(CLOUD):
        raise PermissionError(13, "Permission denied", "/home/me/code/secret.py")


def test_addresses_lead_to_folders(tmp_path: Path) -> None:
    assert buckets.open_bucket(f"file://{tmp_path}") == FolderBucket(tmp_path)
