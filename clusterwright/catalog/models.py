"""Sizes of BERTs and of other transformers, and the recipes that train them, from models.yaml."""

from collections.abc import Mapping
from functools import cache
from typing import Literal

from clusterwright.catalog.rows import Row, read

Family = Literal["bert", "decoder", "encoder_decoder"]


class Architecture(Row):
    """The size of a model: blocks, width, attention heads, width of the feed-forward layer.

    A `bert` is what the project trains. A `decoder` is a language model as GPT-2 and GPT-3 are, an `encoder_decoder` a
    translator as the first transformer was, with `layers` blocks in each half: they can be planned and estimated, and
    are trained by a program of the user's.
    """

    family: Family = "bert"
    layers: int
    hidden: int
    heads: int
    intermediate: int


class CatalogModel(Architecture):
    """A size with a name, and the name of the recipe that trains it unless the spec says otherwise."""

    recipe: str
    source: str


class Corpus(Row):
    """References to the text to pre-train on and the labelled text to fine-tune on."""

    pretrain: str
    finetune: str


class PretrainRecipe(Row):
    """`batch` in sequences over all ranks, `sequence` in tokens, `warmup` and `checkpoint_every` in steps.

    What a decoder has none of is None: masked tokens, and sentence pairs to cut its text into.
    """

    steps: int
    batch: int
    sequence: int
    masking: float | None = None
    whole_word: bool | None = None
    learning_rate: float
    warmup: int
    checkpoint_every: int
    dropout: float | None = None
    duplicates: int | None = None
    micro_batch: int


class FinetuneRecipe(Row):
    """`batch` in sequences over all ranks, `sequence` in tokens, `warmup` as a share of the steps."""

    epochs: int
    batch: int
    sequence: int
    learning_rate: float
    warmup: float
    checkpoint_every: int
    dropout: float
    micro_batch: int


class Recipe(Row):
    """How a model is trained: what depends on the text and the budget rather than on the size alone.

    A decoder's has no text, and no labelled text to fine-tune on.
    """

    source: str
    vocabulary: int
    max_positions: int
    precision: Literal["fp32", "bf16", "auto"]
    corpus: Corpus | None = None
    pretrain: PretrainRecipe
    finetune: FinetuneRecipe | None = None


class Models(Row):
    """All of models.yaml."""

    models: Mapping[str, CatalogModel]
    recipes: Mapping[str, Recipe]


@cache
def models() -> Models:
    """The catalog of models and recipes."""
    return read("models.yaml", Models)


def parameters(size: Architecture, vocabulary: int, max_positions: int) -> int:
    """How many parameters a `BertForPreTraining` of this size has, or a decoder of it.

    Embeddings (V + P + 2) h + 2h; a block 4 (h² + h) for attention, 2 h i + i + h for the feed-forward layer, 4h for
    its two layer norms; pooler h² + h; MLM head h² + h + 2h + V (its matrix is the embedding's); NSP head 2h + 2.
    Gives 110,106,428 for bert-base and 336,226,108 for bert-large, as transformers counts them.

    An encoder and a decoder have V h embeddings, of both languages and the head's too, their positions being computed;
    the decoder's blocks have a second attention and its layer norm, 4 (h² + h) + 2h.

    A decoder has embeddings (V + P) h, the same blocks, one more layer norm 2h, and no matrix of its own for its head:
    124,439,808 for GPT-2 and 1,557,611,200 for GPT-2 XL, as transformers counts them.
    """
    h = size.hidden
    blocks = size.layers * block_parameters(size)
    if size.family == "encoder_decoder":
        return vocabulary * h + 2 * blocks + size.layers * (4 * (h * h + h) + 2 * h)
    if size.family == "decoder":
        return (vocabulary + max_positions) * h + blocks + 2 * h
    heads = (h * h + h) + (h * h + h + 2 * h + vocabulary) + (2 * h + 2)
    return (vocabulary + max_positions + 2) * h + 2 * h + blocks + heads


def block_parameters(size: Architecture) -> int:
    """How many parameters one block has: attention, feed-forward layer, and its two layer norms."""
    h, i = size.hidden, size.intermediate
    return 4 * (h * h + h) + 2 * h * i + i + h + 4 * h
