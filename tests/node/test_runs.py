"""The queue in jobs/."""

from __future__ import annotations

import multiprocessing
import threading
from pathlib import Path

import pytest

from clusterwright.node import runs
from clusterwright.node.files import create_json, read_json, write_json

RUN = "0123456789ab.1"


def ask(jobs: str, number: int) -> bool:
    return runs.request(Path(jobs), RUN, f"{number:064d}", float(number))


def test_of_many_processes_that_ask_for_a_run_one_wins(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        won = pool.starmap(ask, [(str(tmp_path), number) for number in range(32)])
    assert won.count(True) == 1
    found = runs.read_runs(tmp_path)
    assert [(run.name, run.state, int(run.bundle)) for run in found] == [(RUN, "queued", won.index(True))]
    assert [path.name for path in (tmp_path / RUN).iterdir()] == ["request.json"]


def test_of_many_threads_that_create_a_file_one_wins(tmp_path: Path) -> None:
    won: list[int] = []
    barrier = threading.Barrier(8)

    def create(number: int) -> None:
        barrier.wait()
        if create_json(tmp_path / "x.json", {"number": number}):
            won.append(number)

    threads = [threading.Thread(target=create, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert read_json(tmp_path / "x.json") == {"number": won[0]}


def test_a_write_that_fails_leaves_what_was_there_and_nothing_beside_it(tmp_path: Path) -> None:
    write_json(tmp_path / "x.json", {"number": 1})
    with pytest.raises(TypeError):
        write_json(tmp_path / "x.json", {"number": object()})
    assert read_json(tmp_path / "x.json") == {"number": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize("name", ["x.1", "0123456789ab", "0123456789ab.0", "../0123456789ab.1", "0123456789AB.1"])
def test_a_run_must_be_named_by_job_and_number(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="is not the name of a run"):
        runs.request(tmp_path, name, "0" * 64, 0.0)


def test_runs_come_in_the_order_they_were_asked_for(tmp_path: Path) -> None:
    for name, requested in (("aaaaaaaaaaaa.2", 1.0), ("aaaaaaaaaaaa.10", 3.0), ("bbbbbbbbbbbb.1", 2.0)):
        runs.request(tmp_path, name, "0" * 64, requested)
    (tmp_path / "cccccccccccc.1").mkdir()  # its request is not there yet
    assert [run.name for run in runs.read_runs(tmp_path)] == ["aaaaaaaaaaaa.2", "bbbbbbbbbbbb.1", "aaaaaaaaaaaa.10"]


def test_a_status_keeps_what_is_not_changed(tmp_path: Path) -> None:
    runs.request(tmp_path, RUN, "0" * 64, 1.0)
    for changes in ({"state": "running", "attempt": 3}, {"phase": "pretrain"}):
        runs.write_status(tmp_path, runs.read_runs(tmp_path)[0], **changes)
    run = runs.read_runs(tmp_path)[0]
    assert (run.state, run.attempt, run.phase) == ("running", 3, "pretrain")


def test_phases_without_a_result_are_left(tmp_path: Path) -> None:
    write_json(tmp_path / "job.json", {"phases": ["prepare", "pretrain"]})
    write_json(tmp_path / "phases" / "prepare.json", {})
    assert runs.phases_left(tmp_path) == ["pretrain"]


def test_a_run_that_lost_its_job_does_not_count_as_finished(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"job\.json is missing"):
        runs.phases_left(tmp_path)


def test_progress_changes_with_phases_and_checkpoints(tmp_path: Path) -> None:
    seen = [runs.progress(tmp_path)]
    (tmp_path / "checkpoints" / "pretrain").mkdir(parents=True)
    for step in ("step-00000100", "step-00000200"):
        (tmp_path / "checkpoints" / "pretrain" / "latest").write_text(step + "\n")
        seen.append(runs.progress(tmp_path))
    write_json(tmp_path / "phases" / "pretrain.json", {})
    seen.append(runs.progress(tmp_path))
    assert len(set(seen)) == 4


@pytest.mark.parametrize("file", ["request.json", "status.json", "members.json"])
@pytest.mark.parametrize("text", ["{", "[]", '{"colour": 1}'])
def test_a_damaged_run_has_failed_and_hides_no_other(tmp_path: Path, file: str, text: str) -> None:
    runs.request(tmp_path, RUN, "0" * 64, 1.0)
    runs.request(tmp_path, "bbbbbbbbbbbb.1", "0" * 64, 2.0)
    (tmp_path / RUN / "status.json").write_text('{"state": "running"}')
    (tmp_path / RUN / file).write_text(text)
    found = {run.name: run for run in runs.read_runs(tmp_path)}
    if (file, text) == ("members.json", '{"colour": 1}'):
        assert found[RUN].state == "running", "a newer release may write more"
    else:
        assert found[RUN].state == "failed"
        assert str(tmp_path / RUN) in str(found[RUN].reason)
    assert found["bbbbbbbbbbbb.1"].state == "queued"
