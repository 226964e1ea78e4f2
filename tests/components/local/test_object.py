"""Objects: files that hold exactly what was asked for."""

from __future__ import annotations

import base64
import dataclasses
import errno
import hashlib
import os

import pytest

from components.local.runtime import files
from tests.components.local.conftest import Engine, Machine, Refused


def test_an_object_is_written_whole_and_control_is_read_only(engine: Engine, machine: Machine) -> None:
    current = engine.create("Object", machine.object_inputs("control/current", "abc\n"))
    path = machine.bucket / "control/current"
    assert path.read_text() == "abc\n"
    assert path.stat().st_mode & 0o777 == 0o400
    assert current.outputs["path"] == str(path)
    assert not [name for name in current.outputs if name.startswith("content")]
    assert [path.name for path in path.parent.iterdir()] == ["current"]
    assert engine.unchanged(current)
    assert engine.read(current) == current.outputs


def test_bytes_come_as_base64(engine: Engine, machine: Machine) -> None:
    data = bytes(range(256))
    inputs = {
        "bucket": str(machine.bucket),
        "key": "control/bundles/x.tar.gz",
        "contentBase64": base64.b64encode(data).decode(),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    engine.create("Object", inputs)
    assert (machine.bucket / "control/bundles/x.tar.gz").read_bytes() == data


def test_new_content_is_an_update_and_a_new_key_comes_before_the_old_one_goes(engine: Engine, machine: Machine) -> None:
    it = engine.create("Object", machine.object_inputs("control/current", "one"))
    change = engine.diff(it, **machine.object_inputs("control/current", "two"))
    assert (list(change.diffs), list(change.replaces)) == (["sha256"], [])
    engine.update(it, **machine.object_inputs("control/current", "two"))
    assert (machine.bucket / "control/current").read_text() == "two"

    change = engine.diff(it, key="control/other")
    assert (list(change.replaces), change.deleteBeforeReplace) == (["key"], False)


@pytest.mark.parametrize(("hurt", "note"), [("change", "was changed by something else"), ("remove", "is missing")])
def test_a_hurt_object_is_seen_and_written_again(engine: Engine, machine: Machine, hurt: str, note: str) -> None:
    it = engine.create("Object", machine.object_inputs("control/current", "abc"))
    path = machine.bucket / "control/current"
    path.unlink()
    if hurt == "change":
        path.write_text("abd")
    assert list(engine.diff(it).diffs) == ["sha256"]
    assert engine.notes == [f"control/current {note} in the bucket: it is written again"]
    it = engine.update(it)
    assert path.read_text() == "abc"
    assert engine.unchanged(it)


def test_a_change_that_a_refresh_has_found_is_mended(engine: Engine, machine: Machine) -> None:
    it = engine.create("Object", machine.object_inputs("control/current", "abc"))
    path = machine.bucket / "control/current"
    path.unlink()
    path.write_text("abd")
    found = engine.read(it)
    assert found is not None
    it = dataclasses.replace(it, outputs=found)
    assert list(engine.diff(it).diffs) == ["sha256"]
    assert engine.update(it).outputs["sha256"] == it.inputs["sha256"]
    assert path.read_text() == "abc"


def test_a_new_content_is_no_hurt(engine: Engine, machine: Machine) -> None:
    it = engine.create("Object", machine.object_inputs("control/current", "abc"))
    assert list(engine.diff(it, **machine.object_inputs("control/current", "abd")).diffs) == ["sha256"]
    assert engine.notes == []


def test_a_removed_object_is_read_as_gone_and_deleted_without_complaint(engine: Engine, machine: Machine) -> None:
    it = engine.create("Object", machine.object_inputs("control/current", "abc"))
    engine.delete(it)
    assert engine.read(it) is None
    engine.delete(it)


@pytest.mark.parametrize("key", ["../escape", "/etc/passwd", "control//current", "control/./current", ""])
def test_a_key_that_leads_elsewhere_is_refused(engine: Engine, machine: Machine, key: str) -> None:
    failures = engine.check("Object", machine.object_inputs(key, "x"))
    assert failures == {"key": f"object key {key!r} is not a plain relative path such as control/current"}


def test_content_that_is_not_what_it_claims_is_refused(engine: Engine, machine: Machine) -> None:
    inputs = machine.object_inputs("control/current", "abc")
    assert "but the content's is" in engine.check("Object", {**inputs, "content": "abd"})["sha256"]
    both = {**inputs, "contentBase64": "YWJj"}
    assert engine.check("Object", both) == {"content": "give exactly one of content and contentBase64"}


def test_what_the_system_refuses_says_what_to_look_at(
    engine: Engine, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))  # as write(2) fails: it knows no name

    monkeypatch.setattr(files, "write", full)
    with pytest.raises(Refused, match=r"^No space left on device\n") as refused:
        engine.create("Object", machine.object_inputs("control/current", "abc"))
    assert "df -h" in str(refused.value)
