"""When Google can have no budget of a cluster."""

import pytest

from clusterwright.decide.billing import obstacle
from clusterwright.spec.lock import LockedBilling

ACCOUNT = "billingAccounts/012345-567890-ABCDEF"


@pytest.mark.parametrize(
    ("billing", "expected"),
    [
        (LockedBilling(account=ACCOUNT, currency="USD"), None),
        (LockedBilling(account=ACCOUNT), None),
        (None, "the lock names no billing account that pays for the project"),
        (
            LockedBilling(account=ACCOUNT, currency="EUR"),
            "the project's billing account is in EUR, and the limit in USD",
        ),
    ],
)
def test_an_account_is_needed_that_is_not_known_to_be_in_another_currency(
    billing: LockedBilling | None, expected: str | None
) -> None:
    assert obstacle(billing) == expected
