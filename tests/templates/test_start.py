"""The program between a boot program and an agent: what it gives the agent, what it leaves as it was, what it tells."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

START = Path(__file__).parents[2] / "templates" / "scripts" / "start.sh"
AGENT = """
import os, sys
if os.environ.get("CLUSTERWRIGHT_CHECK"):
    print("the agent can start")
else:
    print("agent runs", sys.argv[0].split("/lib/")[0].rpartition("/")[2], os.environ["CLUSTERWRIGHT_PYTHON"])
"""
BROKEN = "import no_such_module"
# python3: `-m venv FOLDER` makes one whose python has a pip that needs the index; what else it is asked, Python does.
PYTHON3 = """#!/bin/bash
[[ $2 == venv ]] || exec {python} "$@"
mkdir -p "$3/bin" && cp {folder}/bin/client "$3/bin/python"
"""
CLIENT = """#!/bin/bash
[[ $2 != pip ]] || exec {folder}/bin/pip "$0" "$@"
echo "by $0" >>{folder}/calls
exec {python} "$@"
"""
PIP = """#!/bin/bash
echo "pip ${{@: -1}}" >>{folder}/calls
[[ ! -e {folder}/offline ]] || {{ echo "no route to pypi.org" >&2; exit 1; }}
"""
REPORT = """report() { echo "reported: $1"; }
get() { :; }
put() { :; }
export -f report get put
"""


class Machine:
    """A machine in a folder, with the bundles that `bundle` makes; only Python itself is the real one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "bin").mkdir()
        for name, text in {"python3": PYTHON3, "client": CLIENT, "pip": PIP}.items():
            (folder / "bin" / name).write_text(text.format(folder=folder, python=sys.executable))
            (folder / "bin" / name).chmod(0o755)

    def bundle(self, name: str, lock: str = "boto3==1\n", agent: str = AGENT) -> str:
        folder = self.folder / name
        start = START.read_text().replace("/opt/clusterwright", str(self.folder / "opt"))
        files = {
            "scripts/start.sh": start.replace("/usr/bin/python3", sys.executable),
            "software/clients-aws.txt": lock,
            "lib/clusterwright/__init__.py": "",
            "lib/clusterwright/node/__init__.py": "",
            "lib/clusterwright/node/machine.py": agent,
        }
        for path, text in files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text)
        return name

    def start(self, bundle: str, provider: str = "aws", check: bool = False) -> tuple[int, list[str]]:
        """Exit code and words; as the boot program starts a bundle, or as an agent checks one."""
        environment = {"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin", "CLUSTERWRIGHT_PROVIDER": provider}
        script = f"exec bash {self.folder / bundle}/scripts/start.sh"
        done = subprocess.run(
            ["bash", "-c", script if check else REPORT + script],
            env={**environment, **({"CLUSTERWRIGHT_CHECK": "1"} if check else {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=30,
        )
        return done.returncode, done.stdout.splitlines()

    def calls(self) -> list[str]:
        """What was called since this was asked last, without the machine's folder."""
        path = self.folder / "calls"
        lines = path.read_text().replace(f"{self.folder}/", "").splitlines() if path.exists() else []
        path.unlink(missing_ok=True)
        return lines

    def clients(self) -> set[str]:
        return {path.name for path in (self.folder / "opt").glob("clients-*")}

    @property
    def named(self) -> str:
        """The client that steps, services and jobs find."""
        return (self.folder / "opt" / "clients").resolve().name

    def index(self, there: bool) -> None:
        path = self.folder / "offline"
        path.unlink(missing_ok=True) if there else path.touch()


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_an_agent_of_this_machine_needs_no_client(machine: Machine) -> None:
    code, words = machine.start(machine.bundle("one"), "local")
    assert (code, words) == (0, [f"agent runs one {sys.executable}"])
    assert (machine.calls(), machine.clients()) == ([], set())


def test_an_agent_of_a_cloud_runs_with_the_client_of_its_lock(machine: Machine) -> None:
    code, words = machine.start(machine.bundle("one"))
    assert (code, words) == (0, [f"agent runs one {machine.folder}/opt/clients/bin/python"])
    by = f"by opt/{machine.named}/bin/python"
    assert machine.calls() == ["pip one/software/clients-aws.txt", by, by], "it is checked, then started"
    machine.start("one")
    assert machine.calls() == [by, by], "and made once"


def test_a_check_says_that_the_agent_can_start_and_starts_none(machine: Machine) -> None:
    code, words = machine.start(machine.bundle("one"), check=True)
    assert (code, words) == (0, [])


@pytest.mark.parametrize("provider", ["local", "aws"])
def test_an_agent_that_cannot_start_is_reported_at_boot(machine: Machine, provider: str) -> None:
    code, words = machine.start(machine.bundle("bad", agent=BROKEN), provider)
    reason = "the agent of this bundle cannot start: ModuleNotFoundError: No module named 'no_such_module'"
    assert (code, words[-2:]) == (1, [f"reported: {reason}", reason])


def test_what_would_break_a_report_is_left_out_of_it(machine: Machine) -> None:
    _, words = machine.start(machine.bundle("bad", agent='raise SystemExit("a \\\\ \\" and\\ta tab")'), "local")
    assert words[-2] == "reported: the agent of this bundle cannot start: a     and a tab"


def test_a_check_ends_with_the_reason_as_its_last_words(machine: Machine) -> None:
    code, words = machine.start(machine.bundle("bad", agent=BROKEN), check=True)
    assert (code, words[0]) == (1, "Traceback (most recent call last):")
    assert words[-1].endswith("cannot start: ModuleNotFoundError: No module named 'no_such_module'")
    machine.index(there=False)
    code, words = machine.start(machine.bundle("far", "boto3==2\n"), check=True)
    assert (code, words[-1]) == (1, "the client of aws cannot be installed: is the package index reachable?")


def test_the_way_back_needs_no_package_index(machine: Machine) -> None:
    machine.start(machine.bundle("one"))
    first = machine.named
    machine.index(there=False)
    assert machine.start(machine.bundle("two", "boto3==2\n"), check=True)[0] == 1
    assert machine.named == first
    assert machine.start("one", check=True)[0] == 0
    machine.index(there=True)
    assert machine.start("two", check=True)[0] == 0
    assert machine.named != first
    machine.index(there=False)
    assert machine.start("one", check=True)[0] == 0
    assert machine.named == first


def test_a_client_whose_agent_cannot_start_is_given_to_nobody(machine: Machine) -> None:
    machine.start(machine.bundle("one"))
    first = machine.named
    assert machine.start(machine.bundle("bad", "boto3==2\n", BROKEN), check=True)[0] == 1
    assert machine.named == first


def test_the_client_before_stays_and_older_ones_go(machine: Machine) -> None:
    seen = []
    for number in range(3):
        machine.start(machine.bundle(f"bundle-{number}", f"boto3=={number}\n"))
        seen.append(machine.named)
    assert machine.clients() == set(seen[1:])


def test_a_client_that_was_cut_off_is_made_anew(machine: Machine) -> None:
    machine.start(machine.bundle("one"))
    machine.calls()
    (machine.folder / "opt" / machine.named / ".complete").unlink()
    assert machine.start("one")[0] == 0
    assert machine.calls()[0] == "pip one/software/clients-aws.txt"


def test_the_agent_does_not_get_what_is_the_boot_program_s(machine: Machine) -> None:
    agent = 'import os\nprint([name for name in os.environ if name.startswith("BASH_FUNC")])'
    assert machine.start(machine.bundle("one", agent=agent), "local") == (0, ["[]"])
