"""A head has memory for its queue, and the hint names one that has."""

import pytest

from clusterwright.rules import check
from clusterwright.spec.load import parse_spec

HEADS = {
    "aws": "name: a\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\njob: none\n",
    "gcp": "name: a\nprovider: gcp\nproject: my-project-123\nregion: us-central1\nzone: us-central1-a\njob: none\n",
}


@pytest.mark.parametrize(
    ("provider", "nodes", "hint"),
    [
        ("aws", 180, None),
        ("aws", 250, "write `machine: m7i.xlarge`"),
        ("aws", 10_000, "write `machine: m7i.xlarge`"),
        ("gcp", 180, None),
        ("gcp", 250, "write `machine: n2-standard-4`"),
    ],
)
def test_a_head_has_memory_for_all_nodes_of_all_groups(provider: str, nodes: int, hint: str | None) -> None:
    groups = f"groups: [{{name: x, nodes: {nodes // 2}}}, {{name: y, nodes: {nodes - nodes // 2}}}]\n"
    hints = [f.hint for f in check(parse_spec(HEADS[provider] + groups)) if f.code == "CW-SLM-003"]
    assert hints == ([hint] if hint else [])
