"""Stand-ins for Slurm and for who lends machines: they keep a state and note what was asked of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from clusterwright.node.groups import GroupError, Machine
from clusterwright.node.slurm.commands import Job, Node, Slurm


def node(name: str, state: str = "IDLE", *flags: str, partition: str = "train", reason: str | None = None) -> Node:
    return Node(name, state, frozenset({"CLOUD", *flags}), partition, reason)


def job(id: int, name: str, state: str = "RUNNING", reason: str = "None", **changes: object) -> Job:
    values: dict[str, object] = {"restarts": 0, "nodes": "train-[1-2]", "exit_code": 0, **changes}
    return Job(id, name, state, reason, **values)  # pyright: ignore[reportArgumentType]


class FakeGroup:
    def __init__(self, *machines: str) -> None:
        self.machines = list(machines)
        self.sizes: list[int] = []
        self.outdated: set[str] = set()
        self.refusal: str | None = None
        self.why: str | None = None

    def list(self) -> Sequence[Machine]:
        return [Machine(one, "running", outdated=one in self.outdated) for one in self.machines]

    def grow(self, size: int) -> None:
        self.sizes.append(size)
        if self.refusal:
            raise GroupError(self.refusal)

    def end(self, ids: Collection[str]) -> None:
        self.machines = [one for one in self.machines if one not in ids]

    def reason(self) -> str | None:
        return self.why


class FakeSlurm(Slurm):
    """Answers with the nodes and jobs that it is given; `asked` are the changes, in order."""

    def __init__(self, nodes: Sequence[Node] = (), jobs: Sequence[Job] = ()) -> None:
        super().__init__(self._never)
        self.known_nodes, self.known_jobs = list(nodes), list(jobs)
        self.states = {"train": "UP"}
        self.asked: list[tuple[object, ...]] = []
        self.next_id = 100

    @staticmethod
    def _never(*command: str) -> str:
        raise AssertionError(f"{command} must not be run by a test")

    def nodes(self) -> list[Node]:
        return self.known_nodes

    def jobs(self) -> list[Job]:
        return self.known_jobs

    def partitions(self) -> dict[str, str]:
        return self.states

    def hostnames(self, hostlist: str) -> tuple[str, ...]:
        return ("train-1", "train-2") if hostlist == "train-[1-2]" else (hostlist,)

    def set_nodes(self, names: Collection[str], state: str, reason: str | None = None) -> None:
        if names:
            self.asked.append((state, *names))

    def set_partition(self, name: str, state: str) -> None:
        self.states = {**self.states, name: state}

    def submit(self, arguments: Sequence[str]) -> int:
        self.next_id += 1
        self.asked.append(("submit", self.next_id, *arguments))
        name = next(word.partition("=")[2] for word in arguments if word.startswith("--job-name="))
        reason = "Dependency" if any(word.startswith("--dependency=") for word in arguments) else "Resources"
        self.known_jobs.append(job(self.next_id, name, "PENDING", reason, nodes=""))
        return self.next_id

    def cancel(self, ids: Collection[int]) -> None:
        if ids:
            self.asked.append(("cancel", *ids))

    def ask_to_stop(self, ids: Collection[int]) -> None:
        self.asked.append(("TERM", *ids))

    def start_now(self, job: int) -> None:
        self.asked.append(("start now", job))

    def release(self, job: int) -> None:
        self.asked.append(("release", job))
