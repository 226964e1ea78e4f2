"""The image as the engine sees it; building one takes minutes and is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from components.local.runtime import files
from components.local.runtime.machine import base
from tests.components.local.conftest import Engine, Properties


@pytest.fixture
def inputs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Properties:
    def build(cache: Path, archive: Path, lock_sha256: str, say: Callable[[str], None]) -> Sequence[Path]:
        say(f"building from {archive.name}")
        layers = base.layers(cache, lock_sha256)
        for layer in layers:
            layer.mkdir(parents=True, exist_ok=True)
        return layers

    monkeypatch.setattr(base, "software", build)
    return {"cache": str(tmp_path), "archive": "/bucket/one.tar.gz", "lockSha256": "a" * 64}


def test_the_user_is_told_that_an_image_is_being_built(engine: Engine, inputs: Properties) -> None:
    engine.create("Image", inputs)
    assert engine.notes == ["building from one.tar.gz"]


def test_layers_are_known_before_they_are_built(engine: Engine, inputs: Properties) -> None:
    assert engine.preview_create("Image", inputs)["layers"] == engine.create("Image", inputs).outputs["layers"]


def test_another_bundle_alone_makes_no_other_image_and_other_software_does(engine: Engine, inputs: Properties) -> None:
    image = engine.create("Image", inputs)
    assert engine.unchanged(image)
    assert engine.diff(image, archive="/bucket/two.tar.gz").diffs == []
    assert list(engine.diff(image, lockSha256="b" * 64).diffs) == ["lockSha256"]


def test_a_cache_that_was_emptied_is_seen_and_filled_again(engine: Engine, inputs: Properties) -> None:
    image = engine.create("Image", inputs)
    files.remove_tree(Path(image.outputs["layers"][0]))
    assert not engine.unchanged(image)
    assert engine.unchanged(engine.update(image))


def test_a_destroyed_cluster_leaves_the_image_to_others(engine: Engine, inputs: Properties) -> None:
    image = engine.create("Image", inputs)
    engine.delete(image)
    assert all(Path(layer).is_dir() for layer in image.outputs["layers"])
