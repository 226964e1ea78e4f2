"""What each example stack registers is on record, so that a resource that comes, goes or is renamed is seen in review.

A line is a type and a name, with `kept` for what outlives the stack and `protected` for what has to be released first.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.components.aws.test_golden import line
from tests.components.gcp.clusters import STACKS, registered


@pytest.mark.parametrize("name", STACKS)
def test_what_an_example_stack_registers_is_what_is_recorded(name: str, golden: Callable[[str, str], None]) -> None:
    lines = sorted(line(request) for request in registered(name).requests)
    golden(f"tests/golden/resources/{name}.txt", "\n".join(lines) + "\n")
