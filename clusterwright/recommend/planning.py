"""The plan of a spec that a search made, with a stack's lock beside it that was made for other machines."""

from __future__ import annotations

from clusterwright.plan import plan_checked
from clusterwright.plan.cloud import CloudPlan
from clusterwright.rules import check
from clusterwright.rules.images import ImageNotInLock
from clusterwright.spec.findings import SpecError
from clusterwright.spec.load import Loaded


def plan_of(loaded: Loaded) -> CloudPlan:
    """The plan of a cluster in a cloud. Raises SpecError with the errors that rules find.

    That the lock lacks an image is none of them: who takes the recommendation has the lock written anew.
    """
    errors = [one for one in check(loaded) if one.severity == "error" and one.code != ImageNotInLock.code]
    if errors:
        raise SpecError(errors)
    plan = plan_checked(loaded)
    if not isinstance(plan, CloudPlan):
        raise ValueError(f"{loaded.spec.name} is of no cloud")
    return plan
