"""Everything a finished run left behind, for the report and for result.json."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from clusterwright.bucket import Bucket
from clusterwright.errors import ClusterwrightError
from clusterwright.live.reading import Reader, read_bundle
from clusterwright.live.records import Evaluation, Job, Metric, PhaseResult
from clusterwright.live.reports import NodeReport
from clusterwright.live.runs import Run, read_run
from clusterwright.plan import digest, plan_cluster
from clusterwright.spec.load import load_spec


@dataclass(frozen=True)
class History:
    """`plan_digest` is of the plan that ran; `spec_text` is None unless the spec file still describes that plan."""

    stack: str
    run: Run
    job: Job
    phases: tuple[PhaseResult, ...]
    metrics: tuple[Metric, ...]
    evaluation: Evaluation
    nodes: tuple[NodeReport, ...]
    bundle_digest: str | None
    plan_digest: str | None
    spec_text: str | None
    problems: tuple[str, ...]

    @property
    def model_name(self) -> str | None:
        name = self.job.model.get("name")
        return name if isinstance(name, str) else None


def read_history(bucket: Bucket, stack: str, run_name: str, spec: Path | None) -> History:
    """Read a run whole. What is missing is left out; what is broken is named in `problems`."""
    reader = Reader(bucket)
    folder = f"jobs/{run_name}"
    run = read_run(reader, run_name, now=0.0)
    job = reader.record(f"{folder}/job.json", Job)
    if job is None and run.bundle is not None:
        bundle = read_bundle(reader, run.bundle)
        job = bundle.job if bundle else None
    results = (reader.record(f"{folder}/phases/{phase.name}.json", PhaseResult) for phase in run.phases)
    reports = (
        reader.record(f"reports/{name}", NodeReport)
        for name in bucket.names("reports")
        if name.removesuffix(".json") in ("head", *run.members)
    )
    return History(
        stack=stack,
        run=run,
        job=job or Job(),
        phases=tuple(result for result in results if result is not None),
        metrics=reader.metrics(f"{folder}/metrics.jsonl"),
        evaluation=reader.record(f"{folder}/evaluation.json", Evaluation) or Evaluation(),
        nodes=tuple(report for report in reports if report is not None),
        bundle_digest=run.bundle,
        plan_digest=run.plan,
        spec_text=_spec_text(spec, run.plan),
        problems=tuple(dict.fromkeys(reader.problems)),
    )


def _spec_text(spec: Path | None, plan_digest: str | None) -> str | None:
    """The spec's text, if the file still describes the plan that ran."""
    if spec is None or not spec.is_file():
        return None
    try:
        plan = plan_cluster(load_spec(spec))
    except ClusterwrightError:
        return None  # being edited: it says nothing about a run of the past
    return spec.read_text(encoding="utf-8") if digest(plan) == plan_digest else None
