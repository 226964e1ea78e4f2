"""The floating-point operations of training, in FLOP; a multiplication and an addition are two.

A matrix of n parameters takes 2n FLOP a token forward and 4n backward. What is no product of matrices (norms,
softmax, the optimizer) is left out, as is usual: Narayanan et al. 2021 (https://arxiv.org/abs/2104.04473), section 3
and appendix, whose formula of a GPT, 72 L h² (1 + s/(6h) + V/(12 L h)) a token, this gives for a decoder.

- A block: 4h² for attention and 2hi for the feed-forward layer, so 6 (4h² + 2hi) a token; scores and their weighted
  sum are s x h each, so 12 s h. Of a causal mask half would do; as those that publish rates, all of it is counted.
- Head: 6 V h at each position that goes through it: all of a decoder's, of a BERT the masked ones, which alone are
  gathered (training/model.py), each with 6h² of its transform.
- Sentence pairs of a BERT (pooler and classifier): 6 (h² + 2h) a sequence.
- An encoder and a decoder, s tokens each (Vaswani et al. 2017, https://arxiv.org/abs/1706.03762, section 3): L blocks
  each; those of the decoder have a second attention, over the encoder's states: 24h² + 12 s h more.

What is computed again in the backward pass is no work of the model's: it makes a step slower, not larger.
"""

from __future__ import annotations

from clusterwright.catalog.models import Architecture
from clusterwright.decide.job import Workload

RECOMPUTED = 4 / 3
"""What a step takes of what it took, if the activations are computed again: a second forward pass (Korthikanti et al.
2022, https://arxiv.org/abs/2205.05198, section 5)."""


def block(size: Architecture, sequence: int) -> float:
    """FLOP a token of one block, forward and backward."""
    h, i = size.hidden, size.intermediate
    return 24 * h * h + 12 * h * i + 12 * sequence * h


def pretraining(size: Architecture, vocabulary: int, sequence: int, masking: float | None = None) -> float:
    """FLOP a sequence of pre-training; of an encoder and a decoder, a pair of sequences.

    `masking` is the share of a BERT's positions that go through its head.
    """
    h = size.hidden
    if size.family == "encoder_decoder":
        second = 24 * h * h + 12 * sequence * h
        return sequence * (size.layers * (2 * block(size, sequence) + second) + 6 * vocabulary * h)
    blocks = sequence * size.layers * block(size, sequence)
    if size.family == "decoder":
        return blocks + sequence * 6 * vocabulary * h
    share = 1.0 if masking is None else masking
    return blocks + sequence * share * 6 * (vocabulary * h + h * h) + 6 * (h * h + 2 * h)


def classifying(size: Architecture, sequence: int) -> float:
    """FLOP a sequence of fine-tuning a BERT to classify; the last layer, of a few labels, is left out."""
    return sequence * size.layers * block(size, sequence) + 6 * size.hidden**2


def of_phase(work: Workload, phase: str) -> float:
    """FLOP a sequence of a phase that trains; in fine-tuning, of one that is as long as the longest."""
    if phase == "finetune":
        return classifying(work.size, work.finetune["sequence"])
    settings = work.pretrain
    return pretraining(work.size, work.vocabulary, settings["sequence"], settings.get("masking"))
