"""What is told of a budget at Google beside the cases."""

from tests.rules.gcp import said

LIMITED = "project: my-project-123\nregion: us-central1\nbudget: {limit: 100 USD}\n"


def test_an_account_in_another_currency_and_one_whose_currency_is_not_known_are_told_apart() -> None:
    account = "billingAccounts/012345-567890-ABCDEF"
    assert said("CW-BUD-201", LIMITED, f"billing: {{account: {account}, currency: EUR}}\n") == [
        "the head alone keeps the limit: the project's billing account is in EUR, and the limit in USD"
    ]
    assert said("CW-BUD-201", LIMITED, f"billing: {{account: {account}}}\n") == [
        "whether the billing account is in USD is not known, and Google refuses the budget if not"
    ]


def test_without_a_limit_nobody_has_to_pay_attention() -> None:
    spec = "project: my-project-123\nregion: us-central1\n"
    notify = ", ".join(f"{letter}@example.com" for letter in "abcdef")
    assert said("CW-BUD-201", spec, "") == []
    assert said("CW-BUD-202", f"{spec}observability: {{notify: [{notify}]}}\n") == []
