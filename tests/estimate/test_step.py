"""The time of a step: more nodes never compute longer, more work never takes less, each part follows its formula."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterwright.estimate import flops
from clusterwright.estimate.job import job_of
from clusterwright.estimate.network import LOOPBACK, TCP, communication
from clusterwright.estimate.quantity import BYTE_PER_SECOND, ONE, exactly
from clusterwright.estimate.step import step
from tests.estimate.jobs import FAST, HIGH, LIKELY, LOW, job, on, span, with_settings
from tests.plans import example_plan

MACHINES = st.sampled_from(["p5.48xlarge", "p4d.24xlarge", "g6.2xlarge", "g5.12xlarge", "c7i.8xlarge"])
MODELS = st.sampled_from(["bert-mini", "bert-base", "bert-large", "gpt3-125m", "transformer-big"])
BF16 = ", precision: bf16"
THEIRS = ", command: [train.py]"
"""A program of the user's, which may share a model out."""
PARTS = ("computing", "moving", "launching")


def more_than(one: tuple[float, float, float], other: tuple[float, float, float]) -> bool:
    """Whether `one` is more than `other` anywhere, beyond what rounding makes."""
    return any(a > b * (1 + 1e-9) for a, b in zip(one, other, strict=True))


@given(MACHINES, MODELS, st.integers(1, 300), st.integers(1, 300))
def test_adding_nodes_never_raises_the_computing_of_a_step(machine: str, model: str, nodes: int, more: int) -> None:
    few, many = (step(on(job(machine, model=model, more=BF16), n), "pretrain", FAST) for n in (nodes, nodes + more))
    assert not more_than(span(many.computing), span(few.computing))


@given(MACHINES, MODELS, st.integers(1, 64), st.sampled_from(["batch", "sequence"]), st.integers(1, 4096))
def test_more_work_a_step_never_takes_less(machine: str, model: str, nodes: int, name: str, more: int) -> None:
    less = on(job(machine, model=model, more=BF16), nodes)
    settings = less.work.pretrain
    more_work = with_settings(less, **{name: settings[name] + more, "micro_batch": settings["micro_batch"]})
    one, other = (step(each, "pretrain", FAST) for each in (less, more_work))
    assert not more_than(span(one.work), span(other.work))
    assert not more_than(span(one.computing), span(other.computing))


@given(st.integers(1, 128), st.sampled_from(["none", "optimizer", "full"]))
def test_the_time_of_a_step_is_its_slowest_part_and_what_that_can_not_hide(nodes: int, sharding: str) -> None:
    one = step(on(job(more=f", sharding: {sharding}{THEIRS}"), nodes), "pretrain", FAST)
    for end in (LOW, LIKELY, HIGH):
        slowest = max(span(getattr(one, part))[end] for part in PARTS)
        assert span(one.time)[end] == pytest.approx(slowest + span(one.exposed)[end] + span(one.loading)[end])
        assert span(one.exposed)[end] <= span(one.communication)[end] + 1e-12


def test_computing_is_the_work_over_the_peak_and_the_share_of_it() -> None:
    one = step(job(nodes=1), "pretrain", FAST)
    sequences = 256 // 8
    work = sequences * flops.pretraining(job().work.size, 30522, 128, 0.15)
    share = span(one.efficiency.share)[LIKELY]
    assert span(one.computing)[LIKELY] == pytest.approx(work / (989.4e12 * share))


def test_recomputing_takes_a_third_more() -> None:
    plain, again = (step(job(more=more), "pretrain", FAST) for more in (THEIRS, f"{THEIRS}, recompute: true"))
    assert span(again.computing)[LIKELY] == pytest.approx(span(plain.computing)[LIKELY] * 4 / 3)
    assert span(again.work) == span(plain.work)


def test_gradients_go_around_between_nodes_at_the_speed_of_their_network() -> None:
    """Eight p5 have 400 GB/s each; gradients in fp32 go around and back, 7/8 of them over each node's line."""
    got = span(communication(on(job(), 8), 1))[LIKELY]
    assert got == pytest.approx(2 * 7 / 8 * 4 * job().work.parameters / (0.75 * 400e9))


