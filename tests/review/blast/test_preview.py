"""What the engine prints of a preview is read for what becomes of resources, and for nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from clusterwright.errors import ClusterwrightError
from clusterwright.review.blast import preview
from clusterwright.review.blast.parts import REFUSED
from clusterwright.review.blast.preview import preview_effects, read_preview
from clusterwright.review.model import Effect
from tests.review.blast.changes import by_part, plan

STACK = "bert-large-aws"
PLANS = (plan(STACK), plan(STACK))
COMPONENTS = "clusterwright:index:Cluster$clusterwright:index:Aws"


def urn(part: str, kind: str, name: str, stack: str = STACK) -> str:
    return f"urn:pulumi:{stack}::clusterwright::{COMPONENTS}{part}${kind}::bert-large-{part.lower()}-{name}"


def step(op: str, address: str, **rest: Any) -> dict[str, Any]:
    return {"op": op, "urn": address, "detailedDiff": None, **rest}


def detail(**kinds: str) -> dict[str, Any]:
    return {path: {"kind": kind, "inputDiff": True} for path, kind in kinds.items()}


TEMPLATE = urn("Compute", "aws:ec2/launchTemplate:LaunchTemplate", "prep")
GROUP = urn("Compute", "aws:autoscaling/group:Group", "prep")
SCRATCH = urn("Storage", "aws:fsx/lustreFileSystem:LustreFileSystem", "scratch")
DATA = urn("Storage", "aws:s3/bucket:Bucket", "data")


def of(*steps: dict[str, Any], stack: str | None = STACK) -> dict[str, Effect]:
    return by_part(preview_effects(json.dumps({"steps": steps}), PLANS, stack=stack))


def refused(text: str, **options: Any) -> str:
    with pytest.raises(ClusterwrightError) as raised:
        preview_effects(text, PLANS, "p.json", **options)
    said = str(raised.value)
    assert "\n  why: " in said
    assert "\n  hint: " in said
    return said


def test_each_operation_is_told_of_its_part() -> None:
    found = of(
        step("same", DATA),
        step("create", urn("Compute", "aws:autoscaling/group:Group", "more")),
        step("update", TEMPLATE, detailedDiff=detail(instanceType="update")),
        step("update", GROUP, detailedDiff={"launchTemplate.version": {"kind": "update"}}),
        step("delete", SCRATCH, oldState={"urn": SCRATCH}),
    )
    assert {part: one.action for part, one in found.items()} == {
        "group more": "create",
        "group prep": "replace",
        "storage scratch": "delete",
    }
    assert {one.basis for one in found.values()} == {"preview"}
    assert "`launchTemplate.version`" in found["group prep"].why
    assert found["storage scratch"].data == (
        "all files in /scratch, but for those of /scratch/data that storage data has"
    )


def test_what_is_made_anew_is_told_once_with_the_input_that_needs_it() -> None:
    found = of(
        step("create-replacement", SCRATCH),
        step("replace", SCRATCH, detailedDiff=detail(storageCapacity="update-replace", tags="update")),
        step("delete-replaced", SCRATCH),
    )
    assert found["storage scratch"].action == "replace"
    assert found["storage scratch"].why == (
        "LustreFileSystem bert-large-storage-scratch is made anew, as only a new one can have another `storageCapacity`"
    )


def test_without_a_detailed_difference_its_reasons_are_told() -> None:
    found = of(step("replace", SCRATCH, diffReasons=["tags", "kmsKeyId"], replaceReasons=["kmsKeyId"]))
    assert found["storage scratch"].why.endswith("another `kmsKeyId`")


def test_protected_data_is_not_lost_and_the_engine_is_said_to_refuse() -> None:
    found = of(step("delete", DATA, oldState={"protect": True, "retainOnDelete": True}))
    assert (found["storage data"].action, found["storage data"].data) == ("delete", None)
    assert found["storage data"].refused == REFUSED


def test_no_value_of_a_state_is_shown() -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hunter2"'}
    state = {"inputs": {"password": secret, "name": "hunter2"}, "outputs": {"password": secret}}
    found = of(step("update", GROUP, oldState=state, newState=state, detailedDiff=detail(password="update")))
    assert "`password`" in found["group prep"].why
    assert "hunter2" not in str(found)


def test_components_and_providers_are_no_parts() -> None:
    provider = f"urn:pulumi:{STACK}::clusterwright::pulumi:providers:aws::aws"
    cluster = f"urn:pulumi:{STACK}::clusterwright::clusterwright:index:Cluster::bert-large"
    assert of(step("update", provider), step("create", cluster)) == {}


def test_a_name_that_a_terminal_would_obey_is_escaped_and_shortened() -> None:
    found = of(step("create", urn("Compute", "aws:autoscaling/group:Group", "\x1b[31m\t" + "x" * 1000)))
    [one] = found.values()
    assert one.part.isprintable()
    assert one.why.isprintable()
    assert len(one.why) < 400


@pytest.mark.parametrize(
    ("text", "place", "why"),
    [
        ("", "p.json:1:1", "Expecting value"),
        ('{"steps": [\n  {"op" "x"}]}', "p.json:2:9", "Expecting ':' delimiter"),
        ("warning: something\n{}", "p.json:1:1", "Expecting value"),
        ('{"type": 1}\n{"type": 2}', "p.json:2:1", "Extra data"),
        ("[" * 100_000, "p.json:1:1", "nested too deep"),
        ('{"steps": ' + "9" * 5000 + "}", "p.json:1:1", "too long"),
        ("[]", "p.json: top level", "model type"),
        ("{}", "p.json: steps", "missing"),
        ('{"steps": [{"op": 1, "urn": "u"}]}', "p.json: steps[0].op", "string type"),
        ('{"steps": [{"op": "same", "urn": "hunter2"}]}', "p.json: steps[0].urn", "string pattern mismatch"),
    ],
)
def test_what_is_no_preview_is_refused_with_its_place_and_none_of_its_values(text: str, place: str, why: str) -> None:
    said = refused(text)
    assert said.startswith(f"error: {place} ")
    assert why in said
    assert "hunter2" not in said


def test_a_preview_of_another_stack_is_refused() -> None:
    other = step("update", urn("Compute", "aws:autoscaling/group:Group", "prep", "other"))
    said = refused(json.dumps({"steps": [step("same", DATA), other]}), stack=STACK)
    assert "p.json: steps[1].urn is of another stack" in said
    assert "`other`" in said


def test_an_operation_that_nobody_knows_is_no_silence() -> None:
    said = refused(json.dumps({"steps": [step("explode", DATA)]}))
    assert "steps[0].op is of a newer engine" in said
    assert "`explode`" in said


def test_a_preview_that_failed_is_refused_as_it_has_not_all_steps() -> None:
    broken = {"steps": [step("same", DATA)], "diagnostics": [{"severity": "error", "message": "token hunter2"}]}
    said = refused(json.dumps(broken))
    assert "is of a preview that failed" in said
    assert "hunter2" not in said
    warned = {**broken, "diagnostics": [{"severity": "warning", "message": "old"}]}
    assert preview_effects(json.dumps(warned), PLANS) == ()


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    path = tmp_path / "preview.json"
    path.write_text('{"steps": []}')
    assert preview_effects(read_preview(path), PLANS) == ()


def test_a_file_that_can_t_be_read_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "preview.json"
    with pytest.raises(ClusterwrightError, match="No such file"):
        read_preview(path)
    path.write_bytes('{"steps": []}'.encode("utf-16"))
    with pytest.raises(ClusterwrightError, match="is not UTF-8"):
        read_preview(path)
    monkeypatch.setattr(preview, "MOST_BYTES", 1)
    with pytest.raises(ClusterwrightError, match="is larger than"):
        read_preview(path)


def test_of_a_file_without_an_end_no_more_is_read_than_of_a_large_one() -> None:
    with pytest.raises(ClusterwrightError, match="/dev/zero is larger than 64 MiB"):
        read_preview(Path("/dev/zero"))
