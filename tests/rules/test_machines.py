"""Machine types are known, fit the job, and a hint names one that there is."""

import pytest

from clusterwright.rules import check
from clusterwright.spec.findings import Finding
from clusterwright.spec.load import parse_spec

HEADS = {
    "local": "name: a\nprovider: local\n",
    "aws": "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\n",
    "gcp": "name: a\nprovider: gcp\nproject: my-project-123\nregion: us-central1\nzone: us-central1-a\n",
}


def found(provider: str, text: str, code: str) -> list[Finding]:
    return [finding for finding in check(parse_spec(HEADS[provider] + text)) if finding.code == code]


@pytest.mark.parametrize(
    ("provider", "name", "what", "hint"),
    [
        (
            "local",
            "p5.48xlarge",
            "provider local has no machine type `p5.48xlarge`: it is of aws",
            "did you mean `local`?",
        ),
        (
            "aws",
            "a3-megagpu-8g",
            "provider aws has no machine type `a3-megagpu-8g`: it is of gcp",
            "`clusterwright catalog list` shows all that are known",
        ),
        (
            "gcp",
            "a3-megagpu-8",
            "provider gcp has no machine type `a3-megagpu-8`",
            "did you mean `a3-megagpu-8g` or `a2-megagpu-16g` or `a3-highgpu-8g`?",
        ),
    ],
)
def test_an_unknown_machine_type_is_told_with_the_nearest_ones(provider: str, name: str, what: str, hint: str) -> None:
    (finding,) = found(provider, f"head: {{machine: {name}}}\n", "CW-CMP-001")
    assert (finding.what, finding.hint) == (what, hint)


def test_an_unknown_machine_type_is_all_that_is_said_of_its_group() -> None:
    text = "groups: [{name: t, machine: nothing}]\nbudget: {limit: 500 USD}\njob: {model: bert-large}\n"
    findings = [finding for finding in check(parse_spec(HEADS["aws"] + text)) if finding.severity != "note"]
    assert [finding.code for finding in findings] == ["CW-CMP-001"]


@pytest.mark.parametrize(("machine", "most"), [("g6f.xlarge", 1), ("g6.2xlarge", 1), ("p5.48xlarge", 8)])
def test_a_node_has_a_rank_for_each_gpu_and_one_for_a_part_of_one(machine: str, most: int) -> None:
    text = f"groups: [{{name: t, machine: {machine}, nodes: 1}}]\njob: {{processes_per_node: %s}}\n"
    assert found("aws", text % most, "CW-CMP-011") == []
    assert len(found("aws", text % (most + 1), "CW-CMP-011")) == 1


def test_nodes_without_gpus_can_have_as_many_ranks_as_they_like() -> None:
    text = "groups: [{name: t, machine: c7i.8xlarge}]\njob: {model: bert-mini, processes_per_node: 16}\n"
    assert found("aws", text, "CW-CMP-011") == []


@pytest.mark.parametrize(
    ("job", "fires"),
    [
        ("{model: bert-base}", True),
        ("{model: bert-mini}", False),
        ("{model: bert-base, phases: [prepare]}", False),
        ("none", False),
    ],
)
def test_only_pretraining_of_a_large_model_needs_gpus(job: str, fires: bool) -> None:
    assert bool(found("local", f"job: {job}\n", "CW-CMP-010")) == fires
