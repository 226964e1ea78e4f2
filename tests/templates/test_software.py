"""The steps that install PyTorch, with stand-ins for Python and uv: built once, shared, clear about failures."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from clusterwright.bootstrap import render_bundle
from tests.plans import make_plan
from tests.templates.conftest import Steps

# A base interpreter whose `-m venv` makes an environment that is content with everything; its uv fails as often as
# the file `failures` has lines.
PYTHON = """#!/bin/bash
here=${BASH_SOURCE[0]%/*}
if [[ $2 != venv ]]; then
  echo py3.11-x86_64
  exit
fi
echo venv >>"$here/calls"
mkdir -p "$3/bin"
printf '#!/bin/bash\\nexit 0\\n' >"$3/bin/python"
cat >"$3/bin/uv" <<UV
#!/bin/bash
echo uv >>"$here/calls"
[[ -s $here/failures ]] || exit 0
sed -i 1d "$here/failures"
echo "error: no route to the package index" >&2
exit 2
UV
chmod +x "$3"/bin/*
"""


class Machine:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name, data in render_bundle(make_plan()).files.items():
            path = folder / "bundle" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        self.bin = folder / "bin"
        self.bin.mkdir()
        (folder / "environments").mkdir()
        for name, text in (("python", PYTHON), ("sleep", "#!/bin/bash\n")):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)

    def start(self, node: str = "train-1") -> subprocess.Popen[str]:
        environment = {
            "PATH": f"{self.bin}:/usr/bin:/bin",
            "CLUSTERWRIGHT_BUNDLE": str(self.folder / "bundle"),
            "CLUSTERWRIGHT_BUCKET": str(self.folder),
            "CLUSTERWRIGHT_NODE_DIR": str(self.folder / node),
            "CLUSTERWRIGHT_NODE": node,
            "CLUSTERWRIGHT_ENVIRONMENTS": str(self.folder / "environments"),
            "CLUSTERWRIGHT_PYTHON": str(self.bin / "python"),
        }
        command = ["bash", str(self.folder / "bundle" / "scripts" / "30-software.sh")]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def run(self) -> tuple[int, list[str]]:
        process = self.start()
        output, _ = process.communicate(timeout=60)
        return process.returncode, output.splitlines()

    def calls(self) -> list[str]:
        path = self.bin / "calls"
        return path.read_text().split() if path.exists() else []

    def environment(self) -> Path:
        (found,) = (path for path in (self.folder / "environments").iterdir() if path.is_dir())
        return found


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_what_is_there_is_not_installed_again(machine: Machine) -> None:
    assert machine.run()[0] == 0
    code, lines = machine.run()
    assert code == 0
    assert "PyTorch 2.15.0 is there" in lines[-1]
    assert machine.calls() == ["venv", "uv"]


def test_nodes_that_start_together_build_it_once(machine: Machine) -> None:
    processes = [machine.start(f"train-{number}") for number in range(4)]
    for process in processes:
        process.communicate(timeout=60)
    assert [process.returncode for process in processes] == [0, 0, 0, 0]
    assert machine.calls() == ["venv", "uv"]


def test_a_build_that_was_interrupted_is_made_anew(machine: Machine) -> None:
    machine.run()
    (machine.environment() / ".complete").unlink()
    (machine.environment() / "half").touch()
    assert machine.run()[0] == 0
    assert not (machine.environment() / "half").exists()


def test_an_environment_whose_python_is_gone_is_made_anew(machine: Machine) -> None:
    machine.run()
    (machine.environment() / "bin" / "python").unlink()
    (machine.environment() / "bin" / "python").symlink_to("/nowhere/python")
    assert machine.run()[0] == 0
    assert os.access(machine.environment() / "bin" / "python", os.X_OK)


def test_a_download_that_fails_twice_is_tried_again(machine: Machine) -> None:
    (machine.bin / "failures").write_text("1\n2\n")
    assert machine.run()[0] == 0
    assert machine.calls() == ["venv", "uv", "uv", "uv"]


def test_a_download_that_keeps_failing_ends_with_the_reason(machine: Machine) -> None:
    (machine.bin / "failures").write_text("1\n2\n3\n")
    code, lines = machine.run()
    assert code == 1
    assert lines[-1] == (
        "cannot install PyTorch 2.15.0 from pytorch-2.15.0.txt: error: no route to the package index "
        "(is the package index reachable, is the disk full?)"
    )
    assert not (machine.environment() / ".complete").exists()


def test_an_altered_lock_is_refused(machine: Machine) -> None:
    with (machine.folder / "bundle" / "software" / "pytorch-2.15.0.txt").open("a") as lock:
        lock.write("evil==1\n")
    code, lines = machine.run()
    assert code == 1
    assert lines[-1] == "pytorch-2.15.0.txt does not have the SHA-256 that the plan names"
    assert machine.calls() == []


class Node:
    """A machine that can fetch no environment, so that it builds its own."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps
        self.environments = steps.folder / "environments"
        self.environments.mkdir()
        steps.stub("python3", PYTHON.removeprefix("#!/bin/bash\n"))
        steps.stub("python", "exit 1")
        steps.stub("runuser", 'shift 3; exec "$@"')

    def run(self) -> int:
        return self.steps.run("50-software", "local-machines", usr_bin_python3=f"{self.steps.folder}/bin/python3")[0]

    def has(self, name: str, used: float, complete: bool = True) -> None:
        """An environment of another lock, which was used last so long after others."""
        folder = self.environments / name
        (folder / "bin").mkdir(parents=True)
        if complete:
            (folder / ".complete").touch()
            os.utime(folder / ".complete", (used, used))

    def names(self) -> set[str]:
        """The environments by their first letters, and what else lies beside them."""
        return {path.name.partition("-")[0][:4] for path in self.environments.iterdir() if path.suffix != ".lock"}


@pytest.fixture
def node(steps: Steps) -> Node:
    return Node(steps)


def test_a_node_keeps_the_environment_that_it_used_before_and_none_that_is_older(node: Node) -> None:
    node.has("aaaa-py3.11-x86_64", used=1)
    node.has("bbbb-py3.11-x86_64", used=3)
    node.has("cccc-py3.11-x86_64", used=2)
    assert node.run() == 0
    (own,) = node.names() - {"bbbb"}
    assert node.run() == 0, "the step is run again by the same bundle"
    assert node.names() == {own, "bbbb"}
    node.has("dddd-py3.11-x86_64", used=4)
    assert node.run() == 0
    assert node.names() == {own, "dddd"}


def test_what_a_killed_build_or_fetch_has_left_goes(node: Node) -> None:
    node.has("aaaa-py3.11-x86_64", used=1, complete=False)
    node.has("tmpk3j2", used=1, complete=False)
    (node.environments / "aaaa-py3.11-x86_64.output").touch()
    (node.environments / "aaaa-py3.11-x86_64.lock").touch()
    assert node.run() == 0
    assert len(list(node.environments.iterdir())) == 2, "the own one, and its lock"
