"""What a step sees depends on (seed, consumed) alone, and an epoch sees everything."""

from __future__ import annotations

from training import sampler


def test_a_stream_cut_into_other_batches_is_the_same_stream() -> None:
    whole = sampler.stream(count=10, seed=3, consumed=0, batch=24)
    parts = [pick for start in range(0, 24, 6) for pick in sampler.stream(10, 3, start, 6)]
    assert parts == whole


def test_each_epoch_holds_every_sample_once_in_an_order_of_its_own() -> None:
    picks = sampler.stream(count=10, seed=3, consumed=0, batch=20)
    first, second = [i for e, i in picks if e == 0], [i for e, i in picks if e == 1]
    assert sorted(first) == sorted(second) == list(range(10))
    assert first != second


def test_another_seed_gives_another_order() -> None:
    assert sampler.stream(50, 1, 0, 50) != sampler.stream(50, 2, 0, 50)


def test_bucketed_batches_hold_each_sample_at_most_once_and_are_whole() -> None:
    lengths = tuple((7 * i) % 41 + 2 for i in range(103))
    batches = sampler.bucketed(lengths, seed=5, epoch=0, batch=8)
    seen = [i for batch in batches for i in batch]
    assert len(batches) == 103 // 8
    assert all(len(batch) == 8 for batch in batches)
    assert len(set(seen)) == len(seen)


def test_bucketed_batches_need_far_less_padding_than_shuffled_ones() -> None:
    lengths = tuple((37 * i) % 101 + 2 for i in range(800))

    def padded(batches: list[list[int]]) -> int:
        return sum(max(lengths[i] for i in batch) * len(batch) for batch in batches)

    shuffled = [i for _, i in sampler.stream(800, 5, 0, 800)]
    plain = padded([shuffled[i : i + 8] for i in range(0, 800, 8)])
    assert padded([b.tolist() for b in sampler.bucketed(lengths, 5, 0, 8)]) < 0.7 * plain


def test_bucketed_batches_are_not_met_by_length() -> None:
    lengths = tuple(range(2, 202))
    first = [lengths[batch[0]] for batch in sampler.bucketed(lengths, 5, 0, 10)]
    assert first != sorted(first)
    assert [b.tolist() for b in sampler.bucketed(lengths, 5, 0, 10)] != [
        b.tolist() for b in sampler.bucketed(lengths, 5, 1, 10)
    ]
