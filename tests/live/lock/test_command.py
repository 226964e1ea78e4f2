"""`clusterwright lock` as it is typed; only the account's answer is made up."""

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clusterwright.cli import main
from clusterwright.live.lock import command
from clusterwright.live.lock.permissions import AWS, GCP
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.load import load_spec, parse_lock
from clusterwright.spec.lock import Lock

SPEC = "name: bert\nprovider: aws\nregion: us-east-1\ngroups: [{name: train, machine: m7i.large}]\n"
LOCK = """\
schema: 1
provider: aws
made: 2026-11-24
account: "012345678901"
region: us-east-1
images:
  cpu-x86_64: {id: ami-1, name: ubuntu, architecture: x86_64, size: 8 GiB, created: 2026-11-20}
quotas: {L-1216C47A: {limit: 640, unit: vCPUs}}
offerings: {m7i.large: [us-east-1a]}
prices: {m7i.large: {on_demand: {usd_per_hour: 0.1008, date: 2026-11-24, source: AWS}}}
"""
NEWER = LOCK.replace("made: 2026-11-24", "made: 2026-11-25")
OTHER = NEWER.replace("limit: 640", "limit: 320")

Answers = Callable[[str], None]


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's folder with one spec, in which the commands run."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "stacks"
    folder.mkdir()
    (folder / "bert.yaml").write_text(SPEC)
    return folder


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Answers:
    """Makes the account answer with a lock."""

    def answer(text: str) -> None:
        def read(spec: ClusterSpec, now: datetime, pinned: Lock | None = None) -> Lock:
            return parse_lock(text)

        monkeypatch.setattr(command, "read", read)

    return answer


def lock(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(main, ["lock", *words], input=typed)


def made(stacks: Path, answers: Answers, text: str = LOCK) -> Path:
    answers(text)
    assert lock("stacks/bert.yaml", "--yes").exit_code == 0
    return stacks / "bert.lock.yaml"


def test_the_first_lock_is_shown_then_written_and_reads_back(stacks: Path, answers: Answers) -> None:
    answers(LOCK)
    result = lock("stacks/bert.yaml", "--yes")
    assert result.exit_code == 0
    assert "+++ stacks/bert.lock.yaml (new)\n" in result.output
    assert '+account: "012345678901"\n' in result.output
    assert result.output.endswith("stacks/bert.lock.yaml written; commit it with the spec\n")
    assert load_spec(stacks / "bert.yaml").lock == parse_lock(LOCK)


def test_an_account_that_has_not_changed_writes_nothing(stacks: Path, answers: Answers) -> None:
    file = made(stacks, answers)
    before = file.stat().st_mtime_ns
    result = lock("stacks/bert.yaml", "--yes")
    assert (result.exit_code, result.output) == (0, "stacks/bert.lock.yaml: nothing has changed\n")
    assert file.stat().st_mtime_ns == before


def test_a_change_is_shown_as_its_lines(stacks: Path, answers: Answers) -> None:
    made(stacks, answers)
    answers(OTHER)
    result = lock("stacks/bert.yaml", "--yes")
    changed = [line for line in result.output.splitlines() if line[0] in "+-" and line[1] not in "+-"]
    assert changed == ["-made: 2026-11-24", "+made: 2026-11-25", "-    limit: 640", "+    limit: 320"]


def test_without_a_terminal_nothing_is_written_unless_told_to(stacks: Path, answers: Answers) -> None:
    answers(LOCK)
    result = lock("stacks/bert.yaml")
    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == (
        "not written, as there is no terminal to ask on; to write it: .venv/bin/clusterwright lock bert --yes"
    )
    assert not (stacks / "bert.lock.yaml").exists()


@pytest.mark.parametrize(("typed", "status", "written"), [("y\n", 0, True), ("n\n", 1, False), ("\n", 1, False)])
def test_on_a_terminal_it_asks(
    stacks: Path,
    answers: Answers,
    monkeypatch: pytest.MonkeyPatch,
    typed: str,
    status: int,
    written: bool,
) -> None:
    answers(LOCK)
    monkeypatch.setattr(command, "on_terminal", lambda: True)
    result = lock("stacks/bert.yaml", typed=typed)
    assert result.exit_code == status
    assert "write stacks/bert.lock.yaml? [y/N]" in result.output
    assert (stacks / "bert.lock.yaml").exists() is written


def test_check_passes_while_only_dates_differ(stacks: Path, answers: Answers) -> None:
    made(stacks, answers)
    answers(NEWER)
    result = lock("stacks/bert.yaml", "--check")
    assert (result.exit_code, result.output) == (0, "stacks/bert.lock.yaml: the account is as the lock says\n")


def test_check_fails_and_writes_nothing_when_the_account_differs(stacks: Path, answers: Answers) -> None:
    file = made(stacks, answers)
    before = file.read_text()
    answers(OTHER)
    result = lock("stacks/bert.yaml", "--check")
    assert result.exit_code == 1
    assert "-    limit: 640\n+    limit: 320\n" in result.output
    assert result.output.splitlines()[-1] == (
        "the account differs from stacks/bert.lock.yaml; to read it anew: .venv/bin/clusterwright lock bert"
    )
    assert file.read_text() == before


def test_check_fails_without_a_lock(stacks: Path, answers: Answers) -> None:
    answers(LOCK)
    result = lock("stacks/bert.yaml", "--check")
    assert (result.exit_code, result.output) == (
        1,
        "there is no stacks/bert.lock.yaml; to make it: .venv/bin/clusterwright lock bert\n",
    )


def test_what_the_account_does_not_have_is_said(stacks: Path, answers: Answers) -> None:
    answers(LOCK.replace("[us-east-1a]", "[]"))
    result = lock("stacks/bert.yaml", "--yes")
    assert result.output.splitlines()[0] == "unknown: m7i.large: no zone of us-east-1 offers it"


def test_upgrade_alone_lets_go_of_the_images_that_are_pinned(
    stacks: Path, answers: Answers, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(stacks, answers)
    pinned: list[Lock | None] = []

    def read(spec: ClusterSpec, now: datetime, before: Lock | None = None) -> Lock:
        pinned.append(before)
        return parse_lock(LOCK)

    monkeypatch.setattr(command, "read", read)
    lock("stacks/bert.yaml", "--yes")
    lock("stacks/bert.yaml", "--check")
    lock("stacks/bert.yaml", "--yes", "--upgrade")
    assert pinned == [parse_lock(LOCK), parse_lock(LOCK), None]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (
            "name: bert\nprovider: local\n",
            "error: a local cluster has no lock\n  why: there is no account to read\n  hint: bring it up: make up\n",
        ),
        (
            "name: bert\nprovider: aws\n",
            "error: the spec names no region\n"
            "  why: quotas, images and prices are a region's\n"
            "  hint: write `region: us-east-1`\n",
        ),
        (
            "name: bert\nprovider: gcp\nregion: us-central1\n",
            "error: the spec names no project\n"
            "  why: a lock is of one project\n"
            "  hint: write `project: my-project-123`\n",
        ),
    ],
)
def test_a_spec_without_an_account_is_refused(stacks: Path, spec: str, message: str) -> None:
    (stacks / "bert.yaml").write_text(spec)
    result = lock("stacks/bert.yaml")
    assert (result.exit_code, result.output) == (2, message)


