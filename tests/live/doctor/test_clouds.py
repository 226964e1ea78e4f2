"""What clusters in a cloud need is looked for without asking the cloud, unless that is wanted."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import google.auth
import pytest
from botocore.stub import Stubber
from google.auth.exceptions import DefaultCredentialsError, RefreshError

from clusterwright.host.check import Check
from clusterwright.live.doctor import aws, cloud, gcp
from tests.host.computer import PACKAGES, SETTINGS, Computer, finds
from tools import cloud as deploys

Checks = Callable[[Computer], Iterator[Check]]
KINDS: dict[str, Checks] = {
    "aws": lambda computer: aws.checks(computer, None, False),
    "gcp": lambda computer: gcp.checks(computer, None, False),
}


@pytest.fixture(autouse=True)
def _nobody(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A user without credentials, and no network."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "GOOGLE_", "CLOUDSDK_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))

    def refuse(*_: object) -> None:
        raise AssertionError("nothing is asked over a network")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_that_is_not_installed_is_told_with_the_way_to_get_it(kind: str, package: str) -> None:
    computer = Computer(packages={name: version for name, version in PACKAGES.items() if name != package})
    missing = {check.name: check.hint or "" for check in KINDS[kind](computer) if check.found == "not installed"}
    needed = {"aws": ("boto3", "pulumi-aws"), "gcp": (*gcp.CLIENTS, "pulumi-gcp")}[kind]
    assert set(missing) == {package} & set(needed)
    for hint in missing.values():
        assert f"--extra {kind}" in hint if package.startswith("pulumi") else f"pip install '.[{kind}]'" in hint


@pytest.mark.parametrize(("kind", "version"), [("aws", "7.51.1"), ("gcp", "10.2.0")])
def test_a_plugin_comes_by_itself(kind: str, version: str, tmp_path: Path) -> None:
    def look() -> Check:
        return finds(lambda: KINDS[kind](Computer(home=tmp_path)), f"plugin {kind}")

    assert look().state == "later"
    assert f"pulumi plugin install resource {kind} v{version}" in (look().hint or "")
    (tmp_path / ".pulumi" / "plugins" / f"resource-{kind}-v{version}").mkdir(parents=True)
    assert look().state == "ok"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("name", "variable", "value"),
    [
        ("shared state", "PULUMI_BACKEND_URL", "file:///home/me/state"),
        ("shared state", "PULUMI_BACKEND_URL", ""),
        ("state's key", "CLUSTERWRIGHT_SECRETS_PROVIDER", "passphrase"),
    ],
)
def test_a_state_for_one_person_alone_is_none(kind: str, name: str, variable: str, value: str) -> None:
    check = finds(lambda: KINDS[kind](Computer(environment={**SETTINGS, variable: value})), name)
    assert (check.state, check.found) == ("missing", f"{variable} is {value or 'not set'}")
    assert "https://www.pulumi.com/docs/" in (check.hint or "")
    assert finds(lambda: KINDS[kind](Computer()), name).state == "ok"


def test_what_counts_as_shared_is_what_a_deployment_takes() -> None:
    assert (cloud.SHARED_BACKENDS, cloud.CLOUD_KEYS) == (deploys.SHARED_BACKENDS, deploys.CLOUD_KEYS)


def test_no_aws_credentials_are_told_with_the_way_to_sign_in() -> None:
    check = finds(lambda: aws.checks(Computer(), None, False), "AWS credentials")
    assert (check.state, check.found) == ("missing", "none found")
    assert "aws sso login" in (check.hint or "")


def test_aws_credentials_are_found_and_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "id")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    check = finds(lambda: aws.checks(Computer(), None, False), "AWS credentials")
    assert (check.state, check.found) == ("ok", "from env; not tried: --online tries them")


def test_a_profile_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "other")
    check = finds(lambda: aws.checks(Computer(), None, False), "AWS credentials")
    assert (check.state, check.found) == ("missing", "The config profile (other) could not be found")


def test_a_containers_role_is_left_for_later() -> None:
    computer = Computer(environment={"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://localhost/role"})
    assert finds(lambda: aws.checks(computer, None, False), "AWS credentials").state == "later"


def test_online_aws_says_whose_credentials_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    sts = boto3.client("sts", region_name="eu-west-1", aws_access_key_id="id", aws_secret_access_key="secret")
    answer = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/me", "UserId": "me"}
    asked: list[str] = []

    def clients(region: str) -> Any:
        asked.append(region)
        return lambda _: sts

    monkeypatch.setattr(aws, "account_clients", clients)
    with Stubber(sts) as stub:
        stub.add_response("get_caller_identity", answer)
        check = finds(lambda: aws.checks(Computer(), "eu-west-1", True), "AWS account")
        assert (check.state, check.found) == ("ok", "123456789012, as arn:aws:iam::123456789012:user/me")
        stub.add_client_error("get_caller_identity", "ExpiredToken", "the token has expired")
        check = finds(lambda: aws.checks(Computer(), None, True), "AWS account")
    assert (check.state, check.found) == ("missing", "the AWS credentials have expired: the token has expired")
    assert "aws sso login" in (check.hint or "")
    assert asked == ["eu-west-1", "us-east-1"]


def test_no_google_credentials_are_told_with_the_way_to_sign_in(tmp_path: Path) -> None:
    check = finds(lambda: gcp.checks(Computer(home=tmp_path), None, False), "Google credentials")
    assert (check.state, check.found) == ("missing", "none found")
    assert "gcloud auth application-default login" in (check.hint or "")


def test_google_credentials_are_found_and_not_tried(tmp_path: Path) -> None:
    file = tmp_path / "application_default_credentials.json"
    file.write_text(json.dumps({"type": "authorized_user"}))
    computer = Computer(environment={**SETTINGS, "CLOUDSDK_CONFIG": str(tmp_path)})
    check = finds(lambda: gcp.checks(computer, None, False), "Google credentials")
    assert check.state == "ok"
    assert check.found == f"of type authorized_user in {file}; not tried: --online tries them"


@pytest.mark.parametrize(
    ("content", "found", "hint"),
    [
        (None, "which is not there", "unset GOOGLE_APPLICATION_CREDENTIALS"),
        ("[]", "holds no credentials", "gcloud auth"),
    ],
)
def test_google_credentials_that_are_none_are_told(tmp_path: Path, content: str | None, found: str, hint: str) -> None:
    file = tmp_path / "key.json"
    if content:
        file.write_text(content)
    computer = Computer(environment={**SETTINGS, "GOOGLE_APPLICATION_CREDENTIALS": str(file)})
    check = finds(lambda: gcp.checks(computer, None, False), "Google credentials")
    assert check.state == "missing"
    assert found in check.found
    assert hint in (check.hint or "")


def test_online_google_says_which_project_is_meant(monkeypatch: pytest.MonkeyPatch) -> None:
    class Credentials:
        def refresh(self, request: object) -> None:
            """The token is new."""

    monkeypatch.setattr(google.auth, "default", lambda **_: (Credentials(), "other"))
    check = finds(lambda: gcp.checks(Computer(), "mine", True), "Google account")
    assert (check.state, check.found) == ("ok", "signed in, project mine")


@pytest.mark.parametrize("error", [DefaultCredentialsError("none were found"), RefreshError("it was taken back")])
def test_online_google_says_what_is_wrong_with_credentials(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def fail(**_: object) -> None:
        raise error

    monkeypatch.setattr(google.auth, "default", fail)
    check = finds(lambda: gcp.checks(Computer(), None, True), "Google account")
    assert check.state == "missing"
    assert str(error) in check.found
    assert "gcloud auth application-default login" in (check.hint or "")
