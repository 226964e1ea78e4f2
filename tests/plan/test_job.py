"""The job of a decoder is planned for a program of the user's; nothing of a BERT's is in it."""

from typing import Any

from clusterwright.plan.decisions import Decisions
from clusterwright.plan.job import plan_job
from clusterwright.plan.model import GroupPlan, JobPlan, NodeRange
from clusterwright.spec.load import parse_spec

HEAD = "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\n"
P5 = GroupPlan(
    name="train",
    machine="p5.48xlarge",
    nodes=NodeRange(min=2, max=2),
    hosts="train-[1-2]",
    processes_per_node=8,
    threads_per_process=12,
)


def planned(job: str) -> tuple[JobPlan, Decisions]:
    spec = parse_spec(f"{HEAD}groups: [{{name: train, machine: p5.48xlarge, nodes: 2}}]\njob: {job}\n").spec
    decisions = Decisions()
    plan = plan_job(spec, (P5,), decisions)
    assert plan is not None
    return plan, decisions


def keys(data: Any) -> set[str]:
    return {
        key for name, value in data.items() for key in ({name} | (keys(value) if isinstance(value, dict) else set()))
    }


def test_a_decoder_s_config_has_its_size_and_recipe_and_nothing_of_a_bert() -> None:
    plan, _ = planned("{model: gpt3-6.7b, corpus: s3://texts/tokens/, command: [train.py]}")
    assert plan.config["model"] == {
        "name": "gpt3-6.7b",
        "family": "decoder",
        "layers": 32,
        "hidden": 4096,
        "heads": 32,
        "intermediate": 16384,
        "vocabulary": 50257,
        "max_positions": 2048,
    }
    assert plan.config["phases"] == ["prepare", "pretrain"]
    assert plan.config["corpus"] == {"pretrain": "s3://texts/tokens/"}
    assert plan.config["pretrain"]["batch"] == 1024
    assert not keys(plan.config) & {"finetune", "compare", "masking", "whole_word", "duplicates", "dropout"}
    assert plan.command == ("train.py",)


def test_how_a_model_is_shared_out_is_decided_from_its_size_with_the_numbers_as_the_reason() -> None:
    plan, decisions = planned("{model: gpt3-6.7b}")
    assert (plan.sharding, plan.recompute) == ("optimizer", False)
    reasons = {decision.path: decision.reason for decision in decisions.taken}
    assert reasons["job.sharding"].startswith("the fastest that fits: a rank needs ")


def test_the_project_s_own_training_shares_nothing_however_little_memory_there_is() -> None:
    plan, _ = planned("{model: bert-large, pretrain: {micro_batch: 256, batch: 2048}}")
    assert (plan.sharding, plan.recompute) == ("none", False)


def test_what_the_spec_says_of_sharing_is_planned_and_no_decision() -> None:
    plan, decisions = planned("{model: bert-base, sharding: full, recompute: true, command: [train.py]}")
    assert (plan.sharding, plan.recompute) == ("full", True)
    assert not {decision.path for decision in decisions.taken} & {"job.sharding", "job.recompute"}
