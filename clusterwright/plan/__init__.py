"""The plan: a spec and the catalog in, every decision out, as plain data that is the same for the same input."""

from clusterwright.plan import local
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.model import ClusterPlan, canonical_json, digest
from clusterwright.rules import check
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.findings import SpecError
from clusterwright.spec.load import Loaded

__all__ = ["ClusterPlan", "canonical_json", "digest", "plan_cluster"]


def plan_cluster(spec: Loaded | ClusterSpec, lock: None = None) -> ClusterPlan:
    """Decides everything that `spec` leaves open.

    Raises SpecError if a rule finds an error, so that no plan exists of a spec that can't work; with a Loaded spec the
    message shows the place in the file. `lock` is what a cloud account knows; a local cluster has none.
    """
    findings = check(spec)
    if any(finding.severity == "error" for finding in findings):
        raise SpecError(findings)
    return local.plan_cluster(spec.spec if isinstance(spec, Loaded) else spec, Decisions())
