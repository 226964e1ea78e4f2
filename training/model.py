"""The models, and what is optimized: transformers' BERT with losses summed rather than averaged.

Sums, because a mean over the whole global batch must come out the same however the batch is split over ranks and
micro-batches.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F
from transformers import BertConfig, BertForPreTraining

from .config import Model


def configuration(model: Model, dropout: float) -> BertConfig:
    return BertConfig(
        vocab_size=model.vocabulary,
        hidden_size=model.hidden,
        num_hidden_layers=model.layers,
        num_attention_heads=model.heads,
        intermediate_size=model.intermediate,
        max_position_embeddings=model.max_positions,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=dropout,
    )


def start_from_frequencies(model: BertForPreTraining, ids: np.ndarray, specials: int) -> None:
    """Set the output bias to the log frequencies of the tokens `ids`, add-one smoothed.

    A classifier's last layer should start from its classes' frequencies; it saves the steps that would learn them.
    """
    counts = np.bincount(ids.reshape(-1), minlength=model.config.vocab_size).astype(np.float64)
    counts[:specials] = 0
    frequency = (counts + 1) / (counts + 1).sum()
    with torch.no_grad():
        model.cls.predictions.bias.copy_(torch.from_numpy(np.log(frequency)))


class PretrainObjective(nn.Module):
    """MLM and NSP of BertForPreTraining, with the vocabulary head on the hidden positions only.

    Equal to the dense head under `ignore_index`, at `masking` times its cost: the head is 6 V h FLOPs a position.
    """

    heads = ("mlm", "nsp")

    def __init__(self, model: BertForPreTraining) -> None:
        super().__init__()
        self.model = model

    def forward(
        self,
        ids: torch.Tensor,
        types: torch.Tensor,
        attention: torch.Tensor | None,
        positions: torch.Tensor,
        labels: torch.Tensor,
        random: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Batch as in masking.Batch. Returns summed losses and numbers of right predictions, each (2,): MLM, NSP."""
        encoded = self.model.bert(ids, token_type_ids=types, attention_mask=attention)
        hidden_MH = encoded.last_hidden_state.flatten(0, 1).index_select(0, positions)
        return _sums(
            (self.model.cls.predictions(hidden_MH), labels),
            (self.model.cls.seq_relationship(encoded.pooler_output), random),
        )


class FinetuneObjective(nn.Module):
    """Classification by BertForSequenceClassification."""

    heads = ("label",)

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(
        self, ids: torch.Tensor, attention: torch.Tensor | None, labels: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Returns the summed loss and the number of right predictions, each (1,)."""
        return _sums((self.model(ids, attention_mask=attention).logits, labels))


def _sums(*heads: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    losses = [F.cross_entropy(logits.float(), labels, reduction="sum") for logits, labels in heads]
    right = [(logits.argmax(-1) == labels).sum() for logits, labels in heads]
    return torch.stack(losses), torch.stack(right)


def parameters(model: nn.Module) -> int:
    """Number of parameters, tied ones counted once."""
    return sum(p.numel() for p in model.parameters())


def optimizer(model: nn.Module) -> torch.optim.AdamW:
    """AdamW as in the BERT paper: betas 0.9 and 0.999, eps 1e-6, decay 0.01 but none on biases and LayerNorm."""
    decayed = [p for p in model.parameters() if p.ndim >= 2]
    others = [p for p in model.parameters() if p.ndim < 2]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": others, "weight_decay": 0.0}]
    return torch.optim.AdamW(groups, lr=0.0, betas=(0.9, 0.999), eps=1e-6, fused=True)


def precision(wanted: str, device: torch.device) -> str:
    """What `auto` means here: bf16 where the device computes it natively, else fp32."""
    if wanted != "auto":
        return wanted
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
    else:
        native = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()
    return "bf16" if native else "fp32"
