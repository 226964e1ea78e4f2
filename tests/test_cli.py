"""What a user types, and what comes back: text, exit code, and never a traceback."""

import ast
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from clusterwright import paths
from clusterwright.cli import main
from clusterwright.live import commands

ROOT = Path(__file__).resolve().parent.parent
LIGHT = {
    "annotated_types", "click", "platformdirs", "pydantic", "pydantic_core", "typing_extensions", "typing_inspection",
    "yaml", "_yaml",
}  # fmt: skip
GOOD = "name: good\nprovider: local\n"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty project, entered, whose clusters would be in a folder of their own."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "project"
    (folder / "stacks").mkdir(parents=True)
    (folder / "Pulumi.yaml").touch()
    monkeypatch.chdir(folder)
    return folder


def write(project: Path, text: str, name: str = "good") -> None:
    (project / "stacks" / f"{name}.yaml").write_text(text, encoding="utf-8")


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


BAD_INPUT = {
    "unknown key": ("name: a\nprovider: local\nnodes: 2\n", "stacks/bad.yaml:3:1: error[CW-SPEC-005]: the key `nodes`"),
    "wrong unit": (
        "name: a\nprovider: local\nhead: {disk: 5 GHz}\n",
        "stacks/bad.yaml:3:14: error[CW-SPEC-009]: `disk` has a unit that is not one of a size: `5 GHz`",
    ),
    "negative count": (
        "name: a\nprovider: local\ngroups: [{name: train, nodes: -1}]\n",
        "stacks/bad.yaml:3:31: error[CW-SPEC-008]: `nodes` is -1",
    ),
    "syntax": ("name: a\nprovider: [local\n", "stacks/bad.yaml:3:1: error[CW-SPEC-002]: this is not YAML: "),
    "duplicate group name": (
        "name: a\nprovider: local\ngroups: [{name: train}, {name: train}]\n",
        "stacks/bad.yaml:3:32: error[CW-NAM-001]: the group name `train` is used twice: groups[0] has it already",
    ),
    "mount used twice": (
        "name: a\nprovider: local\nstorage: [{name: data}, {name: more, mount: /data}]\n",
        "stacks/bad.yaml:3:45: error[CW-STO-001]: the mount `/data` is used twice: storage `data` has it already",
    ),
    "missing file": (None, "stacks/bad.yaml:1:1: error[CW-SPEC-001]: there is no such file"),
}


@pytest.mark.parametrize(
    "command", [("validate", "stacks/bad.yaml"), ("plan", "bad"), ("render", "bad", "--out", "out")]
)
@pytest.mark.parametrize(("text", "line"), BAD_INPUT.values(), ids=BAD_INPUT)
def test_bad_input_ends_in_one_message_that_helps(
    project: Path, command: tuple[str, ...], text: str | None, line: str
) -> None:
    if text is not None:
        write(project, text, "bad")
    result = run(*command)
    assert result.exit_code == (2 if "CW-SPEC-001" in line or "CW-SPEC-002" in line else 1)
    message = result.stdout if command[0] == "validate" else result.stderr
    assert line in message
    assert "\n  why: " in message
    assert "\n  hint: " in message
    assert not (project / "out").exists()


def test_validate_checks_all_of_stacks_and_exits_with_the_worst(project: Path) -> None:
    write(project, GOOD)
    assert run("validate").stdout == "1 spec checked: no findings\n"
    write(project, GOOD + "head: {disk: 1 GB}\n", "warned")
    result = run("validate", "stacks/")
    assert result.exit_code == 1
    assert "stacks/warned.yaml:3:14: warning[CW-CMP-004]" in result.stdout
    write(project, "name: [", "broken")
    assert run("validate").exit_code == 2
    assert run("validate", "stacks/good.yaml").exit_code == 0


def test_validate_fails_on_what_the_user_calls_a_failure(project: Path) -> None:
    write(project, GOOD + "head: {disk: 1 GB}\n")
    assert run("validate").exit_code == 1
    allowed = run("validate", "--fail-on", "error")
    assert allowed.exit_code == 0
    assert allowed.stdout.endswith("\n\n1 spec checked: 1 warning\n")
    write(project, "name: [", "broken")
    assert run("validate", "--fail-on", "error").exit_code == 2


def test_validate_counts_what_is_unknown_as_notes_that_fail_nothing(project: Path) -> None:
    text = "name: good\nprovider: aws\nregion: us-east-1\nzone: us-east-1a\nbudget: {limit: 900 USD}\n"
    write(project, text + "groups: [{name: train, capacity: {kind: spot}}]\n")
    result = run("validate")
    assert result.exit_code == 0
    notes, summary = result.stdout.rstrip("\n").split("\n\n")
    assert all(": note[CW-" in line for line in notes.splitlines()[:-1])
    assert notes.splitlines()[-1] == "  hint: run `clusterwright lock NAME`, with your own credentials"
    count = len(notes.splitlines()) - 1
    assert summary == f"1 spec checked: {count} note{'s' * (count != 1)}"


