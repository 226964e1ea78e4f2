"""Layers of the root that machines share: whole or not there, built once, and named by what they are made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from components.local.runtime.errors import LocalError
from components.local.runtime.machine import base, recipe


def test_a_layer_that_was_cut_off_is_not_there_and_is_built_anew(tmp_path: Path) -> None:
    place = tmp_path / "0123"
    building = base._layer(place, (), 0)
    cut_off = building.__enter__()
    assert cut_off
    (cut_off.upper / "half").touch()
    assert building.__exit__(KeyboardInterrupt, KeyboardInterrupt(), None) is False
    assert not place.exists()
    with base._layer(place, (), 0) as build:
        assert build
        assert list(build.upper.iterdir()) == []
        (build.upper / "whole").touch()
    assert [path.name for path in (place / "upper").iterdir()] == ["whole"]


def test_a_layer_that_is_there_is_not_built(tmp_path: Path) -> None:
    (tmp_path / "0123").mkdir()
    with base._layer(tmp_path / "0123", (), 10**9) as build:
        assert build is None


def test_a_disk_that_is_too_small_is_told_before_anything_is_made(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match=r"has [\d.]+ GB left and the machines' root needs 1000000: make room"):
        base._layer(tmp_path / "0123", (), 10**6).__enter__()
    assert not (tmp_path / "0123.building").exists()


def test_other_software_is_another_layer_over_the_same_system(tmp_path: Path) -> None:
    first, second = base.layers(tmp_path, "a" * 64), base.layers(tmp_path, "b" * 64)
    assert first[0] != second[0]
    assert first[1] == second[1]


def test_another_recipe_is_another_system(monkeypatch: pytest.MonkeyPatch) -> None:
    before = recipe.digest()
    monkeypatch.setattr(recipe, "SUITE", "sid")
    assert recipe.digest() != before
