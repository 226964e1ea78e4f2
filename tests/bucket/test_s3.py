"""S3's own answers become the errors that a file would give, with a reason that can be acted on."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from clusterwright.bucket import Bucket, open_bucket
from clusterwright.bucket.s3 import S3Bucket

PUT = {"Bucket": "there", "Key": "a", "Body": b"mine", "IfNoneMatch": "*"}


@pytest.fixture
def stub() -> Iterator[Stubber]:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    with Stubber(boto3.client("s3", region_name="us-east-1", **keys)) as stub:
        yield stub
        stub.assert_no_pending_responses()


def bucket_of(stub: Stubber) -> S3Bucket:
    return S3Bucket("there", "us-east-1", stub.client)


def test_a_bucket_that_is_not_there_is_no_missing_object(s3: Bucket) -> None:
    with pytest.raises(OSError, match="there is no such bucket: 's3://elsewhere'") as caught:
        open_bucket("s3://elsewhere?region=us-east-1").read("a")
    assert not isinstance(caught.value, FileNotFoundError)


def test_a_refusal_names_object_action_and_reason(stub: Stubber) -> None:
    stub.add_client_error("get_object", "AccessDenied", "not authorized to perform: s3:GetObject", 403)
    with pytest.raises(PermissionError) as caught:
        bucket_of(stub).read("control/current")
    said = str(caught.value)
    assert "S3 refused GetObject (AccessDenied: not authorized to perform: s3:GetObject)" in said
    assert "s3://there/control/current" in said


def test_missing_credentials_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(PermissionError, match="no AWS credentials are found"):
        open_bucket("s3://there?region=us-east-1").read("a")


def test_a_create_that_met_another_write_is_tried_again(stub: Stubber) -> None:
    stub.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409, expected_params=PUT)
    stub.add_response("put_object", {}, PUT)
    assert bucket_of(stub).create("a", b"mine")


def test_a_create_that_always_meets_another_write_fails(stub: Stubber) -> None:
    for _ in range(5):
        stub.add_client_error("put_object", "ConditionalRequestConflict", http_status_code=409)
    with pytest.raises(OSError, match="others wrote it at the same time, 5 times"):
        bucket_of(stub).create("a", b"mine")


@pytest.mark.parametrize(("there", "created"), [(b"mine", True), (b"another's", False)])
def test_a_create_whose_answer_was_lost_knows_its_own(stub: Stubber, there: bytes, created: bool) -> None:
    retried: dict[str, Any] = {"RetryAttempts": 1}
    stub.add_client_error("put_object", "PreconditionFailed", http_status_code=412, response_meta=retried)
    stub.add_response("get_object", {"Body": io.BytesIO(there)})
    assert bucket_of(stub).create("a", b"mine") == created


def test_a_failure_of_s3_says_what_was_asked(stub: Stubber) -> None:
    stub.add_client_error("put_object", "SlowDown", "Please reduce your request rate.", 503)
    with pytest.raises(OSError, match=r"PutObject failed \(SlowDown: Please reduce your request rate\.\)"):
        bucket_of(stub).write("a", b"")


@pytest.mark.parametrize(("last", "asked"), [(16384, "bytes=-16384"), (0, "bytes=-1")])
def test_the_end_of_an_object_is_asked_for_as_a_range_that_is_one(stub: Stubber, last: int, asked: str) -> None:
    answer = {"Body": io.BytesIO(b"x")}
    stub.add_response("get_object", answer, {"Bucket": "there", "Key": "log", "Range": asked})
    assert bucket_of(stub).read("log", last) == (b"x" if last else b"")
