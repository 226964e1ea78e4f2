"""Slurm's own programs, typed: what its nodes, jobs and partitions are, and the few things that the head asks of it.

Only options and formats that 23.11 and 24.11 both have; `scontrol show ... --oneliner` looks the same in both
(src/api/node_info.c, job_info.c). What they do, as relied on here, was seen with 24.11.5:

- `state=power_down_force` on an allocated node whose machine is gone requeues its job, which stays COMPLETING until
  SlurmdTimeout; after `state=down` it does not. The node is POWERED_DOWN after SuspendTimeout, and may be woken again.
- `state=power_down_asap` lets a running job end first, and also works on nodes of SuspendExcNodes.
- `state=resume` on DOWN+POWERED_DOWN ("ResumeTimeout reached") makes it IDLE+POWERED_DOWN at once.
- A job that is requeued waits for about two minutes (PENDING, Reason=BeginTime); `StartTime=now` lets it start.
- `scancel --batch --signal=TERM` reaches the batch shell alone, never its steps.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from clusterwright.node.commands import CommandFailed, run

MOST_NAMES = 500  # names in one command: far below the kernel's limit on arguments (execve(2): 128 KiB a string)
LONGEST_REASON = 240  # characters: it is read in one line of `sinfo -R`
RELEASED = frozenset({"POWERED_DOWN", "POWERING_DOWN"})
LIVE = frozenset({"PENDING", "CONFIGURING", "RUNNING", "COMPLETING", "SUSPENDED", "STOPPED", "SIGNALING", "STAGE_OUT"})
LIVE |= {"REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESIZING", "SPECIAL_EXIT", "RESV_DEL_HOLD"}

Runner = Callable[..., str]
"""Takes the words of a command, and returns what it prints."""


class SlurmError(CommandFailed):
    """Slurm refused or does not answer; `reason` is a sentence for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Node:
    """A node as slurmctld has it. `state` is its base state (IDLE, ALLOCATED, MIXED, DOWN, ...), `flags` the others."""

    name: str
    state: str
    flags: frozenset[str]
    partition: str
    reason: str | None = None

    @property
    def released(self) -> bool:
        """Whether Slurm wants no machine for it: it has let go of the one that there was."""
        return bool(self.flags & RELEASED)

    @property
    def idle(self) -> bool:
        """Whether a machine is there and could take a job now."""
        return self.state == "IDLE" and self.flags <= {"CLOUD", "PLANNED"}

    @property
    def drained(self) -> bool:
        """Whether no new job is put on it."""
        return "DRAIN" in self.flags

    @property
    def busy(self) -> bool:
        """Whether jobs are on it, or have not quite left."""
        return self.state in ("ALLOCATED", "MIXED", "COMPLETING") or "COMPLETING" in self.flags


@dataclass(frozen=True)
class Job:
    """A job that slurmctld still knows, ended or not. `nodes` is a hostlist, empty while it has none."""

    id: int
    name: str
    state: str
    reason: str
    restarts: int
    nodes: str
    exit_code: int

    @property
    def live(self) -> bool:
        return self.state in LIVE

    @property
    def held_by_slurm(self) -> bool:
        """Whether Slurm itself holds it, after a start that failed ("launch failed requeued held")."""
        return self.state in ("REQUEUE_HOLD", "SPECIAL_EXIT") or "requeued" in self.reason.lower()


_NODE = re.compile(r"(?:^| )(NodeName|State|Partitions)=(\S+)")
_JOB = re.compile(
    r"JobId=(\d+) .*?JobName=(.*?) UserId=.*? JobState=(\S+) Reason=(.*?) Dependency=\S* "
    r"Requeue=\d Restarts=(\d+) .*? ExitCode=(\d+):\d+ .*? NodeList=(\S*) "
)
_PARTITION = re.compile(r"PartitionName=(\S+) .* State=(\S+) ")


