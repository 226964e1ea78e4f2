"""A time in a few words is never nothing where it is something."""

import pytest

from clusterwright.estimate.quantity import SECOND, exactly
from clusterwright.recommend.words import hours


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(58_680, "16.3 h"), (86_400, "24 h"), (720, "0.2 h"), (18 * 5, "1.5 min"), (18, "18 s"), (0, "0 s")],
)
def test_a_time_has_the_unit_in_which_it_says_something(seconds: float, text: str) -> None:
    assert hours(exactly(seconds, SECOND, "a test")) == text
