"""The clouds' own words lead to a cause and a step, and words that nobody knows stay as they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlparse

import pytest
import yaml

from clusterwright.causes import CAUSES, Cause, explain
from tests.causes import page
from tests.engine.standin.table import load_table

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = yaml.safe_load((Path(__file__).parent / "messages.yaml").read_text(encoding="utf-8"))
REFUSED = [(cloud, code) for cloud in CAUSES for code in load_table(cloud).errors]
SAID = [(provider, one["said"], one["cause"]) for provider, all in MESSAGES.items() for one in all]
DOCUMENTS = {"aws": "docs.aws.amazon.com", "gcp": "docs.cloud.google.com"}

every = pytest.mark.parametrize(
    ("provider", "cause"), [(provider, cause) for provider, causes in CAUSES.items() for cause in causes]
)


@pytest.mark.parametrize(("provider", "said", "name"), SAID, ids=[f"{one[0]}: {one[1][:50]}" for one in SAID])
def test_what_a_cloud_says_is_told_as_its_cause(provider: str, said: str, name: str) -> None:
    cause = explain(provider, said)
    assert cause is not None
    assert cause.name == name


@every
def test_each_cause_is_found_by_a_real_message(provider: str, cause: Cause) -> None:
    assert cause.name in {one["cause"] for one in MESSAGES[provider]}


@every
def test_each_cause_has_a_document_of_its_cloud_as_its_source(provider: str, cause: Cause) -> None:
    source = urlparse(cause.source)
    assert (source.scheme, source.netloc) == ("https", DOCUMENTS[provider])


@pytest.mark.parametrize(("cloud", "code"), REFUSED)
def test_what_the_stand_in_of_a_cloud_refuses_with_is_known(cloud: str, code: str) -> None:
    assert explain(cloud, load_table(cloud).errors[code].error) is not None


@pytest.mark.parametrize("provider", [*CAUSES, "local"])
def test_what_nobody_knows_has_no_cause(provider: str) -> None:
    assert explain(provider, "train-1 failed its gate: /scratch is not writable") is None


def test_what_only_a_person_mends_is_told_from_what_passes() -> None:
    passes = {cause.name for causes in CAUSES.values() for cause in causes if cause.passes}
    assert {"no capacity", "no spot capacity", "reservation is full", "block has not begun"} < passes
    assert not passes & {"key", "quota", "quota of machines", "quota of spot machines", "no such image", "no right"}


@every
def test_a_step_names_the_stack_and_keys_that_a_spec_has(provider: str, cause: Cause) -> None:
    assert "NAME" not in cause.step_for("mine")
    keys = set(re.findall(r"^\| `(\w+)`", (ROOT / "docs/spec.md").read_text(encoding="utf-8"), re.MULTILINE))
    named = [word for span in re.findall(r"`([a-z_.]+)`", cause.step) for word in span.split(".")]
    assert set(named) <= keys


def test_the_page_of_refusals_is_that_of_the_table(golden: Callable[[str, str], None]) -> None:
    golden("docs/refusals.md", page.page())
