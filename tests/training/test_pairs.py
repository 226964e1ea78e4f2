"""Sentence pairs keep the promises of the original recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from training import pairs
from training.tokenizer import CLS, PAD, SEP

SEQUENCE = 32


@pytest.fixture(scope="module")
def documents() -> list[pairs.Document]:
    """Every token tells its document (hundreds) and its sentence (units), sentences of 3 to 9 tokens."""
    return [[[1000 * d + s] * (3 + (d + s) % 7) for s in range(30)] for d in range(1, 41)]


@pytest.fixture(scope="module")
def made(documents: list[pairs.Document]) -> pairs.Pairs:
    return pairs.make(documents, SEQUENCE, seed=1, duplicates=2)


def parts(made: pairs.Pairs, row: Any) -> tuple[list[int], list[int]]:
    second, length = int(made.second[row]), int(made.length[row])
    ids = made.ids[row].tolist()
    assert (ids[0], ids[second - 1], ids[length - 1]) == (CLS, SEP, SEP)
    assert ids[length:] == [PAD] * (SEQUENCE - length)
    return ids[1 : second - 1], ids[second : length - 1]


def test_every_row_is_cls_a_sep_b_sep_and_padding(made: pairs.Pairs) -> None:
    for row in range(len(made)):
        a, b = parts(made, row)
        assert a
        assert b


def test_random_says_whether_the_parts_share_a_document(made: pairs.Pairs) -> None:
    for row in range(len(made)):
        a, b = parts(made, row)
        assert len({t // 1000 for t in a}) == len({t // 1000 for t in b}) == 1
        assert (a[0] // 1000 != b[0] // 1000) == made.random[row]


def test_a_true_second_part_continues_the_first(made: pairs.Pairs) -> None:
    for row in np.flatnonzero(~made.random):
        a, b = parts(made, row)
        assert b[0] - a[-1] >= 1
        assert a == sorted(a)
        assert b == sorted(b)


def test_about_half_the_pairs_are_random(made: pairs.Pairs) -> None:
    assert 0.4 < made.random.mean() < 0.65


def test_sentences_displaced_by_a_random_part_are_put_back(documents: list[pairs.Document]) -> None:
    # With room for everything nothing is truncated away, so each sentence must turn up in its own document's pairs.
    made = pairs.make(documents, 512, seed=1, duplicates=1)
    seen: dict[int, set[int]] = {}
    for row in range(len(made)):
        ids = made.ids[row, : made.length[row]]
        a, b = ids[1 : made.second[row] - 1], ids[made.second[row] : -1]
        own = np.concatenate([a, [] if made.random[row] else b[b > SEP]])
        seen.setdefault(int(a[0]) // 1000, set()).update(own.astype(int).tolist())
    for number, document in enumerate(documents, start=1):
        assert {sentence[0] for sentence in document} == seen[number]


def test_the_same_seed_makes_the_same_pairs(documents: list[pairs.Document], made: pairs.Pairs) -> None:
    again, other = pairs.make(documents, SEQUENCE, 1, 2), pairs.make(documents, SEQUENCE, 2, 2)
    assert np.array_equal(again.ids, made.ids)
    assert not np.array_equal(other.ids[:100], made.ids[:100])


def test_saved_pairs_load_as_they_were(made: pairs.Pairs, tmp_path: Path) -> None:
    made.save(tmp_path / "pairs")
    loaded = pairs.Pairs.load(tmp_path / "pairs")
    for name in ("ids", "length", "second", "random"):
        assert np.array_equal(getattr(loaded, name), getattr(made, name))
