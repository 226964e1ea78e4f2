"""The page about GCP says what the plans, the graphs and the roles say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from xml.etree import ElementTree

import pytest

from tests.components.gcp.docs import page
from tests.components.gcp.docs.picture import NOUNS, picture

Golden = Callable[[str, str], None]


def test_the_page_says_what_is_so(golden: Golden) -> None:
    text = page.page()
    assert not re.search(r"@\w+@", text)
    golden("docs/gcp.md", text)


def test_the_picture_is_of_what_the_example_registers(golden: Golden) -> None:
    drawn = picture(page.nodes(page.EXAMPLE))
    assert ElementTree.fromstring(drawn).tag.endswith("svg")
    golden("docs/images/gcp.svg", drawn)


def test_the_deployer_s_roles_are_on_record(golden: Golden) -> None:
    golden(f"tests/golden/rights/{page.EXAMPLE}.json", json.dumps(page.rights(page.EXAMPLE), indent=1) + "\n")


def test_the_picture_draws_every_thing_that_has_a_noun() -> None:
    drawn = picture(page.nodes(page.EXAMPLE))
    for kind in sorted({node["type"] for node in page.registered(page.EXAMPLE)}):
        assert kind not in NOUNS or NOUNS[kind].replace("'", "&#x27;").split(" of ")[0] in drawn, kind


def test_a_picture_is_of_a_network_of_the_cluster_s_own() -> None:
    with pytest.raises(ValueError, match="network of its own"):
        picture([])
