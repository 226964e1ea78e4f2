"""Who pays: whether Google Cloud can have a budget of the cluster's own, and how many people that tells."""

from clusterwright.spec.lock import LockedBilling

CURRENCY = "USD"
"""Of the spec's limit; a budget is in the currency of the account that pays
(https://docs.cloud.google.com/billing/docs/reference/budget/rest/v1/billingAccounts.budgets)."""
MOST_TOLD = 5
"""Addresses that a budget sends mail to (as above)."""


def obstacle(billing: LockedBilling | None) -> str | None:
    """Why there can be no budget at Google; None where nothing is known to be in the way."""
    if billing is None:
        return "the lock names no billing account that pays for the project"
    if billing.currency not in (None, CURRENCY):
        return f"the project's billing account is in {billing.currency}, and the limit in {CURRENCY}"
    return None
