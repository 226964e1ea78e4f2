"""Secrets on a node: what is not there yet is told apart from what cannot be read, in each provider's store."""

from __future__ import annotations

import base64
import io
import stat
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from clusterwright.node import secrets

VALUE = bytes(range(256))


def test_a_file_is_a_secret_that_its_owner_alone_can_read(tmp_path: Path) -> None:
    ref = f"file://{tmp_path / 'munge.key'}"
    assert secrets.get(ref) is None
    secrets.put(ref, VALUE)
    assert secrets.get(ref) == VALUE
    assert stat.S_IMODE((tmp_path / "munge.key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["munge.key"]


def test_a_store_that_is_not_there_is_told_of(tmp_path: Path) -> None:
    with pytest.raises(secrets.SecretError, match=r"none/munge\.key cannot be written: No such file"):
        secrets.put(f"file://{tmp_path}/none/munge.key", VALUE)


@pytest.mark.parametrize(
    "ref", ["munge", "file://relative", "secretsmanager://region", "secretmanager://x", "s3://a/b"]
)
def test_a_reference_of_another_form_is_refused(ref: str) -> None:
    with pytest.raises(ValueError, match="is no reference to a secret"):
        secrets.get(ref)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Any:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    with mock_aws():
        yield boto3.client("secretsmanager", region_name="us-east-1")


@pytest.mark.slow
def test_secrets_manager_gives_back_the_bytes_that_it_was_given(aws: Any) -> None:
    ref = "secretsmanager://us-east-1/clusterwright/a/munge"
    assert secrets.get(ref) is None  # nobody has made it
    aws.create_secret(Name="clusterwright/a/munge")
    assert secrets.get(ref) is None  # made, without a value
    secrets.put(ref, VALUE)
    assert secrets.get(ref) == VALUE


@pytest.mark.slow
def test_a_text_in_secrets_manager_is_its_bytes(aws: Any) -> None:
    arn = aws.create_secret(Name="hf-token", SecretString="é")["ARN"]
    assert secrets.get(f"secretsmanager://us-east-1/{arn}") == "é".encode()


@pytest.mark.slow
def test_what_secrets_manager_refuses_is_told(aws: Any) -> None:
    with pytest.raises(secrets.SecretError, match="secret none cannot be written"):
        secrets.put("secretsmanager://us-east-1/none", VALUE)


GCP = "secretmanager://projects/p/secrets/munge"


def answer(monkeypatch: pytest.MonkeyPatch, status: int, body: dict[str, Any]) -> list[tuple[str, str, object]]:
    """Has Secret Manager answer so; the list is of what it is asked."""
    asked: list[tuple[str, str, object]] = []

    def call(method: str, path: str, sent: object) -> tuple[int, dict[str, Any]]:
        asked.append((method, path, sent))
        return status, body

    monkeypatch.setattr(secrets, "_gcp_call", call)
    return asked


def test_secret_manager_is_asked_for_the_newest_value(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(monkeypatch, 200, {"payload": {"data": base64.b64encode(VALUE).decode()}})
    assert secrets.get(GCP) == VALUE
    assert asked == [("GET", "projects/p/secrets/munge/versions/latest:access", None)]


def test_a_secret_without_a_version_is_not_there_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, 404, {"error": {"message": "no version"}})
    assert secrets.get(GCP) is None


def test_secret_manager_is_given_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(monkeypatch, 200, {})
    secrets.put(GCP, VALUE)
    sent = {"payload": {"data": base64.b64encode(VALUE).decode()}}
    assert asked == [("POST", "projects/p/secrets/munge:addVersion", sent)]


def test_what_secret_manager_refuses_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, 403, {"error": {"message": "permission denied"}})
    with pytest.raises(secrets.SecretError, match="cannot be read: permission denied"):
        secrets.get(GCP)


def test_the_command_ends_with_3_for_what_is_not_there(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    ref = f"file://{tmp_path / 'key'}"
    assert secrets.main(["get", ref]) == secrets.NOT_THERE == 3
    (tmp_path / "key").write_bytes(VALUE)
    assert secrets.main(["get", ref]) == 0
    secrets.sys.stdout.flush()
    assert capfdbinary.readouterr().out == VALUE


def test_the_command_puts_what_it_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(VALUE)))
    assert secrets.main(["put", f"file://{tmp_path / 'key'}"]) == 0
    assert (tmp_path / "key").read_bytes() == VALUE


def test_the_command_tells_a_refusal_in_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert secrets.main(["get", "munge"]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert secrets.main([]) == 2
