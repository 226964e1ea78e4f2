"""Every provider has the same parts, so who knows one finds his way in the others."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

import components

PARTS = ("network", "identity", "storage", "compute", "observability", "cluster")
PROVIDERS = sorted(path.parent.name for path in Path(components.__path__[0]).glob("*/cluster.py"))


def test_there_are_providers() -> None:
    assert "local" in PROVIDERS


@pytest.mark.parametrize("part", PARTS)
@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_part_is_a_class_of_its_module_s_name_that_says_what_it_is(provider: str, part: str) -> None:
    module = importlib.import_module(f"components.{provider}.{part}")
    made = getattr(module, part.capitalize())
    assert made.__module__ == module.__name__
    assert module.__doc__
    assert made.__doc__
    parameters = list(inspect.signature(made.__init__).parameters)
    assert parameters[:3] == ["self", "name", "plan"]
    assert parameters[-1] == "opts"


def test_parts_take_the_same_everywhere() -> None:
    for part in PARTS:
        shapes = {
            tuple(inspect.signature(getattr(module, part.capitalize()).__init__).parameters)
            for module in (importlib.import_module(f"components.{provider}.{part}") for provider in PROVIDERS)
        }
        assert len(shapes) == 1, part
