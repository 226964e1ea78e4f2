"""How numbers of things are said."""

import pytest

from clusterwright.words import counted


@pytest.mark.parametrize(
    ("number", "more", "said"),
    [(0, "", "0 nodes"), (1, "", "1 node"), (2, "", "2 nodes"), (1000, "", "1,000 nodes"), (2, "of them", "2 of them")],
)
def test_one_is_one_and_all_else_are_more(number: int, more: str, said: str) -> None:
    assert counted(number, "node", more) == said