@pytest.mark.parametrize(
    ("provider", "place", "package"),
    [("aws", "region: us-east-1", "boto3"), ("gcp", "project: my-project-123\nregion: us-central1", "google.cloud")],
)
def test_without_the_clouds_client_it_says_how_to_install_it(
    stacks: Path, monkeypatch: pytest.MonkeyPatch, provider: str, place: str, package: str
) -> None:
    for name in [name for name in sys.modules if name == package or name.startswith(f"{package}.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, package, None)
    (stacks / "bert.yaml").write_text(f"name: bert\nprovider: {provider}\n{place}\n")
    result = lock("stacks/bert.yaml")
    assert result.exit_code == 2
    hint = f"in the project's folder: `make setup`, or in an environment of your own: `pip install '.[{provider}]'`"
    assert result.output.splitlines()[-1] == f"  hint: {hint}"


@pytest.mark.parametrize(("provider", "permissions"), [("aws", AWS), ("gcp", GCP)])
def test_the_permissions_are_printed_a_line_each(provider: str, permissions: tuple[str, ...]) -> None:
    result = lock("--permissions", provider)
    assert (result.exit_code, result.output.splitlines()) == (0, list(permissions))


@pytest.mark.parametrize("words", [(), ("bert", "--check", "--yes"), ("bert", "--check", "--upgrade")])
def test_a_command_that_makes_no_sense_is_a_usage_error(words: tuple[str, ...]) -> None:
    assert lock(*words).exit_code == 2


AGREED = LOCK.replace(
    "prices: {m7i.large: {",
    "prices: {m7i.large: {capacity_block: {usd_per_hour: 31.5, date: 2026-11-01, source: EC2}, ",
)


@pytest.mark.parametrize("flag", ["--yes", "--upgrade"])
def test_a_price_that_only_its_owner_knows_stays(stacks: Path, answers: Answers, flag: str) -> None:
    """No account's API has the price of a block that was bought: it is written into the lock by hand."""
    file = made(stacks, answers)
    file.write_text(AGREED)
    answers(NEWER)
    assert lock("stacks/bert.yaml", "--yes", flag).exit_code == 0
    prices = parse_lock(file.read_text()).prices["m7i.large"]
    assert {kind: (price.usd_per_hour, price.date) for kind, price in prices.items()} == {
        "capacity_block": (31.5, "2026-11-01"),
        "on_demand": (0.1008, "2026-11-24"),
    }
    assert lock("stacks/bert.yaml", "--check").exit_code == 0


@pytest.mark.parametrize(
    ("before", "after"),
    [("m7i.large: {", "m7i.xlarge: {"), ("region: us-east-1", "region: us-west-2"), ('"012', '"112')],
    ids=["machine", "region", "account"],
)
def test_a_price_of_something_else_goes(stacks: Path, answers: Answers, before: str, after: str) -> None:
    file = made(stacks, answers)
    file.write_text(AGREED.replace(before, after))
    answers(NEWER)
    assert lock("stacks/bert.yaml", "--yes").exit_code == 0
    assert parse_lock(file.read_text()) == parse_lock(NEWER)


def test_a_price_that_can_be_read_is_read_anew(stacks: Path, answers: Answers) -> None:
    file = made(stacks, answers)
    answers(NEWER.replace("usd_per_hour: 0.1008", "usd_per_hour: 0.2"))
    assert lock("stacks/bert.yaml", "--yes").exit_code == 0
    assert parse_lock(file.read_text()).prices["m7i.large"]["on_demand"].usd_per_hour == 0.2