class Slurm:
    """Every method raises SlurmError; with a `run` of one's own, what that raises too."""

    def __init__(self, run: Runner | None = None) -> None:
        self._run = run or run_command

    def nodes(self) -> list[Node]:
        """All nodes, in Slurm's order."""
        return [_node(line) for line in _lines(self._run("scontrol", "--oneliner", "show", "nodes"), "NodeName=")]

    def node(self, name: str) -> Node:
        shown = _lines(self._run("scontrol", "--oneliner", "show", "node", name), "NodeName=")
        return _node(shown[0] if shown else "")

    def jobs(self) -> list[Job]:
        """All jobs that Slurm has not forgotten, ended ones too (for MinJobAge).

        One whose line can't be read is left out as long as others can: a user may have put a line's end in its name.
        """
        lines = _lines(self._run("scontrol", "--oneliner", "show", "jobs"), "JobId=")
        known = [match for line in lines if (match := _JOB.match(line))]
        if lines and not known:
            _matched(_JOB, lines[0])
        return [_job(match) for match in known]

    def partitions(self) -> dict[str, str]:
        """The states of all partitions: UP, DOWN, DRAIN or INACTIVE."""
        text = self._run("scontrol", "--oneliner", "show", "partitions")
        found = (_matched(_PARTITION, line) for line in _lines(text, "PartitionName="))
        return {match[1]: match[2] for match in found}

    def hostnames(self, hostlist: str) -> tuple[str, ...]:
        """The names that a hostlist such as `train-[1-3]` stands for."""
        return tuple(self._run("scontrol", "show", "hostnames", hostlist).split())

    def set_nodes(self, names: Collection[str], state: str, reason: str | None = None) -> None:
        """`state` as in scontrol(1): power_up, power_down_asap, power_down_force, resume, down or drain."""
        for some in _batches(names):
            why = [] if reason is None else [f"Reason={_plain(reason)}"]
            self._run("scontrol", "update", f"NodeName={','.join(some)}", f"State={state}", *why)

    def set_partition(self, name: str, state: str) -> None:
        self._run("scontrol", "update", f"PartitionName={name}", f"State={state}")

    def submit(self, arguments: Sequence[str]) -> int:
        """The id of the new job. `arguments` are sbatch's, behind what names the user."""
        answer = self._run(*AS_USER, "sbatch", "--parsable", *arguments).strip()
        number = answer.partition(";")[0]
        if not number.isdecimal():
            raise SlurmError(f"sbatch answered {answer[:80]!r}, not the id of a job")
        return int(number)

    def cancel(self, ids: Collection[int]) -> None:
        """Jobs that have ended are none to cancel."""
        for some in _batches([str(one) for one in ids]):
            self._run("scancel", "--quiet", *some)

    def ask_to_stop(self, ids: Collection[int]) -> None:
        """TERM to the batch shells of running jobs, which have their ranks write a checkpoint and stop."""
        for some in _batches([str(one) for one in ids]):
            self._run("scancel", "--quiet", "--batch", "--signal=TERM", *some)

    def start_now(self, job: int) -> None:
        """Let a requeued job start as soon as its nodes are there."""
        self._run("scontrol", "update", f"JobId={job}", "StartTime=now")

    def release(self, job: int) -> None:
        """Let a job that is held start."""
        self._run("scontrol", "release", str(job))


AS_USER = ("setpriv", "--reuid=cluster", "--regid=cluster", "--init-groups", "--reset-env")
"""A job's user is who submits it, and has none of root's environment."""


def run_command(*command: str) -> str:
    """What a program prints. Raises SlurmError."""
    name = command[len(AS_USER)] if command[: len(AS_USER)] == AS_USER else command[0]
    try:
        return run(*command, name=name)
    except CommandFailed as error:
        raise SlurmError(str(error)) from error


def _lines(text: str, start: str) -> list[str]:
    """Records, one a line; an empty list is told in words ("No jobs in the system")."""
    return [line for line in text.splitlines() if line.startswith(start)]


def _matched(pattern: re.Pattern[str], line: str) -> re.Match[str]:
    match = pattern.match(line)
    if match is None:
        raise SlurmError(f"scontrol's answer is not as this release knows it: {line[:120]!r}")
    return match


def _node(line: str) -> Node:
    # The reason may hold anything, the look of other fields too, and ends with who gave it and when.
    facts, _, why = line.partition(" Reason=")
    fields = dict(_NODE.findall(facts))
    if not {"NodeName", "State"} <= fields.keys():
        raise SlurmError(f"scontrol's answer is not as this release knows it: {line[:120]!r}")
    state, *flags = fields["State"].split("+")
    reason = re.sub(r" \[[^\]\s]+@[^\]]*\].*", "", why).strip()
    partition = fields.get("Partitions", "").split(",")[0]
    # A star marks a node that does not respond, next to the flag that says so.
    return Node(fields["NodeName"], state.rstrip("*"), frozenset(flags), partition, reason or None)


def _job(match: re.Match[str]) -> Job:
    nodes = "" if match[7] == "(null)" else match[7]
    return Job(int(match[1]), match[2], match[3], match[4], int(match[5]), nodes, int(match[6]))


def _batches(names: Iterable[str]) -> list[list[str]]:
    """Nothing at all for no names: Slurm takes an empty list as "all" or as a mistake."""
    known = list(names)
    return [known[start : start + MOST_NAMES] for start in range(0, len(known), MOST_NAMES)]


def _plain(reason: str) -> str:
    """One line, of characters that a command's argument can hold."""
    words = " ".join("".join(one if one.isprintable() else " " for one in reason).split())
    return words if len(words) <= LONGEST_REASON else words[: LONGEST_REASON - 1] + "…"
