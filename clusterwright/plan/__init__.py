"""The plan: a spec, its lock and the catalog in, every decision out, as plain data, the same for the same input."""

import importlib

from clusterwright.errors import ClusterwrightError
from clusterwright.plan.decisions import Decisions
from clusterwright.plan.model import ClusterPlan, canonical_json, digest
from clusterwright.rules import check
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.findings import SpecError
from clusterwright.spec.load import Loaded
from clusterwright.spec.lock import Lock

__all__ = ["ClusterPlan", "NotDeployable", "canonical_json", "digest", "plan_checked", "plan_cluster", "plan_to_deploy"]


class NotDeployable(ClusterwrightError):
    """A plan that can be read and reviewed, and not deployed; `str()` gives every reason and what to do about it."""

    exit_code = 1

    def __init__(self, plan: ClusterPlan) -> None:
        self.refusals = plan.refusals
        super().__init__(
            "\n\n".join(
                f"error: {plan.name} can't be deployed: {refusal.what}\n  why: {refusal.why}\n  hint: {refusal.hint}"
                for refusal in plan.refusals
            )
        )


def plan_cluster(spec: Loaded | ClusterSpec, lock: Lock | None = None) -> ClusterPlan:
    """Decides everything that `spec` leaves open.

    `lock` is what the cloud account knows; a Loaded spec brings its own. Without one the plan of a cloud cluster is
    whole but for what only the account knows, and says in `refusals` that it can't be deployed.

    Raises SpecError if a rule finds an error, so that no plan exists of a spec that can't work; with a Loaded spec the
    message shows the place in the file.
    """
    loaded = spec if isinstance(spec, Loaded) else Loaded(spec, None, lock)
    findings = check(loaded)
    if any(finding.severity == "error" for finding in findings):
        raise SpecError(findings)
    return plan_checked(loaded)


def plan_checked(loaded: Loaded) -> ClusterPlan:
    """The plan of a spec that the rules have been asked about already, and whose errors, if any, are its caller's."""
    provider = importlib.import_module(f"clusterwright.plan.{loaded.spec.provider}")
    return provider.plan_cluster(loaded.spec, loaded.lock, Decisions())


def plan_to_deploy(spec: Loaded) -> ClusterPlan:
    """The plan of `spec`, which can be deployed. Raises SpecError as plan_cluster does, and NotDeployable."""
    plan = plan_cluster(spec)
    if plan.refusals:
        raise NotDeployable(plan)
    return plan
