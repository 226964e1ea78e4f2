"""What can be planned and not deployed says why, everything at once."""

from clusterwright.plan import plan_cluster, plan_to_deploy
from clusterwright.spec.load import parse_spec

PROCESSES = "name: a\nprovider: local\n"


def test_a_local_cluster_of_processes_can_be_deployed() -> None:
    assert plan_to_deploy(parse_spec(PROCESSES)) == plan_cluster(parse_spec(PROCESSES))


def test_a_local_cluster_of_machines_can_be_deployed_and_has_slurm() -> None:
    loaded = parse_spec(PROCESSES + "runtime: machine\n")
    plan = plan_to_deploy(loaded)
    assert (plan.software.scheduler, plan.refusals) == ("slurm", ())
