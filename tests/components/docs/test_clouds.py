"""What docs/clouds.md says of each cloud is so in the plan of its large example."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clusterwright_policy import rules
from tests.components.aws.clusters import planned as on_aws
from tests.components.docs.clouds import ALIKE, APART, Row, page
from tests.components.gcp.clusters import planned as on_gcp

ROWS = (*ALIKE, *APART)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.promise)
def test_a_cell_is_a_fact_of_the_plan(row: Row) -> None:
    assert row.aws.fact(on_aws("bert-large-aws"))
    assert row.gcp.fact(on_gcp("bert-large-gcp"))


def test_each_rule_of_a_promise_is_one_of_the_policy_pack() -> None:
    assert {code for row in ROWS for code in row.codes} <= {rule.code for rule in rules()}


def test_the_page_says_what_is_so(golden: Callable[[str, str], None]) -> None:
    golden("docs/clouds.md", page())
