"""A group: a desired set of named nodes, and the few operations that an Auto Scaling group or a MIG has too.

`list` and `size` say what is there, `grow` starts named nodes, `end` ends them. All may be repeated and may be called
by several processes at once: a lock file of the group lets one at a time change it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from components.local.runtime import files, node
from components.local.runtime.node import Node, Record, State


@dataclass(frozen=True)
class NodeStatus:
    """One node as the machine shows it; generation counts its starts, and is 0 for one that never was started."""

    name: str
    state: State
    generation: int
    token: str
    is_current: bool


@dataclass(frozen=True)
class Group:
    """What the group is to be. `folder` is the cluster's; `known_tokens` are the tokens by node name that were last
    seen: with them a node is found even when its folder was removed by hand."""

    cluster: str
    name: str
    role: str
    node_names: Sequence[str]
    folder: Path
    bucket: Path
    user_data: str
    known_tokens: Mapping[str, str] = field(default_factory=dict)

    def list(self) -> Sequence[NodeStatus]:
        """Every node that is wanted or is there, the wanted ones first and in their order."""
        return [self._status(name) for name in dict.fromkeys([*self.node_names, *self._present()])]

    def size(self) -> int:
        """How many nodes run."""
        return sum(status.state == "running" for status in self.list())

    def grow(self, names: Iterable[str]) -> None:
        """Start those of `names` that do not run what they are to run, one after the other.

        What is left of a dead node's processes is ended first. The node keeps its name and its folder.
        """
        with self._locked():
            for name in names:
                status = self._status(name)
                if status.state == "running" and status.is_current:
                    continue
                node.stop(self._tokens([name]))
                node.start(self._node(name), status.generation + 1)

    def end(self, names: Iterable[str]) -> None:
        """End `names`, all at once so that their workers stop together, and remove what only they needed."""
        with self._locked():
            self._end(names)

    def converge(self) -> None:
        """Make the machine hold exactly the wanted nodes."""
        if surplus := [name for name in self._present() if name not in self.node_names]:
            self.end(surplus)
        self.grow(self.node_names)

    def remove(self) -> None:
        """End every node and leave nothing of the group."""
        with self._locked():
            self._end(dict.fromkeys([*self.node_names, *self._present(), *self.known_tokens]))
            with suppress(OSError):  # another group's nodes are still there, or it never was
                self._nodes.rmdir()
            self._lock.unlink()
            with suppress(OSError):  # the bucket is still there
                self.folder.rmdir()

    @property
    def _nodes(self) -> Path:
        return self.folder / "nodes"

    @property
    def _lock(self) -> Path:
        return self.folder / f".group-{self.name}.lock"

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with files.locked(self._lock):
            yield

    def _report(self, name: str) -> Path:
        return self.bucket / "reports" / f"{name}.json"

    def _node(self, name: str) -> Node:
        return Node(
            cluster=self.cluster,
            group=self.name,
            role=self.role,
            name=name,
            folder=self._nodes / name,
            bucket=self.bucket,
            user_data=self.user_data,
        )

    def _present(self) -> Sequence[str]:
        """The nodes of this group that have a folder."""
        if not self._nodes.is_dir():
            return []
        records = {path.name: Record.read(path) for path in sorted(self._nodes.iterdir())}
        return [name for name, record in records.items() if record and record.group == self.name]

    def _status(self, name: str) -> NodeStatus:
        wanted = self._node(name)
        record = Record.read(wanted.folder)
        if record is None:
            return NodeStatus(name, "dead", 0, self.known_tokens.get(name, ""), False)
        current = wanted.is_current() and record.is_controllable()
        return NodeStatus(name, record.state(self._report(name)), record.generation, record.token, current)

    def _tokens(self, names: Iterable[str]) -> set[str]:
        """Every token that a process of these nodes may carry."""
        tokens = set()
        for name in names:
            tokens |= node.tokens_of([Record.read(self._nodes / name)])
            if known := self.known_tokens.get(name):
                tokens.add(known)
        return tokens

    def _end(self, names: Iterable[str]) -> None:
        names = list(names)
        node.stop(self._tokens(names))
        for name in names:
            files.remove_tree(self._nodes / name)
            self._report(name).unlink(missing_ok=True)
