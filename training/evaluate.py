"""Phase evaluate: the official test split beside simpler classifiers, and the language model on held-out documents."""

from __future__ import annotations

import platform
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
from transformers import BertForPreTraining

from . import distributed, model, tokenizer
from .config import Job
from .distributed import World
from .errors import JobError
from .files import read_json, write_json
from .finetune import FOLDERS
from .masking import Masker
from .metrics import Recorder
from .pairs import Pairs
from .predict import Classifier
from .prepare import LabelledText
from .pretrain import heldout_measures

EXAMPLES = 8
PACKAGES = ("torch", "transformers", "tokenizers", "safetensors", "numpy", "scikit-learn")


def evaluate(
    job: Job, prepared: Path, output: Path, world: World, recorder: Recorder, precision: str
) -> dict[str, Any]:
    """Write evaluation.json and return its main numbers.

    `mlm_loss` is in nats a hidden token, on whole documents that no training pair was made of (the tokenizer's counts
    do include them), with fixed masks at 15 %. `unigram_entropy` is what it must beat: see prepare.unigram_entropy.
    """
    text = LabelledText.load(prepared / "labelled")
    description = read_json(prepared / "description.json")
    truth = np.array([row["label"] for row in text.test])
    recorder.say("evaluate", f"classifying {len(truth):,} test texts")
    probabilities = _predict("pretrained", text, output, world)
    guesses = probabilities.argmax(-1)
    accuracies: dict[str, float | None] = {
        "accuracy": _accuracy(guesses, truth),
        "majority_accuracy": _majority(text),
        "tfidf_accuracy": None,
        "scratch_accuracy": None,
    }
    if "scratch" in job.compare:
        accuracies["scratch_accuracy"] = _accuracy(_predict("scratch", text, output, world).argmax(-1), truth)
    if "tfidf" in job.compare:
        recorder.say("evaluate", "fitting TF-IDF with a linear classifier")
        accuracies["tfidf_accuracy"] = distributed.lead(world, lambda: _tfidf(text, job.seed))
    recorder.say("evaluate", f"masked language modelling on {description['heldout_documents']} held-out documents")
    bert: Any = BertForPreTraining.from_pretrained(_existing(output, "pretrained"))
    bert.to(world.device)
    continues = tokenizer.continues_word(tokenizer.load(prepared / "tokenizer"))
    masker = Masker(continues, job.pretrain.masking, job.pretrain.whole_word, job.seed)
    heldout = heldout_measures(
        model.PretrainObjective(bert), Pairs.load(prepared / "heldout"), masker, world, precision
    )
    language = {
        "mlm_loss": heldout["heldout_mlm_loss"],
        "unigram_entropy": description["unigram_entropy"],
        "mlm_accuracy": heldout["heldout_mlm_accuracy"],
        "nsp_accuracy": heldout["heldout_nsp_accuracy"],
    }
    confusion = np.zeros((len(text.labels), len(text.labels)), dtype=int)
    np.add.at(confusion, (truth, guesses), 1)
    main = {**accuracies, **language}
    report = {
        **main,
        "labels": text.labels,
        "confusion": confusion.tolist(),  # row: true label, column: predicted
        "per_class": per_class(confusion, text.labels),
        "examples": _examples(text, probabilities, guesses),
        "seconds": _seconds(output, recorder) if world.leads else {},
        "tokens_per_s": _pretraining_speed(output),
        "versions": {"python": platform.python_version(), **{name: _version(name) for name in PACKAGES}},
        "precision": precision,
        "world_size": world.size,
        "parameters": model.parameters(bert),
        "corpus": {"pretrain": job.corpus.pretrain, "finetune": job.corpus.finetune, **description},
    }
    distributed.lead(world, lambda: write_json(output / "evaluation.json", report))
    recorder.record({"phase": "evaluate", **{k: v for k, v in main.items() if v is not None}})
    return main


def _existing(output: Path, name: str) -> Path:
    folder = output / "model" / name
    if not (folder / "config.json").is_file():
        raise JobError(f"there is no model in {folder}: run the phases pretrain and finetune first")
    return folder


def _predict(variant: str, text: LabelledText, output: Path, world: World) -> np.ndarray:
    """Probabilities (test texts, labels); ranks share the work."""
    classifier = Classifier(_existing(output, FOLDERS[variant]), world.device)
    shape = (len(text.test), len(text.labels))
    mine = distributed.share(world, range(len(text.test)))
    result = np.zeros(shape)
    result[list(mine)] = classifier.probabilities([text.test[i]["ids"] for i in mine]).numpy()
    return np.array(distributed.total(world, result.reshape(-1).tolist())).reshape(shape)


def _accuracy(guesses: np.ndarray, truth: np.ndarray) -> float:
    return float((guesses == truth).mean())


def _majority(text: LabelledText) -> float:
    """Accuracy on the test split of always naming the most frequent label of the training split."""
    most = np.bincount([row["label"] for row in text.train]).argmax()
    return float(np.mean([row["label"] == most for row in text.test]))


def _tfidf(text: LabelledText, seed: int) -> float:
    """Accuracy of a linear support vector classifier on TF-IDF features of the whole texts."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    pipeline = make_pipeline(TfidfVectorizer(sublinear_tf=True), LinearSVC(random_state=seed))
    pipeline.fit([row["text"] for row in text.train], [row["label"] for row in text.train])
    return float(pipeline.score([row["text"] for row in text.test], [row["label"] for row in text.test]))


def per_class(confusion: np.ndarray, labels: list[str]) -> dict[str, dict[str, float]]:
    """Precision, recall and F1 of each label from counts (true, predicted); 0 where there is nothing to divide by."""
    found = {}
    for i, label in enumerate(labels):
        hits, predicted, true = int(confusion[i, i]), int(confusion[:, i].sum()), int(confusion[i].sum())
        found[label] = {
            "precision": hits / predicted if predicted else 0.0,
            "recall": hits / true if true else 0.0,
            "f1": 2 * hits / (predicted + true) if predicted + true else 0.0,
            "texts": true,
        }
    return found


def _examples(text: LabelledText, probabilities: np.ndarray, guesses: np.ndarray) -> list[dict[str, Any]]:
    """Predictions spread evenly over the test split."""
    rows = np.linspace(0, len(text.test) - 1, min(EXAMPLES, len(text.test)), dtype=int)
    return [
        {
            "text": text.test[i]["text"][:200],
            "label": text.labels[text.test[i]["label"]],
            "predicted": text.labels[guesses[i]],
            "probability": round(float(probabilities[i].max()), 4),
        }
        for i in rows
    ]


def _seconds(output: Path, recorder: Recorder) -> dict[str, float]:
    done = {path.stem: read_json(path)["seconds"] for path in sorted((output / "phases").glob("*.json"))}
    return {**done, "evaluate": round(recorder.seconds(), 3)}


def _pretraining_speed(output: Path) -> float | None:
    path = output / "phases" / "pretrain.json"
    return read_json(path)["tokens_per_s"] if path.is_file() else None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
