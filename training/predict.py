"""Classify texts with a fine-tuned model.

    python -m training.predict --model jobs/RUN/model/classifier < texts.txt

reads a text a line and writes a line of JSON each: {"label", "probability", "text"}.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from transformers import BertForSequenceClassification, BertTokenizer

from . import tokenizer
from .finetune import collate
from .prepare import classifier_input
from .pretrain import chunks

BATCH = 64


class Classifier:
    """A fine-tuned model and its tokenizer, from a folder as phase finetune writes it."""

    def __init__(self, folder: Path, device: torch.device | None = None) -> None:
        self.device = device or torch.device("cpu")
        self.model: Any = BertForSequenceClassification.from_pretrained(folder)
        self.model.to(self.device).eval()
        self.words: BertTokenizer = tokenizer.load(folder)
        self.labels = [self.model.config.id2label[i] for i in range(self.model.config.num_labels)]

    def classify(self, texts: list[str], sequence: int) -> torch.Tensor:
        """Probabilities (texts, labels); a text is cut to `sequence` tokens."""
        return self.probabilities([classifier_input(ids, sequence) for ids in tokenizer.encode(self.words, texts)])

    @torch.no_grad()
    def probabilities(self, inputs: Sequence[list[int]]) -> torch.Tensor:
        """Probabilities (inputs, labels) for token ids with [CLS] and [SEP]; texts of like length share a batch."""
        result = torch.empty(len(inputs), len(self.labels))
        order = sorted(range(len(inputs)), key=lambda i: len(inputs[i]))
        for micro in chunks(order, BATCH):
            batch = collate([{"ids": inputs[i], "label": 0} for i in micro]).inputs(self.device)
            logits = self.model(batch["ids"], attention_mask=batch["attention"]).logits
            result[micro] = logits.float().softmax(-1).cpu()
        return result


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m training.predict", description="Classify a text a line.")
    parser.add_argument("--model", type=Path, required=True, help="folder of a fine-tuned model (model/classifier)")
    arguments = parser.parse_args()
    if not (arguments.model / "config.json").is_file():
        print(f"error: there is no model in {arguments.model}: name a run's model/classifier folder", file=sys.stderr)
        return 2
    classifier = Classifier(arguments.model)
    texts = [line.strip() for line in sys.stdin if line.strip()]
    sequence = classifier.model.config.max_position_embeddings
    for text, row in zip(texts, classifier.classify(texts, sequence), strict=True):
        best = int(row.argmax())
        print(json.dumps({"label": classifier.labels[best], "probability": round(float(row[best]), 4), "text": text}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