def test_a_group_without_its_fabric_has_less_of_the_same_line() -> None:
    fabric = job("p4d.24xlarge", 4)
    plain = replace(fabric, group=fabric.group.model_copy(update={"fabric": "none"}))
    assert span(communication(plain, 1))[LIKELY] > span(communication(fabric, 1))[LIKELY]


def test_gpus_without_nvlink_share_pcie() -> None:
    pcie, nvlink = (span(communication(job(machine, 1), 1))[LIKELY] for machine in ("g5.48xlarge", "p4d.24xlarge"))
    assert pcie > 10 * nvlink


def test_one_rank_has_nobody_to_tell() -> None:
    assert span(communication(job("g6.2xlarge", 1), 1)) == (0, 0, 0)


def test_ranks_on_one_machine_talk_through_its_kernel_and_those_of_clouds_through_the_network() -> None:
    here = job_of(example_plan("local"))
    assert here is not None
    gradients = 4 * here.work.parameters
    assert span(communication(here, 1))[LIKELY] == pytest.approx(gradients / LOOPBACK[LIKELY])
    cloud = job("c7i.8xlarge", 2)
    assert cloud.machine is not None
    assert cloud.machine.network_gbps is not None
    line = TCP[LIKELY] * cloud.machine.network_gbps * 1e9 / 8
    assert span(communication(cloud, 1))[LIKELY] == pytest.approx(4 * cloud.work.parameters / line)


def test_shorter_texts_take_less_computing_and_as_many_messages() -> None:
    here = job_of(example_plan("local"))
    assert here is not None
    whole, half = (step(here, "finetune", FAST, exactly(share, ONE, "")) for share in (1.0, 0.5))
    assert span(half.computing)[LIKELY] == pytest.approx(span(whole.computing)[LIKELY] / 2)
    assert span(half.exposed)[LIKELY] == pytest.approx(span(whole.exposed)[LIKELY])
    assert whole.busy > half.busy > 0


def test_everything_shared_out_sends_weights_for_each_pass_of_each_micro_batch() -> None:
    full = on(job(more=f", sharding: full{THEIRS}"), 8)
    once, twice = (span(communication(full, micro_batches))[LIKELY] for micro_batches in (1, 2))
    assert twice / once == pytest.approx(5 / 3)


def test_a_slow_storage_is_waited_for_and_a_fast_one_is_not() -> None:
    slow = exactly(1e3, BYTE_PER_SECOND, "a floppy disk")
    assert span(step(job(), "pretrain", FAST).loading) == (0, 0, 0)
    assert span(step(job(), "pretrain", slow).loading)[LIKELY] > 100


def test_a_sequence_for_each_gpu_is_computed_faster_than_it_is_started() -> None:
    small = with_settings(on(job(model="bert-large"), 8), batch=64)
    one = step(small, "pretrain", FAST)
    assert span(one.launching)[LIKELY] > span(one.computing)[LIKELY]


def test_fp32_is_computed_without_tensor_cores_and_so_much_slower() -> None:
    fp32, bf16 = (step(job(more=f", precision: {kind}"), "pretrain", FAST) for kind in ("fp32", "bf16"))
    assert span(fp32.computing)[LIKELY] > 5 * span(bf16.computing)[LIKELY]


def test_a_peak_that_no_source_gives_leaves_the_step_unknown() -> None:
    one = step(job("g6.2xlarge", more=", precision: fp32"), "pretrain", FAST)
    assert not one.time.known
    assert one.time.basis == "the peak of L4 in fp32 is not known"


def test_of_a_share_of_a_gpu_nothing_is_known() -> None:
    whole = job("g6.2xlarge", 1, "bert-mini", BF16)
    share = replace(whole, gpu=None, group=whole.group.model_copy(update={"gpus": 0}))
    assert step(share, "pretrain", FAST).time.basis == "what a share of a L4 computes is not known"


def test_a_cloud_s_cores_are_not_those_that_were_timed() -> None:
    one = step(job("c7i.8xlarge", 1, "bert-mini"), "pretrain", FAST)
    assert one.time.known
    assert not one.efficiency.calibrated
