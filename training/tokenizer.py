"""A WordPiece vocabulary for the corpus, lower case, and the tokenizer that transformers loads."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from tokenizers import BertWordPieceTokenizer
from transformers import BertTokenizer

SPECIALS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")  # the first tokens of the vocabulary, in this order
PAD, UNK, CLS, SEP, MASK = range(len(SPECIALS))
ALPHABET = 1000  # letters that are kept, the most frequent ones; as in tokenizers

_END = re.compile(r"([.!?;][\"')\]”’]*)\s+(?=[\"'(\[“‘]?[A-Z0-9])")
_ABBREVIATION = re.compile(r"(?:\b[A-Z]|\b(?:Mr|Mrs|Ms|Dr|St|Gen|Gov|Hon|Messrs|No|Nos|Jr|Sr|vs|Co|Inc|Art|Sec))\.$")


def train(texts: Iterable[str], vocabulary: int, folder: Path) -> BertTokenizer:
    """Count word pieces in `texts` and save a tokenizer of at most `vocabulary` tokens into `folder`.

    The same texts make the same vocabulary.
    """
    trainer = BertWordPieceTokenizer(lowercase=True)
    normalized = [trainer.normalize(text) for text in texts]
    trainer.train_from_iterator(
        normalized,
        vocab_size=vocabulary,
        min_frequency=2,
        show_progress=False,
        special_tokens=[*SPECIALS, *_inner_letters(normalized)],
    )
    folder.mkdir(parents=True, exist_ok=True)
    trainer.save_model(str(folder))
    # Only from_pretrained reads vocab.txt: transformers 5 ignores the argument vocab_file and knows nothing but [UNK].
    tokenizer = load(folder)
    tokenizer.save_pretrained(folder)
    return tokenizer


def _inner_letters(normalized: list[str]) -> list[str]:
    """`##x` for every character that can stand inside a word, sorted.

    The trainer numbers these in the order of a randomly seeded hash table and breaks ties between equally frequent
    merges by number (huggingface/tokenizers issue 1794). Naming them beforehand makes its outcome the same every time;
    as only vocab.txt is read afterwards, nothing treats them as special.
    """
    counts = Counter(letter for text in normalized for letter in text)
    letters = [c for c, _ in sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:ALPHABET]]
    # The pre-tokenizer cuts at spaces and makes each punctuation mark a word; to BERT every ASCII symbol is one.
    return [
        f"##{c}" for c in sorted(letters) if c.isalnum() or not (c.isascii() or unicodedata.category(c)[0] in "PZC")
    ]


def load(folder: Path) -> BertTokenizer:
    return BertTokenizer.from_pretrained(folder)


def continues_word(tokenizer: BertTokenizer) -> np.ndarray:
    """Whether each token of the vocabulary continues a word (`##ing`). Shape (vocabulary,), bool."""
    tokens = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    return np.array([token.startswith("##") for token in tokens])


def encode(tokenizer: BertTokenizer, texts: list[str]) -> list[list[int]]:
    """Token ids of each text, without [CLS] and [SEP]."""
    return [e.ids for e in tokenizer.backend_tokenizer.encode_batch(texts, add_special_tokens=False)]


def sentences(line: str) -> list[str]:
    """Cut a paragraph at sentence ends and semicolons; not after initials and common abbreviations."""
    found: list[str] = []
    for piece in _END.sub(r"\1\n", line).split("\n"):
        if found and _ABBREVIATION.search(found[-1]):
            found[-1] += " " + piece
        else:
            found.append(piece)
    return found
