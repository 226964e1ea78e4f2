"""The objectives equal the textbook ones, and the optimizer treats parameters as the paper says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional as F
from transformers import BertForPreTraining

from training import config, model
from training.masking import Batch, Masker
from training.pairs import Pairs
from training.tokenizer import SPECIALS

FIRST = len(SPECIALS)


@pytest.fixture
def bert(document: dict[str, Any]) -> BertForPreTraining:
    torch.manual_seed(0)
    return BertForPreTraining(model.configuration(config.parse(document).model, dropout=0.0))


@pytest.fixture
def batch() -> Batch:
    rng = np.random.default_rng(0)
    length = np.array([32, 20, 27, 32])
    ids = rng.integers(FIRST, 200, (4, 32)) * (np.arange(32) < length[:, None])
    pairs = Pairs(ids, length, np.array([12, 9, 14, 16]), np.array([True, False, True, False]))
    return Masker(np.arange(200) > 150, 0.15, True, 1).batch(pairs, [(0, i) for i in range(4)])


def test_the_gathered_head_equals_the_dense_one_in_loss_and_gradients(bert: BertForPreTraining, batch: Batch) -> None:
    objective = model.PretrainObjective(bert)
    losses, right = objective(**batch.inputs(torch.device("cpu")))
    (losses / torch.tensor(batch.counts)).sum().backward()
    gathered = {n: p.grad.clone() for n, p in bert.named_parameters() if p.grad is not None}
    bert.zero_grad()

    labels = torch.full(batch.ids.shape, -100).flatten()
    labels[batch.positions] = batch.labels
    dense = bert(
        batch.ids,
        attention_mask=batch.attention,
        token_type_ids=batch.types,
        labels=labels.view(batch.ids.shape),
        next_sentence_label=batch.random,
    )
    dense.loss.backward()
    torch.testing.assert_close((losses / torch.tensor(batch.counts)).sum(), dense.loss)
    assert right[0] == (dense.prediction_logits.flatten(0, 1)[batch.positions].argmax(-1) == batch.labels).sum()
    assert right[1] == (dense.seq_relationship_logits.argmax(-1) == batch.random).sum()
    for name, parameter in bert.named_parameters():
        torch.testing.assert_close(gathered[name], parameter.grad, msg=lambda text, name=name: f"{name}: {text}")


def test_all_tokens_attended_is_the_same_as_no_mask(bert: BertForPreTraining) -> None:
    ids = torch.arange(64).view(2, 32) + FIRST
    bert.eval()
    with torch.no_grad():
        masked = bert(ids, attention_mask=torch.ones_like(ids)).prediction_logits
        torch.testing.assert_close(bert(ids).prediction_logits, masked, rtol=1e-4, atol=1e-5)


def test_starting_from_frequencies_predicts_them(bert: BertForPreTraining) -> None:
    ids = np.repeat(np.arange(FIRST, 25), np.arange(1, 21))
    model.start_from_frequencies(bert, ids, FIRST)
    head = bert.cls.predictions.decoder
    bias = torch.zeros(1, 16) @ head.weight.T + head.bias
    expected = np.log((np.bincount(ids, minlength=200) + 1) / (len(ids) + 200))
    torch.testing.assert_close(F.log_softmax(bias, -1)[0].detach().numpy(), expected.astype(np.float32))


def test_biases_and_layer_norms_do_not_decay(bert: BertForPreTraining) -> None:
    decayed, others = model.optimizer(bert).param_groups
    names = {id(p): n for n, p in bert.named_parameters()}
    assert (decayed["weight_decay"], others["weight_decay"]) == (0.01, 0.0)
    assert {names[id(p)] for p in others["params"]} == {
        n for n in names.values() if "LayerNorm" in n or n.endswith("bias")
    }
    assert sum(p.numel() for g in (decayed, others) for p in g["params"]) == model.parameters(bert)


def test_the_published_sizes_come_out() -> None:
    base = config.Model(
        name="bert-base", layers=12, hidden=768, heads=12, intermediate=3072, vocabulary=30522, max_positions=512
    )
    with torch.device("meta"):
        assert model.parameters(BertForPreTraining(model.configuration(base, 0.1))) == 110_106_428


def test_precision_is_what_was_asked_for_unless_auto() -> None:
    cpu = torch.device("cpu")
    assert model.precision("bf16", cpu) == "bf16"
    assert model.precision("fp32", cpu) == "fp32"
    assert model.precision("auto", cpu) in {"fp32", "bf16"}
