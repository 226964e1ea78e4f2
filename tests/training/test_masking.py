"""Masks follow the BERT paper and are a pure function of (seed, epoch, index)."""

from __future__ import annotations

import numpy as np
import pytest

from training.masking import Masker
from training.pairs import Pairs
from training.tokenizer import CLS, MASK, SEP, SPECIALS

FIRST = len(SPECIALS)

VOCABULARY = 1000
CONTINUES = np.arange(VOCABULARY) >= 800


@pytest.fixture
def masker() -> Masker:
    return Masker(CONTINUES, rate=0.15, whole_word=True, seed=1)


def sequence(length: int = 64, seed: int = 0) -> np.ndarray:
    ids = np.random.default_rng(seed).integers(FIRST, VOCABULARY, length)
    ids[[0, length // 2, length - 1]] = CLS, SEP, SEP
    return ids


def test_the_same_sample_of_the_same_epoch_is_masked_the_same(masker: Masker) -> None:
    ids = sequence()
    for first, again in zip(masker.mask(ids, 2, 5), masker.mask(ids, 2, 5), strict=True):
        assert np.array_equal(first, again)


def test_another_epoch_masks_elsewhere(masker: Masker) -> None:
    ids = sequence()
    assert not np.array_equal(masker.mask(ids, 0, 5)[1], masker.mask(ids, 1, 5)[1])


@pytest.mark.parametrize("whole_word", [True, False])
def test_a_share_of_the_tokens_is_chosen_and_never_cls_or_sep(whole_word: bool) -> None:
    masker = Masker(CONTINUES, 0.15, whole_word, 1)
    chosen = [masker.mask(sequence(seed=i), 0, i) for i in range(200)]
    for i, (fed, places) in enumerate(chosen):
        ids = sequence(seed=i)
        assert 1 <= len(places) <= round(0.15 * 64)
        assert not np.isin(ids[places], [CLS, SEP]).any()
        untouched = np.setdiff1d(np.arange(64), places)
        assert np.array_equal(fed[untouched], ids[untouched])
    assert sum(len(places) for _, places in chosen) > 0.97 * 200 * round(0.15 * 64)


def test_whole_words_are_chosen_together(masker: Masker) -> None:
    for i in range(200):
        ids = sequence(seed=i)
        _, places = masker.mask(ids, 0, i)
        chosen = np.isin(np.arange(64), places)
        # A piece that continues a word shares the fate of the piece before it, unless [CLS] or [SEP] is between.
        inside = CONTINUES[ids[1:]] & ~np.isin(ids[:-1], [CLS, SEP]) & ~np.isin(ids[1:], [CLS, SEP])
        assert np.array_equal(chosen[1:][inside], chosen[:-1][inside])


def test_eighty_ten_ten(masker: Masker) -> None:
    masked = same = total = 0
    for i in range(2000):
        ids = sequence(seed=i)
        fed, places = masker.mask(ids, 0, i)
        masked += (fed[places] == MASK).sum()
        same += (fed[places] == ids[places]).sum()
        total += len(places)
        assert (fed[places][fed[places] != MASK] >= FIRST).all()
    assert masked / total == pytest.approx(0.8, abs=0.01)
    assert same / total == pytest.approx(0.1, abs=0.01)


def test_at_least_one_token_is_chosen(masker: Masker) -> None:
    assert len(masker.mask(np.array([CLS, 10, SEP, 11, SEP]), 0, 0)[1]) == 1


def test_a_batch_points_at_what_was_hidden(masker: Masker) -> None:
    rows, lengths = [sequence(64, 1), sequence(40, 2)], [64, 40]
    ids = np.zeros((2, 64), dtype=np.int32)
    for i, row in enumerate(rows):
        ids[i, : lengths[i]] = row
    pairs = Pairs(ids, np.array(lengths), np.array([33, 21]), np.array([False, True]))
    batch = masker.batch(pairs, [(0, 0), (0, 1)])
    assert batch.ids.shape == (2, 64)
    assert batch.tokens == 104
    assert batch.attention is not None
    assert batch.attention.sum(1).tolist() == lengths
    assert batch.types.sum(1).tolist() == [64 - 33, 40 - 21]
    assert batch.random.tolist() == [0, 1]
    flat = np.concatenate([ids[0], ids[1]])
    assert np.array_equal(batch.labels.numpy(), flat[batch.positions.numpy()])
    assert batch.counts == [len(batch.labels), 2]


def test_a_batch_without_padding_needs_no_attention_mask(masker: Masker) -> None:
    pairs = Pairs(sequence()[None], np.array([64]), np.array([33]), np.array([False]))
    assert masker.batch(pairs, [(0, 0)]).attention is None
