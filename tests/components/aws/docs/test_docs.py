"""The page about AWS says what the plans, the graphs and the policies say."""

from __future__ import annotations

import json
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from components.rights import documents
from tests.components.aws.docs import page
from tests.components.aws.docs.picture import NOUNS, picture

Golden = Callable[[str, str], None]


def types(name: str) -> set[str]:
    return {node["type"] for node in page.nodes(name) if node["type"].startswith("aws:")}


def test_the_page_says_what_is_so(golden: Golden) -> None:
    text = page.page()
    assert "@" not in text
    golden("docs/aws.md", text)


def test_the_picture_is_of_what_the_example_registers(golden: Golden) -> None:
    drawn = picture(page.nodes(page.EXAMPLE))
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    golden("docs/images/aws.svg", drawn)


def test_the_deployer_s_policies_are_on_record(golden: Golden) -> None:
    found = documents(page.planned(page.EXAMPLE), types(page.EXAMPLE))
    golden(f"tests/golden/rights/{page.EXAMPLE}.json", json.dumps(found, indent=1) + "\n")


def test_the_picture_draws_every_thing_that_has_a_noun() -> None:
    drawn = picture(page.nodes(page.EXAMPLE))
    for kind in sorted(types(page.EXAMPLE)):
        assert kind not in NOUNS or NOUNS[kind] in drawn, kind


def test_a_picture_is_of_one_network() -> None:
    with pytest.raises(ValueError, match="one network"):
        picture([])
