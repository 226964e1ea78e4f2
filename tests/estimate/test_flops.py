"""The work of a training, against what papers and hand calculations give."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.catalog.models import Architecture, models
from clusterwright.estimate import flops

BASE = {"layers": 12, "hidden": 768, "heads": 12, "intermediate": 3072}
LARGE = {"layers": 24, "hidden": 1024, "heads": 16, "intermediate": 4096}


def size(family: str = "bert", /, **numbers: int) -> Architecture:
    return Architecture.model_validate({"family": family, **numbers})


@pytest.mark.parametrize(
    ("numbers", "sequence", "head", "a_token"),
    [
        (BASE, 128, 0.15, 5.45e8),
        (BASE, 128, 1.0, 6.64e8),
        (LARGE, 128, 0.15, 1.879e9),
        (LARGE, 512, 0.15, 1.992e9),
    ],
)
def test_a_bert_takes_what_its_blocks_and_its_head_take(
    numbers: dict[str, int], sequence: int, head: float, a_token: float
) -> None:
    whole = flops.pretraining(size(**numbers), 30522, sequence, head)
    assert whole / sequence == pytest.approx(a_token, rel=0.01)


def test_a_gpt3_takes_what_narayanan_s_formula_gives() -> None:
    layers, h, s, v = 96, 12288, 2048, 51200
    formula = 72 * layers * h * h * (1 + s / (6 * h) + v / (12 * layers * h))
    got = flops.pretraining(size("decoder", layers=96, hidden=h, heads=96, intermediate=4 * h), v, s)
    assert got / s == pytest.approx(formula)
    assert got / s == pytest.approx(1.0764e12, rel=1e-3)


def test_a_large_decoder_takes_about_six_operations_a_parameter_and_token() -> None:
    row = models().models["gpt3-175b"]
    assert flops.pretraining(row, 50257, 2048) / 2048 == pytest.approx(6 * 175e9, rel=0.03)


def test_a_translator_takes_its_encoder_its_decoder_and_the_attention_between() -> None:
    numbers = {"layers": 6, "hidden": 512, "heads": 8, "intermediate": 2048}
    encoder = flops.pretraining(size("decoder", **numbers), 0, 64)
    between = 64 * 6 * (24 * 512**2 + 12 * 64 * 512)
    got = flops.pretraining(size("encoder_decoder", **numbers), 37000, 64)
    assert got == pytest.approx(2 * encoder + between + 64 * 6 * 37000 * 512)


@given(
    st.sampled_from(["bert", "decoder", "encoder_decoder"]),
    st.fixed_dictionaries({name: st.integers(1, 200) for name in ("layers", "hidden", "intermediate", "sequence")}),
    st.sampled_from(["layers", "hidden", "intermediate", "sequence"]),
    st.integers(1, 100),
)
def test_more_of_anything_is_more_work(family: str, numbers: dict[str, int], name: str, more: int) -> None:
    def work(of: dict[str, int]) -> float:
        rest = {key: value for key, value in of.items() if key != "sequence"}
        return flops.pretraining(size(family, heads=1, **rest), 1000, of["sequence"])

    assert work({**numbers, name: numbers[name] + more}) > work(numbers)
