"""The evaluation's arithmetic, and what it says of a model that has learnt."""

from __future__ import annotations

import numpy as np
import pytest

from training import evaluate
from training.prepare import LabelledText


def test_precision_recall_and_f1_come_from_the_confusion() -> None:
    confusion = np.array([[8, 2, 0], [4, 6, 0], [0, 0, 0]])
    scores = evaluate.per_class(confusion, ["a", "b", "c"])
    assert scores["a"] == pytest.approx({"precision": 8 / 12, "recall": 0.8, "f1": 16 / 22, "texts": 10})
    assert scores["b"] == pytest.approx({"precision": 0.75, "recall": 0.6, "f1": 12 / 18, "texts": 10})
    assert scores["c"] == {"precision": 0.0, "recall": 0.0, "f1": 0.0, "texts": 0}


@pytest.fixture
def text() -> LabelledText:
    train = [{"label": i % 3 == 0, "text": "ship sea" if i % 3 == 0 else "wheat field"} for i in range(12)]
    test = [{"label": i % 2 == 0, "text": "sea ship" if i % 2 == 0 else "field"} for i in range(8)]
    return LabelledText(["land", "sea"], train, test)


def test_the_majority_is_that_of_the_training_split(text: LabelledText) -> None:
    assert evaluate._majority(text) == 0.5


def test_the_linear_baseline_tells_words_apart(text: LabelledText) -> None:
    assert evaluate._tfidf(text, seed=0) == 1.0
