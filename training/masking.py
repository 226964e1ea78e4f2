"""Masked language modelling: which tokens to hide, chosen when a batch is made.

Rule of the BERT paper (Devlin et al. 2019, 3.1): of the chosen tokens 80 % become [MASK], 10 % a random token, 10 %
stay. Whole words are chosen together (google-research/bert, `do_whole_word_mask`). Each sample's choice is a pure
function of (seed, epoch, index): new masks each epoch, the same ones when a run is resumed, at any world size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch

from .pairs import Pairs
from .tokenizer import CLS, MASK, PAD, SEP, SPECIALS


@dataclass(frozen=True)
class Batch:
    """B sequences of S tokens with M hidden ones. `attention` is None when nothing is padding.

    `positions` (M,) index the flattened (B * S) tokens; `labels` (M,) are the tokens that were there; `random` (B,) is
    1 where the second part comes from another document.
    """

    ids: torch.Tensor
    types: torch.Tensor
    attention: torch.Tensor | None
    positions: torch.Tensor
    labels: torch.Tensor
    random: torch.Tensor
    tokens: int

    @property
    def counts(self) -> list[int]:
        return [len(self.labels), len(self.random)]

    def inputs(self, device: torch.device) -> dict[str, torch.Tensor | None]:
        """Arguments of model.PretrainObjective."""
        names = ("ids", "types", "attention", "positions", "labels", "random")
        return {n: None if (t := getattr(self, n)) is None else t.to(device) for n in names}


@dataclass(frozen=True)
class Masker:
    """`continues` (vocabulary,): whether a token continues a word. `rate`: share of a sequence's tokens to hide."""

    continues: np.ndarray
    rate: float
    whole_word: bool
    seed: int

    @cached_property
    def vocabulary(self) -> int:
        return len(self.continues)

    def mask(self, ids: np.ndarray, epoch: int, index: int) -> tuple[np.ndarray, np.ndarray]:
        """Hide tokens of one sequence (length,). Returns the sequence to feed and the chosen places (M,), ascending.

        max(1, round(rate * length)) tokens at most, and never [CLS] or [SEP]. The original's bound on predictions a
        sequence is a buffer size; here the head runs on just the chosen places and needs none.
        """
        rng = np.random.default_rng([self.seed, epoch, index])
        candidates = np.flatnonzero((ids != CLS) & (ids != SEP))
        starts = ~self.continues[ids[candidates]] if self.whole_word else np.ones(len(candidates), dtype=bool)
        starts[:1] = True
        # A [SEP] between two candidates ends a word as well.
        starts[1:] |= np.diff(candidates) > 1
        begin = np.flatnonzero(starts)
        size = np.diff(np.append(begin, len(candidates)))
        quota = max(1, round(self.rate * len(ids)))
        chosen: list[int] = []
        for word in rng.permutation(len(begin)):
            if len(chosen) + size[word] <= quota:
                chosen += range(begin[word], begin[word] + size[word])
            if len(chosen) == quota:
                break
        places = np.sort(candidates[chosen])
        fate = rng.random(len(places))
        replacement = rng.integers(len(SPECIALS), self.vocabulary, len(places))
        fed = ids.copy()
        fed[places] = np.where(fate < 0.8, MASK, np.where(fate < 0.9, replacement, ids[places]))
        return fed, places

    def batch(self, pairs: Pairs, picks: Sequence[tuple[int, int]]) -> Batch:
        """A batch of the picked (epoch, index) pairs, padded to its longest."""
        index = np.array([i for _, i in picks])
        length = pairs.length[index]
        width = int(length.max())
        ids = np.full((len(picks), width), PAD, dtype=np.int64)
        positions, labels = [], []
        for row, (epoch, i) in enumerate(picks):
            original = np.asarray(pairs.ids[i, : length[row]])
            ids[row, : length[row]], places = self.mask(original, epoch, i)
            positions.append(row * width + places)
            labels.append(original[places])
        column = np.arange(width)
        attention = column < length[:, None]
        types = (column >= pairs.second[index][:, None]) & attention
        return Batch(
            ids=torch.from_numpy(ids),
            types=torch.from_numpy(types.astype(np.int64)),
            attention=None if attention.all() else torch.from_numpy(attention.astype(np.int64)),
            positions=torch.from_numpy(np.concatenate(positions).astype(np.int64)),
            labels=torch.from_numpy(np.concatenate(labels).astype(np.int64)),
            random=torch.from_numpy(pairs.random[index].astype(np.int64)),
            tokens=int(length.sum()),
        )
