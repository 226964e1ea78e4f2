"""The resource graphs of changed example stacks, made in this process."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from clusterwright.bootstrap import render_bundle
from clusterwright.plan.model import ClusterPlan
from clusterwright.review.blast.process import Graph, resources
from components.graph import Marked, graph
from tests.plans import ROOT
from tests.review.blast.changes import plan

NOW = datetime(2026, 11, 24, tzinfo=UTC)


def graph_of(planned: ClusterPlan) -> Graph:
    return resources(graph(planned.as_of(NOW), render_bundle(planned, ROOT), Marked()))


@cache
def before(stack: str) -> tuple[ClusterPlan, Graph]:
    """The plan and the graph of an example stack as it is."""
    return plan(stack), graph_of(plan(stack))


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What GCP has as a file is not put into the user's own cache."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
