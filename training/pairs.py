"""Sentence pairs for next sentence prediction.

After `create_instances_from_document` in google-research/bert, create_pretraining_data.py: sentences of a document are
gathered until they fill a sequence and cut in two; half the time the second part is replaced by sentences of another
document, and the sentences it would have used are put back. Masking is not done here but when a batch is made
(masking.py).
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .tokenizer import CLS, PAD, SEP

Document = list[list[int]]  # token ids of each sentence

SHORT_SEQUENCES = 0.1  # share of pairs aimed at a random shorter length, as short documents will be met later


@dataclass(frozen=True)
class Pairs:
    """`ids` (pairs, sequence): [CLS] A [SEP] B [SEP] and padding. `length` (pairs,): tokens; `second`: where B begins.

    `random` (pairs,): whether B is from another document.
    """

    ids: np.ndarray
    length: np.ndarray
    second: np.ndarray
    random: np.ndarray

    def __len__(self) -> int:
        return len(self.ids)

    def save(self, folder: Path) -> None:
        folder.mkdir()
        for name in ("ids", "length", "second", "random"):
            np.save(folder / f"{name}.npy", getattr(self, name))

    @classmethod
    def load(cls, folder: Path) -> Pairs:
        """Map the arrays into memory: ranks of a machine share the pages."""
        return cls(*(np.load(folder / f"{name}.npy", mmap_mode="r") for name in ("ids", "length", "second", "random")))


def make(
    documents: list[Document], sequence: int, seed: int, duplicates: int, beat: Callable[[str], None] = lambda _: None
) -> Pairs:
    """Cut the documents into pairs, `duplicates` times differently. `beat` is told of each round.

    There must be two documents or more: another one is needed to draw a random second part from.
    """
    rng = random.Random(f"{seed}/pairs")  # noqa: S311
    found: list[tuple[list[int], list[int], bool]] = []
    for round_ in range(duplicates):
        for number in range(len(documents)):
            found += _from_document(documents, number, sequence, rng)
        beat(f"made {len(found):,} sentence pairs (round {round_ + 1} of {duplicates})")
    ids = np.full((len(found), sequence), PAD, dtype=np.int32)
    length = np.empty(len(found), dtype=np.int32)
    second = np.empty(len(found), dtype=np.int32)
    for row, (a, b, _) in enumerate(found):
        tokens = [CLS, *a, SEP, *b, SEP]
        ids[row, : len(tokens)] = tokens
        length[row], second[row] = len(tokens), len(a) + 2
    return Pairs(ids, length, second, np.array([r for _, _, r in found], dtype=bool))


def _from_document(
    documents: list[Document], number: int, sequence: int, rng: random.Random
) -> list[tuple[list[int], list[int], bool]]:
    document = documents[number]
    room = sequence - 3
    target = rng.randint(2, room) if rng.random() < SHORT_SEQUENCES else room
    found: list[tuple[list[int], list[int], bool]] = []
    chunk: Document = []
    gathered = 0
    i = 0
    while i < len(document):
        chunk.append(document[i])
        gathered += len(document[i])
        if i == len(document) - 1 or gathered >= target:
            cut = rng.randint(1, len(chunk) - 1) if len(chunk) >= 2 else 1
            a = [token for sentence in chunk[:cut] for token in sentence]
            is_random = len(chunk) == 1 or rng.random() < 0.5
            if is_random:
                b = _from_elsewhere(documents, number, target - len(a), rng)
                i -= len(chunk) - cut  # put back what was not used
            else:
                b = [token for sentence in chunk[cut:] for token in sentence]
            _truncate(a, b, room, rng)
            found.append((a, b, is_random))
            chunk, gathered = [], 0
        i += 1
    return found


def _from_elsewhere(documents: list[Document], number: int, wanted: int, rng: random.Random) -> list[int]:
    """Consecutive sentences of another document, `wanted` tokens or a little more; at least one sentence."""
    other = rng.randrange(len(documents) - 1)
    document = documents[other + (other >= number)]
    tokens: list[int] = []
    for sentence in document[rng.randrange(len(document)) :]:
        tokens += sentence
        if len(tokens) >= wanted:
            break
    return tokens


def _truncate(a: list[int], b: list[int], room: int, rng: random.Random) -> None:
    """Shorten the longer part, at either end, until both fit."""
    while len(a) + len(b) > room:
        longer = a if len(a) > len(b) else b
        del longer[0 if rng.random() < 0.5 else -1]
