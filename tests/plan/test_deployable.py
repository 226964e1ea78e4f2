"""What can be planned and not deployed says why, everything at once."""

import pytest

from clusterwright.plan import NotDeployable, plan_cluster, plan_to_deploy
from clusterwright.spec.load import parse_spec

PROCESSES = "name: a\nprovider: local\n"


def test_a_local_cluster_of_processes_can_be_deployed() -> None:
    assert plan_to_deploy(parse_spec(PROCESSES)) == plan_cluster(parse_spec(PROCESSES))


def test_a_local_cluster_of_machines_is_planned_and_refused() -> None:
    loaded = parse_spec(PROCESSES + "runtime: machine\n")
    plan = plan_cluster(loaded)
    assert (plan.software.scheduler, len(plan.refusals)) == ("slurm", 1)
    with pytest.raises(NotDeployable) as error:
        plan_to_deploy(loaded)
    assert error.value.exit_code == 1
    assert str(error.value) == (
        "error: a can't be deployed: nodes of `runtime: machine` can't be started by this version\n"
        "  why: it plans them and has no provider for them yet\n"
        "  hint: write `runtime: process`"
    )
