"""The bundle: what it holds, and that it depends on the plan alone."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable

import pytest

from clusterwright.bootstrap import render_bundle, user_data
from clusterwright.plan.model import ClusterPlan, SoftwarePlan
from tests.plans import JOB, make_plan


def with_software(plan: ClusterPlan, **changes: str) -> ClusterPlan:
    software = SoftwarePlan(**{**plan.software.model_dump(), **changes})
    return plan.model_copy(update={"software": software})


def test_the_files_of_a_bundle_are_the_recorded_ones(golden: Callable[[str, str], None]) -> None:
    names = [name for name in sorted(render_bundle(make_plan()).files) if not name.startswith("lib/training/")]
    golden("tests/golden/bundle/files.txt", "\n".join(names) + "\n")


def test_the_training_package_is_in_the_bundle() -> None:
    assert "lib/training/__main__.py" in render_bundle(make_plan()).files


@pytest.mark.parametrize(
    "name", [name for name in render_bundle(make_plan()).files if name.startswith(("scripts/", "job/"))]
)
def test_what_a_node_runs_is_the_recorded_text(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"tests/golden/bundle/{name}", render_bundle(make_plan()).files[name].decode())


@pytest.mark.parametrize(("role", "group"), [("head", None), ("compute", "train")])
def test_user_data_is_the_recorded_text(role: str, group: str | None, golden: Callable[[str, str], None]) -> None:
    golden(f"tests/golden/bundle/user-data-{role}.sh", user_data(make_plan(), role, group))  # type: ignore[arg-type]


def test_the_same_plan_gives_the_same_bytes() -> None:
    first, second = render_bundle(make_plan()), render_bundle(make_plan())
    assert first.data == second.data
    assert first.digest == hashlib.sha256(first.data).hexdigest()


def test_the_archive_holds_the_files_and_nothing_of_who_made_it() -> None:
    bundle = render_bundle(make_plan())
    with tarfile.open(fileobj=io.BytesIO(bundle.data)) as archive:
        entries = archive.getmembers()
        assert {entry.name: archive.extractfile(entry).read() for entry in entries} == bundle.files  # type: ignore[union-attr]
    assert [entry.name for entry in entries] == sorted(bundle.files)
    assert {(entry.mtime, entry.uid, entry.gid, entry.uname, entry.gname) for entry in entries} == {(0, 0, 0, "", "")}
    assert bundle.data[4:8] == bytes(4), "gzip's own time"


def test_a_bundle_says_which_nodes_run_its_job() -> None:
    plan = make_plan(nodes=3)
    assert plan.job is not None
    files = render_bundle(plan).files
    assert json.loads(files["job/job.json"]) == JOB
    assert json.loads(files["job/launch.json"]) == {
        "job_id": plan.job.id,
        "group": "train",
        "nodes": 3,
        "node_names": ["train-1", "train-2", "train-3"],
        "processes_per_node": 1,
        "threads_per_process": 1,
    }


def test_a_plan_without_a_job_has_a_bundle_without_one() -> None:
    assert not {"job/job.json", "job/launch.json"} & render_bundle(make_plan(job=None)).files.keys()


def test_another_job_is_another_bundle() -> None:
    assert render_bundle(make_plan()).digest != render_bundle(make_plan(job={**JOB, "seed": 1})).digest


def test_a_lock_that_the_plan_was_not_made_with_is_refused() -> None:
    with pytest.raises(ValueError, match=r"has the SHA-256 [0-9a-f]{64}, but the plan was made with 000"):
        render_bundle(with_software(make_plan(), lock_sha256="0" * 64))


def test_user_data_is_under_four_kibibytes_for_the_longest_names() -> None:
    name = "n" * 64
    assert len(user_data(make_plan(name=name), "compute", name).encode()) < 4096


def test_user_data_does_not_change_with_job_software_storage_or_size() -> None:
    plan = make_plan()
    others = [
        make_plan(job=None),
        make_plan(job={**JOB, "seed": 1}),
        make_plan(nodes=3),
        make_plan(storage=("data", "more")),
        with_software(plan, pytorch="2.16.0", lock="pytorch-2.16.0.txt", lock_sha256="0" * 64),
    ]
    assert {user_data(other, "compute", "train") for other in others} == {user_data(plan, "compute", "train")}


def test_longer_user_data_than_the_limit_is_refused() -> None:
    with pytest.raises(ValueError, match="over the limit of 4096"):
        user_data(make_plan(name="n" * 4096), "compute", "train")
