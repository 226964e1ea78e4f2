"""The three kinds of bucket, each behind what is nearest to the real thing without an account."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from moto.core.botocore_stubber import BotocoreStubber

from clusterwright.bucket import Bucket, open_bucket
from tests.bucket import cloud_storage


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """A bucket of moto, which refuses what S3 refuses: an object that is there already, one that is not there.

    It looks whether an object is there before it writes, so that two threads could both; S3 lets one.
    """
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    answer, one_at_a_time = BotocoreStubber.process_request, threading.Lock()

    def answered(stubber: BotocoreStubber, request: Any) -> Any:
        with one_at_a_time:
            return answer(stubber, request)

    monkeypatch.setattr(BotocoreStubber, "process_request", answered)
    with mock_aws():
        import boto3

        boto3.client("s3", region_name="us-east-1").create_bucket(Bucket="there")
        yield open_bucket("s3://there?region=us-east-1")


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> Iterator[cloud_storage.State]:
    with cloud_storage.serve() as (address, state):
        monkeypatch.setenv("STORAGE_EMULATOR_HOST", address)
        yield state


@pytest.fixture
def gcs(cloud: cloud_storage.State) -> Bucket:
    return open_bucket("gs://there")


@pytest.fixture(params=["folder", "s3", "gcs"])
def bucket(request: pytest.FixtureRequest, tmp_path: Path) -> Bucket:
    if request.param == "folder":
        return open_bucket(f"file://{tmp_path / 'bucket'}")
    return request.getfixturevalue(request.param)