@pytest.mark.parametrize("form", ["json", "sarif", "github"])
def test_validate_prints_nothing_but_the_format_that_was_asked_for(project: Path, form: str) -> None:
    write(project, GOOD)
    write(project, GOOD + "head: {disk: 1 GB}\n", "warned")
    result = run("validate", "--format", form)
    assert result.exit_code == 1
    assert "stacks/warned.yaml" in result.stdout
    assert "checked" not in result.stdout
    if form != "github":
        json.loads(result.stdout)


def test_validate_takes_the_name_of_a_stack(project: Path) -> None:
    write(project, GOOD)
    assert run("validate", "good").stdout == "1 spec checked: no findings\n"
    assert "stacks/goood.yaml:1:1: error[CW-SPEC-001]" in (said := run("validate", "goood").stdout)
    assert "did you mean stacks/good.yaml?" in said


def test_validate_skips_locks_and_refuses_a_folder_without_specs(project: Path) -> None:
    (project / "stacks" / "good.lock.yaml").write_text("zones: {}\n")
    result = run("validate")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: the folder stacks holds no specs\n")


def test_validate_imports_what_it_needs_and_no_more(project: Path) -> None:
    """Neither Pulumi nor a cloud's client: the example stacks of all providers, with and without a lock."""
    for file in (ROOT / "stacks").glob("*.yaml"):
        shutil.copy(file, project / "stacks")
    shutil.copy(ROOT / "tests" / "locks" / "bert-large-aws.lock.yaml", project / "stacks")
    shutil.copy(ROOT / "tests" / "locks" / "bert-base-gcp.lock.yaml", project / "stacks")
    program = (
        "import atexit, sys\n"
        "before = set(sys.modules)\n"
        "def tell():\n"
        "    files = {name: getattr(module, '__file__', None) or '' for name, module in sys.modules.items()}\n"
        "    print(sorted({name.split('.')[0] for name, file in files.items() if 'site-packages' in file} - before))\n"
        "atexit.register(tell)\n"
        "from clusterwright.cli import main\n"
        "main(['validate'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "7 specs checked" in done.stdout
    assert set(ast.literal_eval(done.stdout.splitlines()[-1])) <= LIGHT


def test_plan_prints_canonical_json_for_programs(project: Path) -> None:
    write(project, GOOD)
    result = run("plan", "good", "--json")
    assert json.loads(result.stdout)["name"] == "good"
    assert result.stdout == run("plan", str(project / "stacks" / "good.yaml"), "--json").stdout


def test_plan_prints_what_is_made_and_why_for_people(project: Path) -> None:
    write(project, GOOD + "head: {disk: 1 GB}\n")
    result = run("plan", "good")
    assert "train-1, train-2" in result.stdout
    assert "[majority," in result.stdout, "square brackets are no markup"
    assert "because" in result.stdout
    assert "warning[CW-CMP-004]" in result.stderr


CLOUD = "provider: aws\nregion: us-east-1\nzone: us-east-1b\n"


def test_plan_says_why_it_cannot_be_deployed_and_what_to_do(project: Path) -> None:
    write(project, GOOD)
    write(project, f"name: cloud\n{CLOUD}", "cloud")
    assert "can't be deployed" not in run("plan", "good").stdout
    result = run("plan", "cloud")
    assert result.exit_code == 0
    end = " ".join(result.stdout.partition("can't be deployed")[2].split())
    assert "the plan is without a lock" in end
    assert "`clusterwright lock NAME`" in end


def test_plan_shows_a_group_that_may_have_no_nodes_as_a_range(project: Path) -> None:
    write(project, f"name: good\n{CLOUD}groups: [{{name: train, nodes: {{min: 0, max: 4}}}}]\n")
    assert "0 to 4 nodes" in run("plan", "good").stdout


def test_plan_never_breaks_the_path_of_a_decision(project: Path) -> None:
    write(project, GOOD)
    result = run("plan", "good")
    decisions = json.loads(run("plan", "good", "--json").stdout)["decisions"]
    paths = {one["path"] for one in decisions if not one["reason"].startswith("recipe")}
    assert max(map(len, paths)) > 20
    assert {line.split(" ")[0] for line in result.stdout.splitlines()} >= paths


def test_render_writes_the_files_of_the_bundle_once(project: Path) -> None:
    write(project, GOOD)
    said = run("render", "good", "--out", "out")
    assert said.exit_code == 0
    written = sum(path.is_file() for path in (project / "out").rglob("*"))
    assert said.stdout.startswith(f"{written} files in out, the bundle ")
    assert json.loads((project / "out" / "job" / "job.json").read_text())["model"]["name"] == "bert-l2-h256"
    assert (project / "out" / "user-data" / "head.sh").read_text().startswith("#!/usr/bin/env bash\n")
    again = run("render", "good", "--out", "out")
    assert again.exit_code == 2
    assert again.stderr.startswith("error: the folder out is not empty\n")


def test_ctrl_c_ends_with_its_own_exit_code(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, GOOD)
    monkeypatch.setattr(commands, "watch", lambda *arguments: (_ for _ in ()).throw(KeyboardInterrupt))
    assert run("watch", "good").exit_code == 130


def test_what_the_system_refuses_is_told_without_a_traceback(project: Path) -> None:
    write(project, GOOD)
    (project / "file").touch()
    result = run("render", "good", "--out", "file/below")
    assert result.exit_code == 2
    assert "file/below" in result.stderr.splitlines()[0]
    assert "  hint: " in result.stderr


def test_outside_a_project_a_name_is_refused_and_a_path_is_fine(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(project, GOOD)
    monkeypatch.chdir(tmp_path)
    result = run("plan", "good")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {tmp_path} is not inside a Clusterwright project\n")
    assert run("plan", "project/stacks/good.yaml", "--json").exit_code == 0


def test_from_a_folder_below_the_project_names_work_as_well(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(project, GOOD)
    monkeypatch.chdir(project / "stacks")
    assert run("plan", "good", "--json").exit_code == 0


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The calls of the live commands, which then end with exit code 7."""
    calls: list[Any] = []
    for name in ("watch", "logs", "results", "rerun", "submit", "jobs", "cancel", "prune"):
        monkeypatch.setattr(commands, name, lambda *arguments, name=name: calls.append((name, *arguments)) or 7)
    return calls


@pytest.mark.parametrize(
    ("arguments", "call"),
    [
        (["watch", "good", "--until-finished", "--interval", "0.5"], ("watch", True, 0.5)),
        (["logs", "good"], ("logs", None, False, 50)),
        (["logs", "good", "train-1", "--follow", "--lines", "5"], ("logs", "train-1", True, 5)),
        (["results", "good"], ("results", None, None)),
        (["results", "good", "0a1b2c3d4e5f.1", "--out", "there"], ("results", "0a1b2c3d4e5f.1", Path("there"))),
        (["rerun", "good"], ("rerun",)),
        (["jobs", "good"], ("jobs", "text")),
        (["jobs", "good", "--format", "json"], ("jobs", "json")),
        (["cancel", "good", "0a1b2c3d4e5f.1"], ("cancel", "0a1b2c3d4e5f.1")),
        (["prune", "good"], ("prune",)),
        (["submit", "good"], ("submit", (), None, None, None, None)),
        (["submit", "good", "--", "a.py", "--nodes"], ("submit", ("a.py", "--nodes"), None, None, None, None)),
        (
            ["submit", "good", "--source", "stacks", "--nodes", "2", "--group", "g", "--name", "x", "--", "a.py"],
            ("submit", ("a.py",), Path("stacks"), 2, "g", "x"),
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_live_command_gets_the_stack_and_sets_the_exit_code(
    project: Path, called: list[Any], arguments: list[str], call: tuple[Any, ...]
) -> None:
    write(project, "name: cluster\nprovider: local\n")
    assert run(*arguments).exit_code == 7
    ((name, stack, *rest),) = called
    assert (name, *rest) == call
    assert (stack.name, stack.cluster, stack.provider) == ("good", "cluster", "local")


def test_an_option_of_ones_own_program_is_told_from_one_of_submit(project: Path) -> None:
    result = run("submit", "good", "--source", "stacks", "train.py", "--steps", "4")
    assert result.exit_code == 2
    assert "No such option" in result.output
    assert "put `--` before the program: submit NAME --source DIR -- train.py --steps 100" in result.output


@pytest.mark.parametrize("text", [None, "name: ["], ids=["gone", "broken"])
def test_a_cluster_is_found_without_a_good_spec(project: Path, called: list[Any], text: str | None) -> None:
    if text:
        write(project, text)
    paths.cluster_dir("good").mkdir(parents=True)
    assert run("rerun", "good").exit_code == 7
    ((name, stack),) = called
    assert (name, stack.name, stack.cluster) == ("rerun", "good", "good")


@pytest.mark.parametrize("name", ["", ".", "..", "nothing"])
def test_a_name_that_is_no_cluster_is_an_error(project: Path, called: list[Any], name: str) -> None:
    paths.cluster_dir("good").mkdir(parents=True)
    assert run("rerun", name).exit_code == 2
    assert called == []


@pytest.mark.parametrize("group", [(), ("catalog",)])
def test_help_says_of_each_command_in_a_line_what_it_does(group: tuple[str, ...]) -> None:
    lines = run(*group, "--help").stdout.partition("Commands:")[2].strip().splitlines()
    assert len(lines) >= 3
    assert [line for line in lines if not line.endswith(".") or line.endswith("...")] == []


def test_the_version_is_the_packages() -> None:
    assert run("--version").stdout.startswith("clusterwright, version ")


def test_catalog_lists_machine_types_with_where_the_facts_are_from() -> None:
    shown = run("catalog", "list", "--provider", "aws", "--gpu").stdout
    assert "p5.48xlarge" in shown
    assert "m7i.2xlarge" not in shown
    assert "a3-highgpu-8g" not in shown
    assert "provider" not in shown
    assert "m7i.2xlarge" in run("catalog", "list", "--provider", "aws").stdout
    assert shown.startswith("aws: EC2 DescribeInstanceTypes")


def test_catalog_lists_all_providers_one_after_the_other() -> None:
    lines = run("catalog", "list").stdout.splitlines()
    starts = [number for number, line in enumerate(lines) if line.split(":")[0] in ("aws", "gcp", "local")]
    parts = [lines[start:end] for start, end in zip(starts, [*starts[1:], None], strict=True)]
    for machine, part in zip(("p5.48xlarge", "a3-highgpu-8g", "local"), parts, strict=True):
        assert any(line.split()[:1] == [machine] for line in part)


def test_catalog_shows_a_machine_type_to_programs() -> None:
    shown = json.loads(run("catalog", "show", "p5.48xlarge").stdout)
    assert shown["provider"] == "aws"
    assert shown["gpus"] == {"kind": "H100 80GB", "count": 8, "memory_mib": 81920, "share": 1.0}
    assert shown["gpu"]["bf16_tflops"] == 989.4
    assert [(price["region"], price["usd_per_hour"], price["date"]) for price in shown["prices"]] == [
        ("us-east-1", 55.04, "2026-07-20")
    ]
    assert "us-west-2" in shown["regions"]
    assert shown["source"].startswith("EC2 DescribeInstanceTypes")


def test_catalog_shows_what_is_unknown_as_null() -> None:
    shown = json.loads(run("catalog", "show", "a3-highgpu-8g").stdout)
    assert (shown["provider"], shown["prices"]) == ("gcp", None)
    assert json.loads(run("catalog", "show", "local").stdout)["vcpus"] is None


def test_catalog_names_the_nearest_machine_types() -> None:
    result = run("catalog", "show", "p5.48xlrge")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: the catalog has no machine type `p5.48xlrge`\n"
        "  why: it is none of aws, gcp, local that this version knows\n"
        "  hint: did you mean p5.48xlarge, p5e.48xlarge, p5.4xlarge?\n"
    )
    assert run("catalog", "show", "xyz").stderr.endswith("  hint: `clusterwright catalog list` shows all\n")


def test_a_file_of_any_name_is_told_on_one_line(project: Path) -> None:
    (project / "stacks" / "a\n::error::b\x1b[31m.yaml").write_text("name: 1\nprovider: local\n")
    first = run("validate").stdout.splitlines()[0]
    assert first.startswith("stacks/a\\n::error::b\\x1b[31m.yaml:1:7: error[CW-SPEC-007]: ")


def test_an_error_has_nothing_that_a_terminal_would_obey(project: Path) -> None:
    assert "machine type `\\x1b[31mx`" in run("catalog", "show", "\x1b[31mx").stderr


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_what_the_output_s_encoding_lacks_is_escaped(project: Path, encoding: str, form: str) -> None:
    (project / "stacks" / os.fsdecode(b"caf\xc3\xa9-\xff.yaml")).write_text("name: \U0001f600\nprovider: local\n")
    program = "from clusterwright.cli import main; main()"
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "PYTHONPATH": os.pathsep.join(sys.path)}
    result = subprocess.run(
        [sys.executable, "-c", program, "validate", "--format", form], capture_output=True, env=environment, check=False
    )
    assert (result.returncode, result.stderr) == (1, b"")
    text = result.stdout.decode("utf-8" if encoding == "ascii" else encoding, errors="replace")  # click takes no ascii
    if form in ("json", "sarif"):
        json.loads(text)
    else:
        assert "caf" in text
