"""report.html: one file that shows a run whole. No script, and nothing is loaded from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from clusterwright.live import charts
from clusterwright.live.history import History
from clusterwright.live.text import duration, number, percent

MOST_LANES = 16
NEAR = 1800.0  # s: a bootstrap that ended longer before the run than this is told in words, not drawn


@dataclass(frozen=True)
class Bar:
    """A bar of a lane: left and width in percent of the timeline."""

    name: str
    left: float
    width: float
    words: str
    kind: str
    number: int


@dataclass(frozen=True)
class Lane:
    name: str
    bars: tuple[Bar, ...]
    words: str = ""


@dataclass(frozen=True)
class Timeline:
    lanes: tuple[Lane, ...]
    seconds: float
    more: int = 0


@dataclass(frozen=True)
class Score:
    name: str
    value: float
    own: bool = False


def write_report(history: History, path: Path) -> None:
    path.write_text(render_report(history), encoding="utf-8")


def render_report(history: History) -> str:
    """The page; the same run gives the same bytes."""
    environment = Environment(
        loader=PackageLoader("clusterwright.live"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    environment.filters |= {"duration": duration, "percent": percent, "number": number, "utc": _utc, "svg": Markup}
    evaluation = history.evaluation
    return environment.get_template("report.html.j2").render(
        history=history,
        evaluation=evaluation,
        title=f"{history.model_name or 'BERT'} on {history.stack}",
        verdict=verdict(history),
        scores=scores(history),
        pretraining=charts.pretraining(history.metrics, evaluation.unigram_entropy),
        finetuning=charts.finetuning(history.metrics),
        timeline=timeline(history),
        total=sum(phase.seconds for phase in history.phases),
        finished=max((phase.finished for phase in history.phases), default=None),
        facts=facts(history),
    )


def verdict(history: History) -> str:
    """What came out, in two sentences at most, as the numbers say it."""
    evaluation = history.evaluation
    sentences = []
    if evaluation.accuracy is not None:
        tested = evaluation.corpus.get("labelled_test")
        texts = f"{tested:,} test texts" if isinstance(tested, int) else "the test texts"
        sentence = f"The fine-tuned model names the right class of {percent(evaluation.accuracy)} of {texts}"
        if evaluation.scratch_accuracy is not None:
            gain = 100 * (evaluation.accuracy - evaluation.scratch_accuracy)
            word = "more" if gain >= 0 else "fewer"
            sentence += f", {abs(gain):.1f} points {word} than the same model without pre-training"
        sentences.append(sentence + ".")
    if evaluation.mlm_loss is not None and evaluation.unigram_entropy is not None:
        below = evaluation.unigram_entropy - evaluation.mlm_loss
        side = "below" if below > 0 else "above"
        sentences.append(
            f"Its masked-language-model loss on held-out text is {abs(below):.2f} nats {side} the entropy of word"
            " frequencies, the best that a model without context can do."
        )
    return " ".join(sentences).replace(" %", "\u00a0%")


def scores(history: History) -> list[Score]:
    evaluation = history.evaluation
    all_scores = [
        ("this model, pre-trained", evaluation.accuracy, True),
        ("same model, no pre-training", evaluation.scratch_accuracy, False),
        ("TF-IDF + linear classifier", evaluation.tfidf_accuracy, False),
        ("majority class", evaluation.majority_accuracy, False),
    ]
    return [Score(name, value, own) for name, value, own in all_scores if value is not None]


def timeline(history: History) -> Timeline | None:
    """Bootstrap steps of each node above the job's phases, on one time axis."""
    phases = history.phases
    if not phases:
        return None
    begin = history.run.started or min(phase.started for phase in phases)
    end = max(phase.finished for phase in phases)
    reports = history.nodes[:MOST_LANES]
    drawn = [step.started for node in reports for step in node.steps if step.started and step.started > begin - NEAR]
    start = min([begin, *drawn])
    span = max(end - start, 1e-9)

    def bar(order: int, name: str, began: float, ended: float, words: str, kind: str) -> Bar:
        left = 100 * (began - start) / span
        return Bar(name, left, max(0.3, min(100 - left, 100 * (ended - began) / span)), words, kind, order)

    lanes = []
    for node in reports:
        steps = [step for step in node.steps if step.started is not None and step.started >= start]
        bars = tuple(
            bar(order, step.label, step.started, step.started + (step.seconds or 0.0), duration(step.seconds), "step")
            for order, step in enumerate(steps)
            if step.started is not None and step.started < end
        )
        spent = sum(step.seconds or 0.0 for step in node.steps)
        words = ", ".join(f"{step.label} {duration(step.seconds)}" for step in node.steps)
        lanes.append(Lane(node.node, bars, f"bootstrapped in {duration(spent)}: {words}" if words else ""))
    job = tuple(
        bar(order, phase.phase, phase.started, phase.finished, _phase_words(phase.seconds, phase.attempts), "phase")
        for order, phase in enumerate(phases)
    )
    return Timeline((*lanes, Lane("job", job)), span, len(history.nodes) - len(reports))


def _phase_words(seconds: float, attempts: int) -> str:
    again = f", resumed from a checkpoint {attempts - 1}×" if attempts > 1 else ""
    return duration(seconds) + again


def facts(history: History) -> list[tuple[str, str]]:
    """What identifies the run, for who wants to repeat it."""
    evaluation = history.evaluation
    corpus = history.job.corpus
    known: list[tuple[str, Any]] = [
        ("run", history.run.name),
        ("nodes", ", ".join(history.run.members) or None),
        ("processes", evaluation.world_size),
        ("precision", evaluation.precision),
        ("parameters", None if evaluation.parameters is None else f"{evaluation.parameters:,}"),
        ("pre-training text", corpus.get("pretrain")),
        ("labelled text", corpus.get("finetune")),
        ("plan", history.plan_digest),
        ("bundle", history.bundle_digest),
    ]
    versions = [(name, version or "not installed") for name, version in evaluation.versions.items()]
    return [(name, str(value)) for name, value in known if value is not None] + versions


def _utc(seconds: float | None) -> str:
    try:
        return "unknown" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
    except (OverflowError, ValueError, OSError):  # a number of somebody's that no calendar has
        return "unknown"
