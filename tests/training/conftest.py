"""A small job on a made-up corpus, so that the whole way can be walked in seconds."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

NOUNS = [
    "ship",
    "grain",
    "wheat",
    "oil",
    "trade",
    "bank",
    "rate",
    "dollar",
    "treaty",
    "congress",
    "army",
    "river",
    "law",
]
VERBS = ["carries", "raises", "lowers", "wants", "sends", "keeps", "finds", "sells", "buys", "guards"]


def _sentence(rng: random.Random) -> str:
    return f"The {rng.choice(NOUNS)} {rng.choice(VERBS)} the {rng.choice(NOUNS)} of {rng.choice(NOUNS)}."


@pytest.fixture(autouse=True, scope="session")
def _quick() -> None:
    """Toy tensors need no second thread, and waiting for one on a busy machine takes longer than the work."""
    torch.set_num_threads(1)


@pytest.fixture(autouse=True)
def _no_disk_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """fsync guards against power cuts, which no test makes, and takes long on a busy disk."""
    monkeypatch.setattr(os, "fsync", lambda _: None)


@pytest.fixture(scope="session")
def corpora(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders pretrain/ (24 documents) and finetune/ (64 and 16 texts, two labels told apart by one word)."""
    rng = random.Random(1)
    folder = tmp_path_factory.mktemp("corpora")
    (folder / "pretrain").mkdir()
    documents = ["\n".join(_sentence(rng) for _ in range(rng.randint(6, 20))) for _ in range(24)]
    (folder / "pretrain" / "all.txt").write_text("\n\n".join(documents) + "\n")
    (folder / "finetune").mkdir()
    for split, count in (("train", 64), ("test", 16)):
        lines = []
        for i in range(count):
            label, word = (("sea", "ship"), ("land", "wheat"))[i % 2]
            lines.append(f"{label}\t{word} {_sentence(rng).lower()}")
        (folder / "finetune" / f"{split}.tsv").write_text("\n".join(lines) + "\n")
    return folder


def toy(corpora: Path) -> dict[str, Any]:
    """A job file's content; change it at will."""
    return {
        "schema": 1,
        "model": {
            "name": "toy",
            "layers": 1,
            "hidden": 16,
            "heads": 2,
            "intermediate": 32,
            "vocabulary": 200,
            "max_positions": 32,
        },
        "corpus": {"pretrain": str(corpora / "pretrain"), "finetune": f"file:{corpora / 'finetune'}"},
        "phases": ["prepare", "pretrain", "finetune", "evaluate"],
        "precision": "fp32",
        "seed": 7,
        "pretrain": {
            "steps": 12,
            "batch": 8,
            "sequence": 32,
            "masking": 0.15,
            "whole_word": True,
            "learning_rate": 1e-3,
            "warmup": 2,
            "checkpoint_every": 4,
            "duplicates": 2,
        },
        "finetune": {
            "epochs": 2,
            "batch": 8,
            "sequence": 32,
            "learning_rate": 1e-3,
            "warmup": 0.1,
            "checkpoint_every": 4,
        },
        "compare": ["majority", "tfidf", "scratch"],
    }


@pytest.fixture
def document(corpora: Path) -> dict[str, Any]:
    return toy(corpora)


@pytest.fixture
def write_job(tmp_path: Path) -> Callable[[dict[str, Any]], Path]:
    def write(content: dict[str, Any]) -> Path:
        path = tmp_path / "job.json"
        path.write_text(json.dumps(content))
        return path

    return write
