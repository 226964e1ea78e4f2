"""Hints about memory name what is enough: fewer sequences at once, another sharing, more nodes, other machines."""

import pytest

from clusterwright.rules import check
from clusterwright.spec.findings import Finding
from clusterwright.spec.load import parse_spec

HEAD = "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\n"


def found(machine: str, nodes: int, job: str) -> list[Finding]:
    text = f"{HEAD}groups: [{{name: train, machine: {machine}, nodes: {nodes}}}]\njob: {job}\n"
    return [finding for finding in check(parse_spec(text)) if finding.code in ("CW-JOB-020", "CW-JOB-021")]


@pytest.mark.parametrize(
    ("machine", "nodes", "job", "code", "hint"),
    [
        (
            "g6.12xlarge",
            1,
            "{model: gpt3-6.7b}",
            "CW-JOB-020",
            "give group `train` 2 nodes, or a machine type with larger GPUs",
        ),
        (
            "g6f.large",
            1,
            "{model: bert-large, command: [train.py]}",
            "CW-JOB-020",
            "give group `train` 3 nodes, or a machine type with larger GPUs",
        ),
        ("g6f.large", 1, "{model: bert-large}", "CW-JOB-020", "write `machine: g6f.4xlarge`"),
        ("g4dn.xlarge", 2, "{model: gpt3-175b}", "CW-JOB-020", "write `machine: p6-b300.48xlarge`"),
        (
            "g5.2xlarge",
            1,
            "{model: bert-large, pretrain: {micro_batch: 256, batch: 256}}",
            "CW-JOB-021",
            "write `pretrain: {micro_batch: 128}`: as many sequences a step, in smaller parts",
        ),
        (
            "p5.48xlarge",
            1,
            "{model: gpt3-6.7b, sharding: none}",
            "CW-JOB-021",
            "write `sharding: optimizer`, `recompute: false`",
        ),
    ],
)
def test_a_hint_says_what_is_enough(machine: str, nodes: int, job: str, code: str, hint: str) -> None:
    (finding,) = found(machine, nodes, job)
    assert (finding.code, finding.hint) == (code, hint)


@pytest.mark.parametrize(
    ("machine", "nodes", "job"),
    [
        ("g6.12xlarge", 2, "{model: gpt3-6.7b}"),
        ("g6f.large", 3, "{model: bert-large, command: [train.py]}"),
        ("g5.2xlarge", 1, "{model: bert-large, pretrain: {micro_batch: 128, batch: 256}}"),
        ("p5.48xlarge", 1, "{model: gpt3-6.7b, sharding: optimizer, recompute: false}"),
    ],
)
def test_what_a_hint_says_is_enough(machine: str, nodes: int, job: str) -> None:
    assert found(machine, nodes, job) == []


def test_a_program_that_shares_a_model_out_further_can_have_the_finding_accepted() -> None:
    group = "groups: [{name: train, machine: g6.12xlarge, nodes: 1}]\n"
    text = f"{HEAD}{group}job: {{model: gpt3-6.7b, command: [train.py]}}\n"
    accept = "accept: [{rule: CW-JOB-020, because: it splits layers too}]\n"
    refused, accepted = (
        [f.code for f in check(parse_spec(spec)) if f.severity != "note"] for spec in (text, text + accept)
    )
    assert (refused, accepted) == (["CW-JOB-020"], [])
