"""A node's disk does not fill with runs that have ended, and nothing is lost."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from clusterwright.bucket.folder import FolderBucket
from clusterwright.node import carry, tidy
from clusterwright.node.objects import write_object

ROOT = Path(__file__).parents[2]
OLD, OWN = f"{'a' * 12}.1", f"{'b' * 12}.1"


class Node:
    """A node whose run OLD has written something and carried it, and whose run OWN is about to start."""

    def __init__(self, folder: Path) -> None:
        self.bucket = FolderBucket(folder / "bucket")
        self.bucket.root.mkdir()
        self.work = folder / "work"
        self.old = self.work / OLD
        (self.old / "checkpoints").mkdir(parents=True)
        (self.old / "logs").mkdir()
        (self.old / "checkpoints" / "weights").write_bytes(b"w")
        (self.old / "logs" / "train-1.log").write_text("one\n")
        carry.push(self.old, self.bucket, f"jobs/{OLD}")

    def head_says(self, state: str, run: str = OLD) -> None:
        write_object(self.bucket, f"jobs/{run}/status.json", {"state": state})

    def starts(self, run: str = OWN) -> list[str]:
        return tidy.tidy(self.work, self.bucket, run)


@pytest.fixture
def node(tmp_path: Path) -> Node:
    return Node(tmp_path)


@pytest.mark.parametrize("state", ["finished", "failed", "cancelled", "superseded"])
def test_what_a_run_has_left_goes_when_it_has_ended_and_another_starts(node: Node, state: str) -> None:
    node.head_says(state)
    with (node.old / "logs" / "train-1.log").open("a") as log:
        log.write("said after the last push\n")
    assert node.starts() == [OLD]
    assert not node.old.exists()
    assert node.bucket.read(f"jobs/{OLD}/checkpoints/weights") == b"w"


@pytest.mark.parametrize("state", ["queued", "running", "of another release"])
def test_a_run_that_has_not_ended_keeps_its_files(node: Node, state: str) -> None:
    node.head_says(state)
    assert node.starts() == []
    assert (node.old / "checkpoints" / "weights").exists()


def test_a_run_of_which_nobody_says_anything_keeps_its_files(node: Node) -> None:
    assert node.starts() == []
    node.bucket.write(f"jobs/{OLD}/status.json", b"half")
    assert node.starts() == []


def test_the_run_that_starts_keeps_its_files_whatever_is_said_of_it(node: Node) -> None:
    node.head_says("failed")
    assert node.starts(OLD) == []


def test_what_never_came_to_the_bucket_stays(node: Node) -> None:
    node.head_says("failed")
    (node.old / "checkpoints" / "more").write_bytes(b"m")
    assert node.starts() == []
    (node.old / ".carry.json").unlink()
    assert node.starts() == []


def test_a_removal_that_was_killed_is_finished_by_the_next_run(node: Node) -> None:
    node.head_says("finished")
    (node.old / "checkpoints" / "weights").unlink()
    assert node.starts() == [OLD]
    assert node.bucket.exists(f"jobs/{OLD}/checkpoints/weights")


def test_what_is_no_run_s_folder_stays(node: Node, tmp_path: Path) -> None:
    (node.work / "data" / "texts").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    other = f"{'c' * 12}.1"
    (node.work / other).symlink_to(tmp_path / "elsewhere")
    for name in (OLD, "data", other):
        node.head_says("finished", name)
    assert node.starts() == [OLD]
    assert (tmp_path / "elsewhere").exists()
    assert sorted(path.name for path in node.work.iterdir()) == sorted(["data", other])


def test_the_command_says_what_it_does_and_why_it_cannot(
    node: Node, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLUSTERWRIGHT_BUCKET", node.bucket.url)
    node.head_says("finished")
    assert tidy.main([str(node.work), OWN]) == 0
    assert capsys.readouterr().err == f"tidy: removed what {OLD} left here\n"
    assert tidy.main([f"{node.work}/none", OWN]) == 1
    assert "tidy: what ended runs have left in" in capsys.readouterr().err
    assert tidy.main([]) == 2


@pytest.mark.parametrize(("kind", "left"), [("node", []), ("shared", [OLD])])
def test_a_run_s_first_step_on_a_node_makes_room_where_folders_are_the_node_s_own(
    node: Node, tmp_path: Path, kind: str, left: list[str]
) -> None:
    bundle = tmp_path / "bundle"
    shutil.copytree(ROOT / "templates" / "job", bundle / "job")
    for package in ("bucket", "node"):
        shutil.copytree(ROOT / "clusterwright" / package, bundle / "lib" / "clusterwright" / package)
    (bundle / "lib" / "clusterwright" / "__init__.py").touch()
    (bundle / "facts").mkdir()
    (bundle / "facts" / "train.sh").write_text(f"WORK={node.work}\nWORK_KIND={kind}\n")
    (bundle / "facts" / "cluster.json").write_text('{"secrets": {"job": []}}')
    (tmp_path / "node.env").write_text(
        f"CLUSTERWRIGHT_GROUP=train\nCLUSTERWRIGHT_NODE_DIR={tmp_path}\nCLUSTERWRIGHT_BUCKET={node.bucket.url}\n"
    )
    launch = {"job_id": "b" * 12, "group": "train", "nodes": 1, "processes_per_node": 1, "threads_per_process": 1}
    node.bucket.write(f"jobs/{OWN}/launch.json", json.dumps({**launch, "phases": ["pretrain"]}).encode())
    node.head_says("finished")
    environment = {
        "PATH": os.environ["PATH"],
        "CLUSTERWRIGHT_BUNDLE": str(bundle),
        "CLUSTERWRIGHT_NODE_ENV": str(tmp_path / "node.env"),
        "SLURMD_NODENAME": "train-1",
    }
    done = subprocess.run(
        ["bash", str(bundle / "job" / "step.sh"), OWN, "pretrain", "pull"], env=environment, timeout=60
    )
    log = (node.work / OWN / "logs" / "train-1.log").read_text()
    assert done.returncode == 0, log
    assert [path.name for path in node.work.iterdir() if path.name != OWN] == left
