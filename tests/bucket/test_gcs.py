"""Cloud Storage's own answers become the errors that a file would give, with a reason that can be acted on."""

from __future__ import annotations

from pathlib import Path

import pytest

from clusterwright.bucket import Bucket, open_bucket
from tests.bucket.cloud_storage import State


def test_a_bucket_that_is_not_there_is_no_missing_object(gcs: Bucket) -> None:
    with pytest.raises(OSError, match="there is no such bucket: 'gs://elsewhere'") as caught:
        open_bucket("gs://elsewhere").read("a")
    assert not isinstance(caught.value, FileNotFoundError)


def test_a_refusal_names_object_and_reason(gcs: Bucket) -> None:
    with pytest.raises(PermissionError) as caught:
        gcs.read("secret/a")
    assert "nodes@there does not have storage.objects.get access" in str(caught.value)
    assert "gs://there/secret/a" in str(caught.value)


def test_missing_credentials_are_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("STORAGE_EMULATOR_HOST", raising=False)
    monkeypatch.delenv("GOOGLE_APPLICATION_CREDENTIALS", raising=False)
    monkeypatch.setenv("CLOUDSDK_CONFIG", str(tmp_path))
    monkeypatch.setenv("NO_GCE_CHECK", "true")
    with pytest.raises(PermissionError, match="no Google credentials are found"):
        open_bucket("gs://there")


def test_a_create_whose_answer_was_lost_knows_its_own(gcs: Bucket, cloud: State) -> None:
    cloud.lost_answers = 1
    assert gcs.create("a", b"mine")
    assert not gcs.create("a", b"mine")


def test_a_create_that_is_never_answered_fails(gcs: Bucket, cloud: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clusterwright.bucket.gcs._TRIES", 1)
    cloud.lost_answers = 1
    with pytest.raises(OSError, match="Cloud Storage failed: 503"):
        gcs.create("a", b"mine")
