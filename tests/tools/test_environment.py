"""What the environment of a stack's pulumi holds, and when a cloud stack is refused."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tools import environment
from tools.environment import Refused

ENGINE = Path("/opt/engine/bin")
pytestmark = pytest.mark.usefixtures("home")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_passphrase_is_made_once_for_its_user_alone(home: Path) -> None:
    file = environment.passphrase_file()
    made = file.read_text()
    assert file == home / "config" / "clusterwright" / "passphrase"
    assert (mode(file), mode(file.parent)) == (0o600, 0o700)
    assert len(made.strip()) >= 32
    assert environment.passphrase_file().read_text() == made
    assert os.listdir(file.parent) == ["passphrase"]


def test_a_passphrase_that_others_could_read_is_closed(home: Path) -> None:
    file = environment.passphrase_file()
    file.chmod(0o644)
    assert mode(environment.passphrase_file()) == 0o600


def test_two_first_users_get_one_passphrase() -> None:
    with ThreadPoolExecutor(8) as pool:
        read = pool.map(lambda _: environment.passphrase_file().read_text(), range(8))
    assert len(set(read)) == 1


def test_local_needs_nothing_set_up(home: Path) -> None:
    added = environment.for_stack("local", "local", None, ENGINE)
    state = home / "state" / "clusterwright"
    assert added["PATH"].split(os.pathsep)[:2] == [str(ENGINE), str(environment.ROOT / ".venv" / "bin")]
    assert added["PULUMI_BACKEND_URL"] == f"file://{state / 'pulumi'}"
    assert added["PULUMI_HOME"] == str(state / "pulumi-home")
    assert added["PULUMI_STACK"] == "local"
    assert mode(state) == mode(state / "pulumi") == 0o700
    passphrase = environment.passphrase_file()
    assert added["PULUMI_CONFIG_PASSPHRASE_FILE"] == str(passphrase)
    assert passphrase.read_text().strip() not in str(added)


def test_what_the_user_has_set_stays(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file:///elsewhere")
    monkeypatch.setenv("PULUMI_CONFIG_PASSPHRASE", "")
    added = environment.for_stack("local", "local", None, ENGINE)
    assert added["PULUMI_BACKEND_URL"] == "file:///elsewhere"
    assert "PULUMI_CONFIG_PASSPHRASE_FILE" not in added
    assert not (home / "config").exists()


AWS_COMMANDS = (
    'aws s3api create-bucket --region eu-west-1 --bucket "$bucket" '
    "--create-bucket-configuration LocationConstraint=eu-west-1\n",
    "aws kms create-key --region eu-west-1 ",
    'export PULUMI_BACKEND_URL="s3://$bucket?region=eu-west-1"\n',
    'export CLUSTERWRIGHT_SECRETS_PROVIDER="awskms://alias/clusterwright-state?region=eu-west-1"',
)
GCP_COMMANDS = (
    'gcloud storage buckets create "gs://$bucket" --location=eu-west-1 ',
    "gcloud kms keys create state --keyring=clusterwright --location=eu-west-1 --purpose=encryption\n",
    'export PULUMI_BACKEND_URL="gs://$bucket"\n',
    'export CLUSTERWRIGHT_SECRETS_PROVIDER="gcpkms://projects/$project/locations/eu-west-1/',
)


@pytest.mark.parametrize(("provider", "commands"), [("aws", AWS_COMMANDS), ("gcp", GCP_COMMANDS)])
@pytest.mark.parametrize("backend", [None, "file:///home/ada/state"])
def test_a_cloud_stack_is_refused_without_a_shared_backend(
    monkeypatch: pytest.MonkeyPatch, provider: str, commands: tuple[str, ...], backend: str | None
) -> None:
    if backend:
        monkeypatch.setenv("PULUMI_BACKEND_URL", backend)
    with pytest.raises(Refused) as refusal:
        environment.for_stack("big", provider, "eu-west-1", ENGINE)
    message = str(refusal.value)
    found = f"PULUMI_BACKEND_URL is {backend or 'not set'}"
    assert message.startswith(
        f"error: a stack on {provider} needs a backend that everyone who deploys it can reach: {found}"
    )
    assert [command for command in commands if command not in message] == []
    assert refusal.value.exit_code == 2


@pytest.mark.parametrize("key", [None, "passphrase"])
def test_a_cloud_stack_is_refused_without_a_cloud_key(monkeypatch: pytest.MonkeyPatch, key: str | None) -> None:
    if key:
        monkeypatch.setenv("CLUSTERWRIGHT_SECRETS_PROVIDER", key)
    with pytest.raises(Refused, match=f"CLUSTERWRIGHT_SECRETS_PROVIDER is {key or 'not set'}") as refusal:
        environment.cloud_key("aws", "eu-west-1")
    assert [command for command in AWS_COMMANDS if command not in str(refusal.value)] == []


def test_the_default_region_of_s3_takes_no_location() -> None:
    with pytest.raises(Refused) as refusal:
        environment.cloud_key("aws", "us-east-1")
    assert "LocationConstraint" not in str(refusal.value)


def test_a_cloud_stack_without_its_package_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "s3://state")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Refused, match="uv sync --frozen --inexact --extra aws"):
        environment.for_stack("big", "aws", "us-east-1", ENGINE)


def test_a_cloud_stack_uses_the_users_own_pulumi_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PULUMI_BACKEND_URL", "gs://state")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: object())
    added = environment.for_stack("big", "gcp", None, ENGINE)
    assert sorted(added) == ["PATH", "PULUMI_SKIP_UPDATE_CHECK", "PULUMI_STACK", "VIRTUAL_ENV"]
