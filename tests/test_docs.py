"""The documents name only what exists, and the commands that they show work."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from clusterwright.cli import main

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = [ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(ROOT.glob("docs/*.md"))
# First parts of paths that are made when things run: the results, the bucket's folders, a node's and a cluster's. And
# what only looks like a path of the project: a reader's own program, Google's roles.
MADE = {"runs", "bucket", "control", "data", "jobs", "reports", "nodes", "log", "secrets", "state", "run", "machines"}
MADE |= {"groups", "software", "train.py", "roles"}
PATH = re.compile(r"[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)*/?")
SUFFIXES = (".py", ".md", ".yaml", ".yml", ".toml", ".lock", ".txt", ".j2")
SAFE = ("validate", "plan", "--help")

documents = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


def shown_commands(document: Path) -> list[str]:
    """The lines of a document's bash blocks, without comments."""
    blocks = re.findall(r"^```bash\n(.*?)^```", document.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def code(document: Path) -> list[str]:
    """What a document shows as code: its commands, and the spans in its text."""
    prose = re.sub(r"^```.*?^```", "", document.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return shown_commands(document) + re.findall(r"`([^`\n]+)`", prose)


def named_paths(document: Path) -> list[str]:
    """Paths of the project in code, without those that are made when things run; NAME stands for any.

    docs/spec.md is written from the models, and what it shows as code are a spec's keys and values.
    """
    if document.name == "spec.md":
        return []
    words = [word for text in code(document) for word in text.split() if "NAME" not in word]
    return [
        word
        for word in words
        if PATH.fullmatch(word)
        and ("/" in word or word.endswith(SUFFIXES))
        and word.split("/")[0] not in MADE
        and not word.startswith(("-", ".venv"))
    ]


def commands(program: str) -> list[tuple[Path, str]]:
    found = [(document, text) for document in DOCUMENTS for text in code(document)]
    return [(document, match) for document, text in found for match in re.findall(rf"\b{program} ([a-z]+)", text)]


@documents
def test_every_path_exists(document: Path) -> None:
    missing = [
        path for path in named_paths(document) if not (ROOT / path).exists() and not (document.parent / path).exists()
    ]
    assert missing == []


@documents
def test_every_link_within_the_project_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", document.read_text(encoding="utf-8"))
    inside = [link for link in links if not link.startswith("https://")]
    assert [link for link in inside if not (document.parent / link).exists()] == []


def test_documents_name_paths_links_and_commands_at_all() -> None:
    """Else the checks here check nothing."""
    assert len(named_paths(ROOT / "CONTRIBUTING.md")) > 20
    assert {command for _, command in commands("make")} >= {"up", "test", "down", "golden", "lock"}
    assert {command for _, command in commands("clusterwright")} >= {"watch", "plan", "validate", "rerun"}


@pytest.mark.parametrize("target", sorted({target for _, target in commands("make")}))
def test_every_make_target_exists(target: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"the Makefile has no target {target}"


@pytest.mark.parametrize("command", sorted({command for _, command in commands("clusterwright")}))
def test_every_clusterwright_command_exists(command: str) -> None:
    assert command in main.commands


def safe_commands() -> list[str]:
    """Lines of bash blocks that only look: they run as they are shown."""
    lines = {line for document in DOCUMENTS for line in shown_commands(document) if line.startswith("clusterwright ")}
    return sorted(line for line in lines if any(word in SAFE for word in shlex.split(line)))


@pytest.mark.parametrize("line", safe_commands())
def test_commands_that_only_look_run_as_shown(line: str) -> None:
    program, *arguments = shlex.split(line)
    command = [str(Path(sys.executable).with_name(program)), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout


def readme(kind: str) -> list[str]:
    """The README's blocks of that kind."""
    return re.findall(
        rf"^```{kind}\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A project, entered, with the README's specs in the files that their first lines name; by those names."""
    specs = {block.partition("\n")[0].removeprefix("# "): block for block in readme("yaml")}
    (tmp_path / "stacks").mkdir()
    (tmp_path / "Pulumi.yaml").touch()
    for file, text in specs.items():
        (tmp_path / file).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return specs


def test_the_specs_in_the_readme_are_good_specs(project: dict[str, str]) -> None:
    assert set(project) == {"stacks/mine.yaml", "stacks/bigger.yaml"}
    result = CliRunner().invoke(main, ["validate"])
    assert result.exit_code == 0, result.output
    assert result.output.rpartition("\n\n")[2].startswith("2 specs checked: ")


@pytest.mark.usefixtures("project")
def test_the_decisions_in_the_readme_are_those_of_its_spec() -> None:
    (shown,) = (block for block in readme("text") if block.startswith("decided for you"))
    rows = [tuple(re.split(r" {2,}", line)) for line in shown.splitlines()[1:]]
    plan = json.loads(CliRunner().invoke(main, ["plan", "mine", "--json"]).stdout)
    decided = [(row["path"], f"{row['value']} ({row['reason']})") for row in plan["decisions"]]
    assert rows
    assert [row for row in rows if row not in decided] == []


def test_the_finding_in_the_readme_is_what_validate_shows(project: dict[str, str]) -> None:
    (shown,) = (block for block in readme("text") if "error[" in block)
    line = re.search(r"^ (\d+) \| (.+)$", shown, re.MULTILINE)
    assert line
    lines = project["stacks/mine.yaml"].splitlines()
    lines[int(line[1]) - 1] = line[2]
    Path("stacks/mine.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    result = CliRunner().invoke(main, ["validate", "mine"])
    assert result.exit_code == 1
    assert result.output.startswith(shown)


def test_the_note_in_the_readme_is_one_of_its_spec(project: dict[str, str]) -> None:
    (note,) = re.findall(r"`(unknown without a lock: [^`]+)`", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert f"]: {note}\n" in CliRunner().invoke(main, ["validate", "mine"]).output.replace("`", "")


def test_the_examples_in_the_readme_exist() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    (table,) = re.findall(r"^\| example in `stacks/`.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE)
    named = [name for row in table.splitlines() for name in re.findall(r"`([a-z0-9-]+)`", row.split("|")[1])]
    assert len(named) > 5
    assert [name for name in named if not (ROOT / "stacks" / f"{name}.yaml").exists()] == []


def test_the_changelog_knows_this_version() -> None:
    version = re.search(r'^version = "(.+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version
    assert f"## [{version[1]}]" in (ROOT / "CHANGELOG.md").read_text()
