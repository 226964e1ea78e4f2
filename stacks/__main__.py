"""The Pulumi program of every stack: stacks/<stack>.yaml is read, planned and registered."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pulumi

from clusterwright.bootstrap import Bundle, render_bundle
from clusterwright.errors import ClusterwrightError
from clusterwright.plan import plan_to_deploy
from clusterwright.plan.model import ClusterPlan
from clusterwright.rules import check
from clusterwright.spec.load import load_spec
from components.cluster import Cluster, providers

PROJECT = Path(__file__).resolve().parent.parent


def read_plan(stack: str) -> ClusterPlan:
    """The plan of `stack`. What is wrong with its spec is shown as `clusterwright validate` shows it."""
    os.chdir(PROJECT)  # messages name files as a user in the project's folder would
    try:
        loaded = load_spec(Path("stacks", f"{stack}.yaml"))
        decided = plan_to_deploy(loaded)
    except ClusterwrightError as error:
        raise pulumi.RunError(str(error)) from None
    for finding in check(loaded):
        if finding.severity == "warning":
            pulumi.warn(str(finding))
    return decided


def render(plan: ClusterPlan) -> Bundle:
    """The bundle of `plan`, with the job's source from the project. What is wrong with that is shown as a message."""
    try:
        return render_bundle(plan, PROJECT)
    except ClusterwrightError as error:
        raise pulumi.RunError(str(error)) from None


plan = read_plan(pulumi.get_stack())
opts = pulumi.ResourceOptions(providers=providers(plan))
cluster = Cluster(plan.name, plan.as_of(datetime.now(UTC)), render(plan), opts)
for output, value in cluster.outputs.items():
    pulumi.export(output, value)
