"""Which samples a step sees: pure functions of (seed, epoch, consumed), the same at any world size."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


@lru_cache(maxsize=4)
def _order(count: int, seed: int, epoch: int) -> np.ndarray:
    return np.random.default_rng([seed, epoch]).permutation(count)


def stream(count: int, seed: int, consumed: int, batch: int) -> list[tuple[int, int]]:
    """The next `batch` of an endless shuffled stream over `count` samples, as (epoch, index), after `consumed` samples.

    A batch may span two epochs; no sample comes twice within one.
    """
    picks = (divmod(position, count) for position in range(consumed, consumed + batch))
    return [(epoch, int(_order(count, seed, epoch)[place])) for epoch, place in picks]


@lru_cache(maxsize=4)
def bucketed(lengths: tuple[int, ...], seed: int, epoch: int, batch: int, pool: int = 50) -> tuple[np.ndarray, ...]:
    """The len(lengths) // batch batches of an epoch, each of samples of like length, so that little is padding.

    Shuffled samples are sorted within pools of `pool` batches, cut, and the batches shuffled again. The few samples
    that fill no batch are left out; they are others each epoch.
    """
    size = np.asarray(lengths)
    whole = len(size) // batch * batch
    order = _order(len(size), seed, epoch)[:whole]
    pools = [order[i : i + pool * batch] for i in range(0, whole, pool * batch)]
    ordered = np.concatenate([p[np.argsort(size[p], kind="stable")] for p in pools])
    batches = ordered.reshape(-1, batch)
    return tuple(batches[np.random.default_rng([seed, epoch, 1]).permutation(len(batches))])
