"""GCP: rules about the budget that Google keeps beside the head's own count."""

from collections.abc import Iterator

from clusterwright.decide.billing import CURRENCY, MOST_TOLD, obstacle
from clusterwright.rules.base import Context
from clusterwright.rules.gcp import GcpRule, LockRule
from clusterwright.spec.findings import Finding

PAGE = "docs.cloud.google.com/billing/docs/reference/budget/rest/v1/billingAccounts.budgets"


class NoBudgetAtGoogle(LockRule):
    """Google keeps no budget of the cluster: who pays for it is not known, or pays in another currency."""

    code = "CW-BUD-201"
    severity = "note"
    why = f"a budget is one of the billing account that pays for the project, and in its currency ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        place = ("budget", "limit")
        if context.spec.budget.limit is None:
            return
        if context.lock is None:
            yield self.unknown(place, "which billing account pays for the project, so Google has no budget of it yet")
            return
        billing = context.lock.billing
        again = "have somebody who may see the project's billing account run `clusterwright lock NAME`"
        if why := obstacle(billing):
            hint = again if billing is None else f"keep a budget in {billing.currency} by hand"
            yield self.finding(place, f"the head alone keeps the limit: {why}", hint)
        elif billing and billing.currency is None:
            what = f"whether the billing account is in {CURRENCY} is not known, and Google refuses the budget if not"
            yield self.finding(place, what, again)


class TooManyTold(GcpRule):
    """More people are to be told than a budget of Google's can mail."""

    code = "CW-BUD-202"
    severity = "warning"
    why = f"a budget sends mail to {MOST_TOLD} addresses at most; alarms go to all ({PAGE})"

    def check(self, context: Context) -> Iterator[Finding]:
        notify = context.spec.observability.notify
        if context.spec.budget.limit is not None and len(notify) > MOST_TOLD:
            what = f"of {len(notify)} addresses the budget tells the first {MOST_TOLD}"
            yield self.finding(("observability", "notify"), what, "name a mailing list in their place")
