"""Follows a cluster until its job has ended: a display on a terminal, timestamped lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.live import Live

from clusterwright.bucket import Bucket
from clusterwright.live import messages, screen
from clusterwright.live.reading import Memory
from clusterwright.live.state import Snapshot, read_snapshot
from clusterwright.live.text import command, make

SAY_AGAIN = 15.0  # s between two progress lines when nothing else happens
SILENT_AFTER = 60.0  # s without a heartbeat from any node before that is said
SILENT_AGAIN = 300.0  # s before it is said again
# s that a job must be unable to start before watching gives up. A node tries again by itself after 30 s, later after
# 60 s: so this ends after the second try.
BLOCKED_FOR = 45.0
INTERRUPTED = 130


class Display(Protocol):
    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def show(self, snapshot: Snapshot) -> None: ...
    def note(self, line: str) -> None:
        """Something to say beside the snapshot."""
        ...


class Screen:
    """Draws over itself; the last picture stays."""

    def __init__(self, console: Console, name: str) -> None:
        self.name = name
        self.notes: tuple[str, ...] = ()
        self.last: Snapshot | None = None
        self.live = Live(console=console, auto_refresh=False, vertical_overflow="ellipsis")

    def __enter__(self) -> Self:
        self.live.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.live.__exit__(kind, error, trace)

    def show(self, snapshot: Snapshot) -> None:
        self.last = snapshot
        self.notes = self.notes if snapshot.silent else ()
        self._draw()

    def note(self, line: str) -> None:
        self.notes = (line,)
        self._draw()

    def _draw(self) -> None:
        if self.last is None:
            self.live.update("\n".join(self.notes), refresh=True)
        else:
            self.live.update(screen.fitting(self.live.console, self.last, self.name, self.notes), refresh=True)


class Lines:
    """A line for each change, and one on progress every SAY_AGAIN seconds."""

    def __init__(self, console: Console, name: str) -> None:
        self.console = console
        self.name = name
        self.before: Snapshot | None = None
        self.said = 0.0
        self.last = ""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return

    def show(self, snapshot: Snapshot) -> None:
        old_advice = messages.advice(self.before, self.name) if self.before else []
        advice = [line for line in messages.advice(snapshot, self.name) if line not in old_advice]
        for line in messages.events(self.before, snapshot, self.name) + advice:
            self._print(line, snapshot.time)
        if snapshot.time - self.said >= SAY_AGAIN:
            line = messages.progress(snapshot)
            if line != self.last:
                self._print(line, snapshot.time)
                self.last = line
        self.before = snapshot

    def note(self, line: str) -> None:
        self._print(line, self.before.time if self.before else time.time())

    def _print(self, line: str, now: float) -> None:
        self.said = now
        stamp = time.strftime("%H:%M:%S", time.localtime(now))
        self.console.print(f"{stamp} {line}", markup=False, highlight=False, soft_wrap=True)


def follow(
    bucket: Bucket,
    name: str,
    display: Display,
    say: Callable[[str], None],
    *,
    until_finished: bool,
    interval: float,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], None] = time.sleep,
) -> int:
    """Watch until interrupted, or with `until_finished` until the job has ended, and return the exit status.

    0: the job has finished (or the spec has none and every node is healthy). 1: it failed, can't start, or its cluster
    was taken down. 130: interrupted; the cluster goes on.
    """
    started = alive = clock()
    said_silent = float("-inf")
    blocked_since: tuple[str, float] | None = None
    memory = Memory()
    unread = None
    try:
        with display:
            while True:
                now = clock()
                try:
                    snapshot = read_snapshot(bucket, now, memory)
                except OSError as error:  # a network that is away comes back; the cluster goes on meanwhile
                    reason = error.strerror or str(error)
                    if reason != unread:
                        display.note(f"the bucket can't be asked: {reason}. Still watching.")
                    unread = reason
                    sleep(interval)
                    continue
                unread = None
                display.show(snapshot)
                if not snapshot.silent:
                    alive = now
                if now - alive >= SILENT_AFTER and now - said_silent >= SILENT_AGAIN:
                    display.note(messages.silence(snapshot, name, now - alive))
                    said_silent = now
                blocked = snapshot.blocked
                if blocked is None or blocked_since is None or blocked_since[0] != blocked:
                    blocked_since = None if blocked is None else (blocked, now)
                given_up = blocked if blocked_since and now - blocked_since[1] >= BLOCKED_FOR else None
                end = _end(snapshot, name, given_up, seen_before=now > started) if until_finished else None
                if end is not None:
                    break
                sleep(interval)
    except KeyboardInterrupt:
        again, stop = command(f"watch {name}"), make("down", name)
        say(f"stopped watching. The cluster goes on; watch again: {again}, stop it: {stop}")
        return INTERRUPTED
    status, last_words = end
    for line in last_words:
        say(line)
    return status


def _end(snapshot: Snapshot, name: str, blocked: str | None, *, seen_before: bool) -> tuple[int, list[str]] | None:
    if not snapshot.deployed and seen_before:
        return 1, [f"the cluster was taken down while its job was watched; to bring it up: {make('up', name)}"]
    return messages.ending(snapshot, name, blocked)
