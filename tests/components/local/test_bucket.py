"""The bucket: whose folder it takes, what it keeps, and what it never touches."""

from __future__ import annotations

import json

import pytest
from pulumi.runtime.proto import provider_pb2

from components.local.runtime import files
from components.local.runtime.node import carrying
from tests.components.local.conftest import Deployed, Engine, Machine, Refused


@pytest.fixture
def bucket(engine: Engine, machine: Machine) -> Deployed:
    return engine.create("Bucket", machine.bucket_inputs())


def test_a_bucket_is_private_and_says_whose_it_is(engine: Engine, machine: Machine, bucket: Deployed) -> None:
    assert sorted(path.name for path in machine.bucket.iterdir()) == [
        ".clusterwright.json",
        "control",
        "data",
        "jobs",
        "reports",
    ]
    assert not any(path.stat().st_mode & 0o077 for path in (machine.folder, *machine.folder.rglob("*")))
    marker = json.loads((machine.bucket / ".clusterwright.json").read_text())
    assert marker == {"schema": 1, "kind": "bucket", "cluster": "local", "stack": "clusterwright/local"}
    assert engine.unchanged(bucket)
    assert engine.read(bucket) == bucket.outputs


def test_destroy_keeps_data_and_jobs_and_the_stack_s_next_cluster_takes_them(
    engine: Engine, machine: Machine, bucket: Deployed
) -> None:
    for name in ("data/corpus", "jobs/model", "control/bundle", "reports/train-1.json"):
        (machine.bucket / name).write_text(name)
    engine.delete(bucket)
    kept = ["control", "control/bundle", "data", "data/corpus", "jobs", "jobs/model"]
    assert machine.left() == sorted(["bucket", "bucket/.clusterwright.json", *(f"bucket/{name}" for name in kept)])
    assert engine.read(bucket) is not None

    with pytest.raises(Refused, match="holds what stack clusterwright/local kept: give this cluster another name"):
        Engine(stack="other").preview_create("Bucket", machine.bucket_inputs())
    again = engine.create("Bucket", machine.bucket_inputs())
    assert again.id == bucket.id
    assert (machine.bucket / "jobs/model").read_text() == "jobs/model"


def test_kept_data_that_names_no_stack_can_be_taken(machine: Machine) -> None:
    machine.bucket.mkdir(parents=True)
    files.write_marker(machine.bucket, "bucket", "local")
    Engine(stack="other").create("Bucket", machine.bucket_inputs())
    assert (files.read_marker(machine.bucket, "bucket") or {})["stack"] == "clusterwright/other"


def test_destroy_of_a_bucket_that_is_not_kept_leaves_nothing(engine: Engine, machine: Machine) -> None:
    bucket = engine.create("Bucket", machine.bucket_inputs(onDestroy="delete"))
    folder = machine.bucket / "jobs" / "read-only"
    folder.mkdir()
    (folder / "model").write_text("weights")
    folder.chmod(0o500)
    engine.delete(bucket)
    assert not machine.folder.exists()
    engine.delete(bucket)  # an engine that was killed meanwhile asks again


def test_what_is_kept_can_be_changed_before_destroy(engine: Engine, machine: Machine, bucket: Deployed) -> None:
    assert list(engine.diff(bucket, onDestroy="delete").replaces) == []
    engine.delete(engine.update(bucket, onDestroy="delete"))
    assert not machine.folder.exists()


@pytest.mark.parametrize("place", ["bucket", ""])
def test_a_folder_with_someone_else_s_files_is_refused(engine: Engine, machine: Machine, place: str) -> None:
    folder = machine.folder / place
    folder.mkdir(parents=True)
    (folder / "thesis.txt").write_text("mine")
    for attempt in (engine.preview_create, engine.create):
        with pytest.raises(Refused, match=r"holds files that no cluster made.*move them away"):
            attempt("Bucket", machine.bucket_inputs())
    assert (folder / "thesis.txt").read_text() == "mine"


def test_a_second_stack_with_the_same_cluster_name_is_refused(machine: Machine, bucket: Deployed) -> None:
    with pytest.raises(Refused, match="belongs to cluster local of stack clusterwright/local, which still exists"):
        Engine(stack="other").create("Bucket", machine.bucket_inputs())


def test_a_folder_that_is_no_longer_ours_is_not_removed(engine: Engine, machine: Machine) -> None:
    bucket = engine.create("Bucket", machine.bucket_inputs(onDestroy="delete"))
    (machine.bucket / ".clusterwright.json").unlink()
    with pytest.raises(Refused, match="is not removed"):
        engine.delete(bucket)
    assert (machine.bucket / "data").is_dir()


def test_missing_folders_are_seen_and_made_again(engine: Engine, machine: Machine, bucket: Deployed) -> None:
    (machine.bucket / "jobs").rmdir()
    assert list(engine.diff(bucket).diffs) == ["path"]
    assert engine.notes == [f"{machine.bucket} is not whole any more: its missing folders are made again"]
    engine.update(bucket)
    assert (machine.bucket / "jobs").is_dir()
    assert engine.unchanged(bucket)


def test_a_bucket_that_was_removed_is_read_as_gone(engine: Engine, machine: Machine) -> None:
    bucket = engine.create("Bucket", machine.bucket_inputs(onDestroy="delete"))
    engine.delete(bucket)
    assert engine.read(bucket) is None


@pytest.mark.usefixtures("impatient")
def test_nodes_that_no_state_knows_end_with_the_bucket(engine: Engine, machine: Machine, bucket: Deployed) -> None:
    engine.create("Group", machine.group_inputs("train-1"))  # and then the plugin was killed: the engine has no state
    token = machine.record("train-1").token
    engine.delete(bucket)
    assert carrying({token}) == []
    assert not (machine.folder / "nodes").exists()


def test_a_bucket_elsewhere_is_another_bucket(engine: Engine, machine: Machine, bucket: Deployed) -> None:
    elsewhere = str(machine.folder.parent / "renamed")
    change = engine.diff(bucket, cluster="renamed", folder=elsewhere, path=f"{elsewhere}/bucket")
    assert sorted(change.replaces) == ["cluster", "folder", "path"]
    assert change.changes == provider_pb2.DiffResponse.DIFF_SOME


def test_a_bucket_outside_its_cluster_is_refused(engine: Engine, machine: Machine) -> None:
    failures = engine.check("Bucket", machine.bucket_inputs(path="/home"))
    assert failures == {"path": f"/home is not directly inside the cluster's folder {machine.folder}"}
