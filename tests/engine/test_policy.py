"""The policy pack under the real engine: it lets an example through, and stops what breaks a promise."""

from __future__ import annotations

import re

import pytest

from tests.engine.cloud import CloudStack, stand_in
from tests.engine.project import Project

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(300)]


def pack(stack: CloudStack) -> tuple[str, str]:
    """The pack as a program, which this engine's host can run; by its whole path, as the engine starts it elsewhere."""
    return "--policy-pack", str(stack.project.folder / "policy" / "pack")


@pytest.fixture(scope="module")
def stack(project: Project) -> CloudStack:
    made = project.make("policy")
    assert made.returncode == 0, made.stderr
    stand_in(project, "aws")
    stack = CloudStack(project, "bert-base-aws")
    stack.init()
    return stack


def broken(stack: CloudStack, component: str, right: str, wrong: str) -> str:
    """What the engine says of a preview in which a component says `wrong` for `right`."""
    path = stack.project.folder / "components" / "aws" / component
    text = path.read_text()
    assert right in text
    path.write_text(text.replace(right, wrong))
    try:
        return stack.pulumi("preview", *stack.selected, *pack(stack), succeeds=False)
    finally:
        path.write_text(text)


def test_an_example_keeps_every_promise(stack: CloudStack) -> None:
    shown = stack.preview(*pack(stack))
    assert re.search(r"Policy Packs run:.*clusterwright\S*policy/pack\s+0\.1\.0", shown, re.DOTALL)
    assert "CW-POL" not in shown
    assert "can't run policy" not in shown


def test_a_promise_about_one_resource_stops_the_engine(stack: CloudStack) -> None:
    shown = broken(stack, "head.py", "http_tokens=machine.metadata.http_tokens", 'http_tokens="optional"')
    assert "CW-POL-121" in shown
    assert "`metadataOptions.httpTokens` is optional" in shown


def test_a_promise_about_several_resources_stops_the_engine(stack: CloudStack) -> None:
    shown = broken(stack, "buckets.py", "block_public_policy=True", "block_public_policy=False")
    assert "CW-POL-151" in shown
    assert "blockPublicPolicy is not true" in shown
