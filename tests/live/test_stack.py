"""Which bucket a name means, before anything is asked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from clusterwright.cli import main
from clusterwright.errors import ClusterwrightError
from clusterwright.live.stack import find_stack
from clusterwright.paths import bucket_dir, cluster_dir

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stacks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The example specs with the locks of tests, in a project whose clusters would be in a folder of their own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "Pulumi.yaml").touch()
    shutil.copytree(ROOT / "stacks", tmp_path / "stacks", ignore=shutil.ignore_patterns("*.py"))
    for lock in (ROOT / "tests/locks").glob("*.lock.yaml"):
        shutil.copy(lock, tmp_path / "stacks")
    return tmp_path / "stacks"


@pytest.mark.parametrize("name", ["bert-base-aws", "bert-large-aws", "bert-base-gcp", "bert-large-gcp"])
def test_the_bucket_of_a_cloud_cluster_is_the_one_that_its_plan_makes(stacks: Path, name: str) -> None:
    plan = json.loads(CliRunner().invoke(main, ["plan", name, "--json"]).stdout)
    (own,) = (one for one in plan["storage"] if one["kind"] == "bucket" and (one.get("control") or one.get("cluster")))
    found = find_stack(name, stacks / f"{name}.yaml")
    if plan["provider"] == "aws":
        assert found.bucket == f"s3://{own['bucket']}?region={plan['region']}"
    else:
        assert found.bucket == f"gs://{own['full_name']}"
    assert (found.name, found.cluster, found.provider) == (name, plan["name"], plan["provider"])


@pytest.mark.parametrize(("name", "holder"), [("bert-base-aws", "account"), ("bert-base-gcp", "project")])
def test_without_a_lock_the_bucket_of_a_cloud_cluster_is_unknown(stacks: Path, name: str, holder: str) -> None:
    (stacks / f"{name}.lock.yaml").unlink()
    with pytest.raises(ClusterwrightError) as error:
        find_stack(name, stacks / f"{name}.yaml")
    assert str(error.value) == (
        f"error: the bucket of {name} is not known\n"
        f"  why: its name holds the {holder}'s number, and no lock beside the spec says it\n"
        f"  hint: clusterwright lock {name}"
    )


def test_a_lock_without_the_projects_number_does_not_know_the_bucket(stacks: Path) -> None:
    lock = stacks / "bert-base-gcp.lock.yaml"
    lock.write_text("".join(line for line in lock.read_text().splitlines(True) if not line.startswith("number:")))
    with pytest.raises(ClusterwrightError, match="the bucket of bert-base-gcp is not known"):
        find_stack("bert-base-gcp", stacks / "bert-base-gcp.yaml")


def test_a_local_cluster_has_a_folder_by_the_name_in_its_spec(stacks: Path) -> None:
    (stacks / "mine.yaml").write_text("name: other\nprovider: local\n")
    assert find_stack("mine", stacks / "mine.yaml").bucket == f"file://{bucket_dir('other')}"


@pytest.mark.parametrize("text", [None, "name: ["], ids=["gone", "broken"])
def test_without_a_good_spec_a_cluster_of_this_machine_is_found_by_its_own_name(stacks: Path, text: str | None) -> None:
    file = stacks / "mine.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ClusterwrightError):
        find_stack("mine", file)
    cluster_dir("mine").mkdir(parents=True)
    assert find_stack("mine", file).bucket == f"file://{bucket_dir('mine')}"


def test_a_cloud_spec_without_a_place_has_no_bucket(stacks: Path) -> None:
    (stacks / "mine.yaml").write_text("name: mine\nprovider: aws\nregion: us-east-1\n")
    with pytest.raises(ClusterwrightError, match=r"names no zone\n(.|\n)*clusterwright validate mine"):
        find_stack("mine", stacks / "mine.yaml")
