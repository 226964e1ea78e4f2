"""Volumes: folders beside the bucket that end with the cluster, and what a bucket makes of them."""

from __future__ import annotations

import pytest

from tests.components.local.conftest import Engine, Machine, Properties, Refused


def inputs(machine: Machine, name: str) -> Properties:
    return {"cluster": machine.cluster, "folder": str(machine.folder), "path": str(machine.folder / name)}


def test_a_volume_may_be_made_before_the_bucket_and_goes_with_what_is_in_it(engine: Engine, machine: Machine) -> None:
    volume = engine.create("Volume", inputs(machine, "secrets"))
    bucket = engine.create("Bucket", machine.bucket_inputs())
    secret = machine.folder / "secrets" / "munge.key"
    secret.write_text("key")
    assert engine.unchanged(volume)
    assert (machine.folder / "secrets").stat().st_mode & 0o077 == 0
    engine.delete(bucket)
    engine.delete(volume)
    assert not secret.exists()


def test_a_volume_that_is_gone_is_made_again(engine: Engine, machine: Machine) -> None:
    volume = engine.create("Volume", inputs(machine, "state"))
    engine.delete(volume)
    assert not engine.unchanged(volume)
    assert engine.notes == [f"{machine.folder / 'state'} is gone: it is made again, and is empty"]
    volume = engine.update(volume)
    assert engine.unchanged(volume)


def test_a_folder_of_someone_else_s_is_neither_taken_nor_removed(engine: Engine, machine: Machine) -> None:
    mine = machine.folder / "state" / "thesis.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    with pytest.raises(Refused, match="holds files that no cluster made: move them away"):
        engine.create("Volume", inputs(machine, "state"))
    assert mine.read_text() == "mine"


def test_a_volume_is_directly_in_the_cluster_s_folder(engine: Engine, machine: Machine) -> None:
    given = {**inputs(machine, "state"), "path": "/etc"}
    assert engine.check("Volume", given) == {
        "path": f"/etc is not directly inside the cluster's folder {machine.folder}"
    }
