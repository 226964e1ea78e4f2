"""Phase prepare: from corpora to token arrays in a folder named by the digest of what made them."""

from __future__ import annotations

import hashlib
import json
import random
from collections import Counter
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from . import corpus, pairs, tokenizer
from .config import Job
from .corpus import Say
from .distributed import check_stop
from .errors import JobError
from .files import build_folder, read_json, write_json

FORMAT = 1  # raise it whenever the same settings would prepare other data
HELD_OUT = 0.05  # share of pre-training documents kept for evaluation, at least one
CHUNK = 64  # documents tokenized between two looks at the clock


def prepare(job: Job, data: Path, say: Say) -> tuple[str, dict[str, Any]]:
    """Make the prepared folder, unless it is there already. Returns its name below `data` and its description.

    It holds tokenizer/, train/ and heldout/ (pairs.Pairs), labelled/ (LabelledText) and description.json, and appears
    whole or not at all; two runs may do this at once.
    """
    pretrain = corpus.obtain(job.corpus.pretrain, data / "corpora", say)
    finetune = corpus.obtain(job.corpus.finetune, data / "corpora", say)
    recipe = {
        "format": FORMAT,
        "pretrain": corpus.digest(pretrain),
        "finetune": corpus.digest(finetune),
        "vocabulary": job.model.vocabulary,
        "sequence": [job.pretrain.sequence, job.finetune.sequence],
        "duplicates": job.pretrain.duplicates,
        "seed": job.seed,
    }
    name = "prepared/" + hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:16]
    folder = data / name
    if folder.is_dir():
        say(f"using the prepared data {name}")
    else:
        build_folder(folder, lambda temporary: _fill(temporary, job, recipe, pretrain, finetune, say))
    return name, read_json(folder / "description.json")


def _fill(folder: Path, job: Job, recipe: dict[str, Any], pretrain: Path, finetune: Path, say: Say) -> None:
    documents = corpus.documents(pretrain)
    labelled_texts = corpus.examples(finetune, "train")
    say(f"training a tokenizer of {job.model.vocabulary:,} tokens on {len(documents):,} documents")
    # Words are counted in all documents, held-out ones included: that learns spellings, not what follows what. Those of
    # the training texts to classify are counted too, so that words which only they have are not cut into letters.
    lines = chain((line for d in documents for line in d), (e.text for e in labelled_texts))
    words = tokenizer.train(lines, job.model.vocabulary, folder / "tokenizer")
    encoded: list[pairs.Document] = []
    for i in range(0, len(documents), CHUNK):
        check_stop()
        encoded += [_encode(words, document) for document in documents[i : i + CHUNK]]
        say(f"tokenized {len(encoded):,} of {len(documents):,} documents")
    train, heldout = _split([d for d in encoded if d], job.seed)
    cut = pairs.make(train, job.pretrain.sequence, job.seed, job.pretrain.duplicates, say)
    kept = pairs.make(heldout, job.pretrain.sequence, job.seed, 1)
    cut.save(folder / "train")
    kept.save(folder / "heldout")
    check_stop()
    labelled = LabelledText.make(words, finetune, job.finetune.sequence, say)
    labelled.save(folder / "labelled")
    description = {
        "made_from": recipe,
        "vocabulary": len(words),
        "documents": len(train),
        "heldout_documents": len(heldout),
        "tokens": sum(_count(train).values()),
        "heldout_tokens": sum(_count(heldout).values()),
        "pairs": len(cut),
        "heldout_pairs": len(kept),
        "unigram_entropy": unigram_entropy(_count(heldout)),
        "labelled_train": len(labelled.train),
        "labelled_test": len(labelled.test),
        "labels": labelled.labels,
    }
    write_json(folder / "description.json", description)
    say(f"prepared {description['tokens']:,} tokens in {len(cut):,} pairs, {len(labelled.train):,} labelled texts")


def _encode(words: Any, document: list[str]) -> pairs.Document:
    sentences = [sentence for line in document for sentence in tokenizer.sentences(line)]
    return [ids for ids in tokenizer.encode(words, sentences) if ids]


def _split(documents: list[pairs.Document], seed: int) -> tuple[list[pairs.Document], list[pairs.Document]]:
    """Whole documents are held out, two at least: random second parts come from another one."""
    count = max(2, round(HELD_OUT * len(documents)))
    if len(documents) < count + 2:
        raise JobError(f"the pre-training corpus has {len(documents)} documents with text; at least 4 are needed")
    heldout = set(random.Random(f"{seed}/held out").sample(range(len(documents)), count))  # noqa: S311
    return (
        [d for i, d in enumerate(documents) if i not in heldout],
        [d for i, d in enumerate(documents) if i in heldout],
    )


def _count(documents: list[pairs.Document]) -> Counter[int]:
    return Counter(token for document in documents for sentence in document for token in sentence)


def unigram_entropy(counts: Counter[int]) -> float:
    """Shannon entropy, nats a token, of the empirical distribution of the tokens that were counted.

    It is the least loss that any predictor which ignores context can reach on that very text, even one that was told
    the text's own frequencies: a masked-language-model loss below it needs context. Stricter than the cross-entropy
    under the training text's frequencies, which can only be larger (Gibbs' inequality).
    """
    p = np.array(list(counts.values()), dtype=np.float64)
    p /= p.sum()
    return float(-(p * np.log(p)).sum())


class LabelledText:
    """Labelled texts of the fine-tuning corpus: tokens for the model and the words themselves for the baselines."""

    def __init__(self, labels: list[str], train: list[dict[str, Any]], test: list[dict[str, Any]]) -> None:
        self.labels, self.train, self.test = labels, train, test

    @classmethod
    def make(cls, words: Any, folder: Path, sequence: int, say: Say) -> LabelledText:
        """Each text becomes {"label": number, "text", "ids": [CLS] ... [SEP], cut to `sequence` tokens}."""
        splits = {split: corpus.examples(folder, split) for split in ("train", "test")}
        labels = sorted({e.label for e in splits["train"]})
        if len(labels) < 2:
            raise JobError(f"corpus {folder}: train.tsv has only the label {labels[0]}; two are needed")
        if unknown := sorted({e.label for e in splits["test"]} - set(labels)):
            raise JobError(f"corpus {folder}: test.tsv has labels that train.tsv lacks: {', '.join(unknown)}")
        made = {}
        for split, examples in splits.items():
            encoded = tokenizer.encode(words, [e.text for e in examples])
            made[split] = [
                {"label": labels.index(e.label), "text": e.text, "ids": classifier_input(ids, sequence)}
                for e, ids in zip(examples, encoded, strict=True)
            ]
            say(f"tokenized {len(examples):,} labelled texts ({split})")
        return cls(labels, made["train"], made["test"])

    def save(self, folder: Path) -> None:
        folder.mkdir()
        (folder / "labels.json").write_text(json.dumps(self.labels))
        for split in ("train", "test"):
            with (folder / f"{split}.jsonl").open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(row) + "\n" for row in getattr(self, split))

    @classmethod
    def load(cls, folder: Path) -> LabelledText:
        def rows(split: str) -> list[dict[str, Any]]:
            with (folder / f"{split}.jsonl").open(encoding="utf-8") as file:
                return [json.loads(line) for line in file]

        return cls(read_json(folder / "labels.json"), rows("train"), rows("test"))


def classifier_input(ids: list[int], sequence: int) -> list[int]:
    """[CLS] text [SEP], the text cut so that it fits `sequence` tokens."""
    return [tokenizer.CLS, *ids[: sequence - 2], tokenizer.SEP]
