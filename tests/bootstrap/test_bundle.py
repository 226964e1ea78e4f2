"""The bundle: what it holds, and that it depends on the plan alone."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from clusterwright.bootstrap import Bundle, render_bundle, user_data
from clusterwright.bootstrap.source import pack_source
from clusterwright.errors import ClusterwrightError
from clusterwright.plan.model import ClusterPlan, SoftwarePlan, digest
from tests.plans import JOB, MACHINE_STACKS, example_plan, make_plan

TEMPLATES = Path(__file__).parents[2] / "templates"


def with_software(plan: ClusterPlan, **changes: str) -> ClusterPlan:
    software = SoftwarePlan(**{**plan.software.model_dump(), **changes})
    return plan.model_copy(update={"software": software})


def test_the_files_of_a_bundle_are_the_recorded_ones(golden: Callable[[str, str], None]) -> None:
    names = [name for name in sorted(render_bundle(make_plan()).files) if not name.startswith("lib/")]
    golden("tests/golden/bundle/files.txt", "\n".join(names) + "\n")


@pytest.mark.parametrize(
    "name", ["training/__main__.py", "clusterwright/node/bundle.py", "clusterwright/bucket/folder.py"]
)
def test_the_node_s_code_and_the_training_package_are_in_the_bundle(name: str) -> None:
    assert f"lib/{name}" in render_bundle(make_plan()).files


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
    assert first.plan == digest(make_plan())


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


def parts_of(stack: str) -> dict[str, str]:
    """What a machine reads, but for the Python code and the lists of packages."""
    plan = example_plan(stack)
    files = {name: data.decode() for name, data in render_bundle(plan).files.items()}
    groups = {"head": None, **{group.name: group.name for group in plan.groups}}
    for name, group in groups.items():
        files[f"user-data-{name}.yaml"] = user_data(plan, "compute" if group else "head", group)
    return {name: text for name, text in files.items() if not name.startswith(("lib/", "software/"))}


@pytest.mark.parametrize("stack", ["local-machines", "bert-large-aws"])
def test_what_a_machine_runs_is_the_recorded_text(stack: str, golden: Callable[[str, str], None]) -> None:
    files = parts_of(stack)
    golden(f"tests/golden/machine/{stack}/files.txt", "\n".join(sorted(files)) + "\n")
    static = {path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*") if path.suffix != ".j2"}
    for name in sorted(files.keys() - static):  # files that are not rendered are their own record
        golden(f"tests/golden/machine/{stack}/{name}", files[name])


@pytest.mark.parametrize("stack", MACHINE_STACKS)
def test_user_data_of_a_machine_is_small_and_tells_nothing_of_its_job_or_software(stack: str) -> None:
    plan = example_plan(stack)
    other = with_software(plan, pytorch="2.16.0", lock="other.txt").model_copy(update={"job": None})
    texts = {user_data(one, "compute", "train", "s3://b?region=us-east-1") for one in (plan, other)}
    assert len(texts) == 1
    assert len(texts.pop().encode()) < 4096


@pytest.mark.parametrize("stack", MACHINE_STACKS)
def test_user_data_of_the_longest_names_is_still_small(stack: str) -> None:
    plan = example_plan(stack).model_copy(update={"name": "n" * 64})
    assert len(user_data(plan, "compute", "g" * 64, "s3://" + "b" * 63 + "?region=ap-southeast-2").encode()) < 4096


def test_user_data_of_a_machine_names_the_bucket_that_it_is_given() -> None:
    plan = example_plan("local-machines")
    assert "\n   CLUSTERWRIGHT_BUCKET=gs://other\n" in user_data(plan, "head", None, "gs://other")
    assert "\n   CLUSTERWRIGHT_BUCKET=file:///srv/bucket\n" in user_data(plan, "head", None)


def test_a_machine_is_told_how_its_job_starts() -> None:
    plan = example_plan("bert-large-aws")
    assert plan.job is not None
    assert json.loads(render_bundle(plan).files["job/launch.json"]) == {
        "job_id": plan.job.id,
        "group": "train",
        "nodes": 8,
        "processes_per_node": 8,
        "threads_per_process": 12,
        "phases": ["prepare", "pretrain", "finetune", "evaluate"],
        "command": None,
        "source": False,
        "deadline_s": 324_000,
    }


@pytest.mark.parametrize("name", ["head", "cluster", "../x", "a/b", "A", ""])
def test_a_group_whose_files_would_be_others_is_refused(name: str) -> None:
    plan = example_plan("local-machines")
    group = plan.groups[0].model_copy(update={"name": name})
    with pytest.raises(ValueError, match="cannot be the name of a group's files"):
        render_bundle(plan.model_copy(update={"groups": (group,)}))


@pytest.mark.parametrize(
    ("stack", "name"), [("bert-base-aws", "clients-aws.txt"), ("bert-base-gcp", "clients-gcp.txt")]
)
def test_a_cloud_s_bundle_brings_the_locked_client_of_that_cloud_alone(stack: str, name: str) -> None:
    files = render_bundle(example_plan(stack)).files
    assert {one.removeprefix("software/") for one in files if "clients-" in one} == {name}
    pinned = [line for line in files[f"software/{name}"].decode().splitlines() if not line.startswith(" ")]
    assert all("==" in line and line.endswith("\\") for line in pinned)


def with_job(stack: str, source: str | None, command: tuple[str, ...] | None) -> ClusterPlan:
    plan = example_plan(stack)
    assert plan.job is not None
    return plan.model_copy(update={"job": plan.job.model_copy(update={"source": source, "command": command})})


def job_of(bundle: Bundle) -> str:
    return json.loads(bundle.files["job/launch.json"])["job_id"]


def test_the_user_s_own_code_is_shipped_and_other_code_is_another_job(tmp_path: Path) -> None:
    (tmp_path / "mine" / "part").mkdir(parents=True)
    (tmp_path / "mine" / "part" / "train.py").write_text("print(1)")
    plan = with_job("local-machines", "mine", ("python", "part/train.py"))
    first = render_bundle(plan, tmp_path)
    assert first.files["job/source.tar.gz"] == pack_source(tmp_path / "mine", 100).data
    launch = json.loads(first.files["job/launch.json"])
    assert (launch["source"], launch["command"], launch["phases"]) == (True, ["python", "part/train.py"], ["command"])
    assert job_of(render_bundle(plan, tmp_path)) == job_of(first)
    (tmp_path / "mine" / "part" / "train.py").write_text("print(2)")
    assert job_of(render_bundle(plan, tmp_path)) != job_of(first)
    assert job_of(render_bundle(with_job("local-machines", "mine", ("python", "x.py")), tmp_path)) != job_of(first)


def test_a_bundle_takes_no_more_code_than_every_node_can_fetch_again_and_again(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "data").write_bytes(bytes(8 * 2**20))
    plan = with_job("local-machines", "mine", None)
    render_bundle(plan, tmp_path)
    (tmp_path / "mine" / "train.py").write_text("1")
    with pytest.raises(ClusterwrightError, match="more than 8 MiB"):
        render_bundle(plan, tmp_path)
