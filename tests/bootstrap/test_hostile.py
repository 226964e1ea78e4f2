"""No string of a spec can change what a machine runs: each file holds it as a value, or is not written at all."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from clusterwright.bootstrap import machine, user_data
from clusterwright.plan.model import ClusterPlan
from tests.plans import example_plan

TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=64)
HOSTILE = [
    "'", '"', "\n", "$(touch x)", "`touch x`", "a b", "\\", "'; touch x; '", "{{ 1 }}", "{% raw %}", "#", "=", "é",
    "-n", "a\nSlurmUser=root", "a State=DOWN", "\ttab", ": yaml", "&anchor", "n" * 64,
]  # fmt: skip
NAMES = re.findall(r"^readonly ([A-Z0-9_]+)=", machine.shell_facts(example_plan("bert-base-aws"), None), re.MULTILINE)
PLAIN = re.compile(r"[A-Za-z0-9._/:?=@+-]+")
WORD = re.compile(r"[A-Za-z0-9._/:,\[\]-]+")


def renamed(plan: ClusterPlan, text: str) -> ClusterPlan:
    """The plan with `text` for every string that a file of a machine may hold."""
    mounts = tuple(
        mount.model_copy(update={"storage": text, "path": text, "type": text})
        for mount in plan.mounts  # type: ignore[attr-defined]
    )
    groups = tuple(
        group.model_copy(
            update={
                "name": text,
                "machine": text,
                "fabric": text,
                "hosts": text,
                "slurm": group.slurm.model_copy(update={"partition": text, "hosts": text}),  # type: ignore[attr-defined]
            }
        )
        for group in plan.groups
    )
    software = plan.software.model_copy(update={"pytorch": text, "lock": text})
    changes: dict[str, Any] = {"name": text, "region": text, "mounts": mounts, "groups": groups, "software": software}
    return plan.model_copy(update=changes)


def shell_facts(plan: ClusterPlan) -> str:
    return machine.shell_facts(plan, plan.groups[0])


def variables(script: str, folder: Path) -> dict[str, list[str]]:
    """What a shell without any environment has after it has read `script`: the words of each variable."""
    (folder / "facts.sh").write_text(script, encoding="utf-8")
    show = 'source ./facts.sh; for name; do declare -n at=$name; printf "%s\\0" "$name" "${#at[@]}" "${at[@]}"; done'
    done = subprocess.run(
        ["/bin/bash", "--norc", "--noprofile", "-c", show, "bash", *NAMES],
        cwd=folder,
        env={},
        capture_output=True,
        check=True,
    )
    assert done.stderr == b""
    words = done.stdout.decode().split("\0")
    found = {}
    while len(words) > 1:
        name, count = words[0], int(words[1])
        found[name], words = words[2 : 2 + count], words[2 + count :]
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("shell")


@pytest.mark.slow
@settings(max_examples=60)
@given(text=TEXTS)
@example(text="'; touch x; '")
def test_the_shell_reads_every_string_of_a_plan_as_it_is(text: str, folder: Path) -> None:
    check_shell(text, folder)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_shell_reads_a_hostile_string_as_it_is(text: str, folder: Path) -> None:
    check_shell(text, folder)


def check_shell(text: str, folder: Path) -> None:
    found = variables(shell_facts(renamed(example_plan("bert-base-aws"), text)), folder)
    for name in ("GROUP", "REGION", "FABRIC", "PYTORCH", "LOCK"):
        assert found[name] == [text], name
    assert found["MOUNTS"][::5] == [text] * (len(found["MOUNTS"]) // 5)
    assert found["MUNGE_SECRET"] == [f"secretsmanager://{text}/clusterwright/bert-base/munge"]
    assert sorted(path.name for path in folder.iterdir()) == ["facts.sh"], "a value was run"


@given(text=TEXTS)
def test_json_holds_every_string_as_it_is(text: str) -> None:
    facts = machine.python_facts(renamed(example_plan("bert-base-aws"), text))
    assert json.loads(facts["facts/cluster.json"])["cluster"] == text


@pytest.mark.slow
@given(text=TEXTS)
@example(text="a\nSlurmUser=root")
@example(text="a State=DOWN")
@example(text="a#b")
@example(text="n" * 64)
def test_a_configuration_of_slurm_s_holds_a_string_as_one_value_or_is_not_written(text: str) -> None:
    plan, usual = renamed(example_plan("bert-base-aws"), text), machine.slurm_files(example_plan("bert-base-aws"))
    if not WORD.fullmatch(text):
        with pytest.raises(ValueError, match="cannot stand in a configuration of Slurm's"):
            machine.slurm_files(plan)
        return
    written = machine.slurm_files(plan)
    assert keys(written["slurm/slurm.conf"]) == keys(usual["slurm/slurm.conf"])
    assert f"ClusterName={text}\n" in written["slurm/slurm.conf"]


def keys(configuration: str) -> list[list[str]]:
    """The names that are set, a line each."""
    lines = [line for line in configuration.splitlines() if line and not line.startswith("#")]
    return [[word.partition("=")[0] for word in line.split(" ")] for line in lines]


@pytest.mark.slow
@given(name=TEXTS, group=TEXTS)
@example(name="a\nruncmd: [reboot]", group="b")
@example(name="a # b", group="'c'")
@example(name="n" * 64, group="g" * 64)
def test_user_data_holds_a_name_as_one_value_or_is_not_written(name: str, group: str) -> None:
    plan = example_plan("bert-base-aws")
    other = plan.model_copy(update={"name": name})
    if not (PLAIN.fullmatch(name) and PLAIN.fullmatch(group)):
        with pytest.raises(ValueError, match="cannot stand in an environment file"):
            user_data(other, "compute", group)
        return
    text = user_data(other, "compute", group)
    written, usual = yaml.safe_load(text), yaml.safe_load(user_data(plan, "compute", "train"))
    environment = dict(line.split("=", 1) for line in written["write_files"][0]["content"].splitlines())
    assert (environment["CLUSTERWRIGHT_CLUSTER"], environment["CLUSTERWRIGHT_GROUP"]) == (name, group)
    assert [written["write_files"][1:], written["runcmd"]] == [usual["write_files"][1:], usual["runcmd"]]
