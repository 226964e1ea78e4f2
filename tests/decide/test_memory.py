"""What a rank needs is what the papers count, and the way of sharing that is decided is the fastest that fits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.catalog.machines import machine
from clusterwright.catalog.models import models
from clusterwright.decide.job import DecidedJob, decide_job
from clusterwright.decide.memory import Sharding, Sharing, decide_sharing, gib, memory, settled, usable, ways
from clusterwright.spec.job import JobSpec
from clusterwright.spec.load import parse_spec

HEAD = "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\n"
jobs = st.sampled_from(list(models().models)).map(lambda name: decided(name))
numbers = st.integers(1, 4096)


def decided(model: str, **settings: object) -> DecidedJob:
    job = decide_job(JobSpec.model_validate({"model": model, **settings}), models())
    assert job is not None
    return job


@pytest.mark.parametrize(("sharding", "gigabytes"), [("none", 120), ("optimizer", 31.4), ("full", 1.9)])
def test_states_are_those_of_zero_s_own_example(sharding: Sharding, gigabytes: float) -> None:
    """Rajbhandari et al. 2020, figure 1: 7.5 billion parameters over 64 GPUs."""
    job = decided("gpt3-6.7b")
    needed = memory(job, 64, Sharing(sharding)).states / job.parameters * 7.5e9
    assert needed / 1e9 == pytest.approx(gigabytes, abs=0.05)


def test_activations_are_34_sbh_a_block_and_2_sbh_where_they_are_computed_again() -> None:
    """Korthikanti et al. 2022, equation 1 without its attention scores, and equation 6."""
    job, sbh = decided("gpt3-175b"), 2048 * 1 * 12288
    assert memory(job, 1024, Sharing()).activations == 96 * 34 * sbh
    assert memory(job, 1024, Sharing(recompute=True)).activations == 96 * 2 * sbh + 34 * sbh


def test_the_second_attention_of_a_translator_s_decoder_takes_13_sbh_more() -> None:
    """Korthikanti et al. 2022, section 4.1: 34 s b h a block of the encoder, 34 + 11 + 2 of the decoder."""
    job = decided("transformer-base")
    assert memory(job, 8, Sharing()).activations == 6 * (34 + 47) * 64 * 49 * 512


def test_a_bert_s_head_sees_the_masked_tokens_alone() -> None:
    job = decided("bert-base", pretrain={"micro_batch": 64})
    assert memory(job, 1, Sharing()).logits == 64 * 20 * 30522 * 4, "20 of 128 tokens, as in google-research/bert"


def test_a_rank_takes_no_more_sequences_at_once_than_its_share_of_the_batch() -> None:
    job = decided("bert-base", pretrain={"micro_batch": 64, "batch": 256}, finetune={"micro_batch": 1})
    assert memory(job, 64, Sharing()).activations * 16 == memory(job, 1, Sharing()).activations


def test_fp32_takes_twice_the_activations_but_for_masks() -> None:
    half, whole = (memory(decided("bert-base", precision=p), 1, Sharing()).activations for p in ("bf16", "fp32"))
    assert whole * 34 == half * 66


@given(jobs, numbers, numbers)
def test_sharing_more_and_computing_again_never_takes_more_states_or_activations(
    job: DecidedJob, ranks: int, micro_batch: int
) -> None:
    needs = {sharing: memory(job, ranks, sharing, micro_batch) for sharing in ways(own=False)}
    states = [needs[Sharing(sharding)].states for sharding in ("none", "optimizer", "full")]
    assert states == sorted(states, reverse=True)
    for sharing, needed in needs.items():
        assert needed.total >= needed.states > 0
        if job.size.layers > 1:
            assert needs[Sharing(sharing.sharding, True)].activations <= needs[Sharing(sharing.sharding)].activations


@pytest.mark.parametrize(
    ("job", "group", "sharing"),
    [
        ("{model: bert-base}", "{name: t, machine: g6.2xlarge, nodes: 1}", Sharing("none")),
        ("{model: gpt3-6.7b}", "{name: t, machine: p5.48xlarge, nodes: 1}", Sharing("optimizer")),
        ("{model: gpt3-6.7b}", "{name: t, machine: g6e.48xlarge, nodes: 1}", Sharing("full")),
        ("{model: gpt3-175b}", "{name: t, machine: p5.48xlarge, nodes: 128}", Sharing("full", True)),
        (
            "{model: gpt3-6.7b, recompute: true}",
            "{name: t, machine: g6e.48xlarge, nodes: 1}",
            Sharing("optimizer", True),
        ),
        ("{model: gpt3-6.7b, sharding: none}", "{name: t, machine: p5.48xlarge, nodes: 1}", Sharing("none", True)),
        ("{model: bert-large}", "{name: t, machine: g6f.large, nodes: 1}", Sharing("none")),
        ("{model: bert-large, command: [a.py]}", "{name: t, machine: g6f.large, nodes: 1}", Sharing("full", True)),
        ("{model: bert-base}", "{name: t, machine: c7i.8xlarge, nodes: 1}", Sharing("none")),
    ],
)
def test_the_fastest_sharing_that_fits_is_decided(job: str, group: str, sharing: Sharing) -> None:
    spec = parse_spec(f"{HEAD}groups: [{group}]\njob: {job}\n").spec
    assert isinstance(spec.job, JobSpec)
    found = decide_job(spec.job, models())
    assert found is not None
    assert decide_sharing(spec, found).value == sharing


def test_the_reason_gives_the_numbers() -> None:
    spec = parse_spec(f"{HEAD}groups: [{{name: t, machine: p5.48xlarge, nodes: 1}}]\njob: {{model: gpt3-6.7b}}\n").spec
    choice = decide_sharing(spec, decided("gpt3-6.7b"))
    assert choice.reason == "the fastest that fits: a rank needs 51.9 GiB of 72.0 GiB that a model can use"


@pytest.mark.parametrize(
    ("precision", "name", "settles"),
    [
        ("auto", "g4dn.2xlarge", "fp32"),
        ("auto", "g5.2xlarge", "bf16"),
        ("bf16", "g4dn.2xlarge", "bf16"),
        ("auto", "m7i.large", "auto"),
    ],
)
def test_auto_is_bf16_on_gpus_from_ampere_on(precision: str, name: str, settles: str) -> None:
    assert settled(decided("bert-base", precision=precision), machine("aws", name)).precision == settles


@pytest.mark.parametrize(
    ("name", "gibibytes"), [("p5.48xlarge", 72.0), ("g6f.large", 2.5), ("m7i.large", None), ("none.such", None)]
)
def test_a_rank_can_use_its_gpu_s_memory_or_its_share_of_one(name: str, gibibytes: float | None) -> None:
    room = usable(machine("aws", name))
    assert room is None if gibibytes is None else round((room or 0) / 2**30, 1) == gibibytes


@pytest.mark.parametrize(("size", "text"), [(80 * 2**30, "80.0 GiB"), (2**27, "0.1 GiB"), (2**25, "32.0 MiB")])
def test_a_small_size_is_not_written_as_nothing(size: int, text: str) -> None:
    assert gib(size) == text
