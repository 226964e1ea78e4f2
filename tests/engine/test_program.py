"""What the engine shows of the program itself: mistakes in the spec, two stacks, a second clone."""

from __future__ import annotations

import pytest

from tests.engine.project import Project, wait_for

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(300)]

SMALL = {"groups": [{"name": "train", "machine": "local", "nodes": 1}], "job": "none"}


def test_up_shows_the_message_of_validate(project: Project) -> None:
    path = project.write_spec("wrong", **SMALL)
    stack = project.stack("wrong")
    assert "clusterwright-local:index:Group" in stack.preview()
    path.write_text(path.read_text().replace("nodes:", "noodles:"))
    validated = project.run(".venv/bin/clusterwright", "validate", f"stacks/{path.name}")
    message = validated.stdout.split("\n\n")[0].splitlines()  # up to the summary
    shown = stack.pulumi("preview", *stack.selected, succeeds=False)
    assert "noodles" in message[0]
    assert [line for line in message if line.strip() not in shown] == []
    assert "Traceback" not in shown


def test_up_shows_warnings_and_goes_on(project: Project) -> None:
    project.write_spec("warned", **{**SMALL, "head": {"disk": "5 GiB"}})
    shown = project.stack("warned").preview()
    assert "warning[CW-CMP-004]: the disk size 5 GiB is not enforced" in shown
    assert "clusterwright-local:index:Group" in shown


def test_two_stacks_do_not_touch_each_other(project: Project) -> None:
    stacks = []
    for name in ("one", "two"):
        project.write_spec(name, **SMALL)
        stacks.append(project.stack(name))
    one, two = stacks
    for stack in stacks:
        stack.up()
    for stack in stacks:
        wait_for(f"{stack.name} is healthy", lambda stack=stack: stack.report("train-1").get("state") == "healthy")
    before = two.nodes()
    assert project.make("purge", "STACK=one", "YES=1").returncode == 0
    assert one.processes() == []
    assert two.nodes() == before
    assert len({process.pid for process in two.processes()} & {pid for pid, _ in before.values()}) == len(before)
    assert set(two.up("--expect-no-changes")) == {"same"}
    assert project.make("purge", "STACK=two", "YES=1").returncode == 0
