"""Asks the head of a Slurm cluster to run a user's own command, with a folder of their own code if they like."""

from __future__ import annotations

import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from clusterwright.bootstrap.source import pack_source
from clusterwright.bucket import Bucket
from clusterwright.errors import ClusterwrightError
from clusterwright.live.reading import Reader
from clusterwright.live.records import Facts, GroupFacts, Launch
from clusterwright.live.rerun import ask, deployed, refuse_beside, taken
from clusterwright.live.runs import next_run
from clusterwright.live.text import command as typed
from clusterwright.live.text import some
from clusterwright.plan.model import job_id

PHASE = "command"
"""The one phase of a run that is a user's command."""
MOST_WORDS, LONGEST_WORD = 100, 500
"""The same limits as those of a spec's `job.command`."""
SOURCE_LIMIT = 64 * 2**20
"""Bytes of code. It is sent once a run, so it may be more than that of the spec's job."""


def request_submit(
    bucket: Bucket,
    name: str,
    words: Sequence[str],
    *,
    source: Path | None = None,
    nodes: int | None = None,
    group: str | None = None,
    label: str | None = None,
    now: float | None = None,
) -> str:
    """Send the code, then the request, and return the run's name.

    The job is named by the SHA-256 of the command, the code and where it runs: the same again is the job's next run.
    Raises ClusterwrightError for what the cluster can't run, RunRefused while the very same job is going.
    """
    now = time.time() if now is None else now
    reader = Reader(bucket)
    digest, bundle = deployed(reader, name)
    if bundle.facts is None:
        raise ClusterwrightError(
            f"error: {name} has no scheduler, so nothing can be submitted to it\n"
            "  why: the head of a cluster of processes runs the spec's job, one run after the other\n"
            f"  hint: run the spec's job again: {typed(f'rerun {name}')}; your own code runs on a cluster with Slurm, "
            "for example `runtime: machine` on this machine"
        )
    _check(words, name)
    _check_program(words, source, name)
    chosen = _group(name, bundle.facts, group, bundle.launch)
    wanted = _nodes(chosen, nodes)
    code = None if source is None else pack_source(source, SOURCE_LIMIT)
    launch: dict[str, Any] = {
        "group": chosen.name,
        "nodes": wanted,
        "processes_per_node": chosen.processes_per_node,
        "threads_per_process": chosen.threads_per_process,
        "phases": [PHASE],
        "command": list(words),
        "source": code is not None,
        "deadline_s": bundle.facts.budget.deadline_s,
    }
    job = job_id({"launch": launch, "source": code and code.digest})
    refuse_beside(reader, name, job, now)
    run = next_run(bucket, job)
    # Created and never replaced: what a user may do is to add to jobs/, so nobody changes the code of another's run.
    if code is not None and not bucket.create(f"jobs/{run}/source.tar.gz", code.data):
        raise taken(name, run)
    request = {
        "bundle": digest,
        "requested": now,
        "launch": {"job_id": job, **launch},
        "source": code is not None,
        "job": None,
        "label": label,
    }
    return ask(bucket, name, run, request)


def _check(words: Sequence[str], name: str) -> None:
    example = typed(f"submit {name} --source DIR -- train.py --steps 100")
    if not words:
        raise ClusterwrightError(
            "error: there is no command to run\n"
            "  why: what is submitted is a program of your own, named behind two dashes\n"
            f"  hint: {example}; to run the spec's job again: {typed(f'rerun {name}')}"
        )
    wrong = next((word for word in words if not word or len(word) > LONGEST_WORD or not word.isprintable()), None)
    if wrong is None and len(words) <= MOST_WORDS:
        return
    what = f"{len(words)} words" if wrong is None else f"the word {wrong[:40]!r}"
    raise ClusterwrightError(
        f"error: the command can't be sent: {what}\n"
        f"  why: a command is at most {MOST_WORDS} words of at most {LONGEST_WORD} characters, without line breaks\n"
        f"  hint: put what is longer into a file of your code: {example}"
    )


def _check_program(words: Sequence[str], source: Path | None, name: str) -> None:
    """Refuse a program that nodes will not have: a file that is not in the code, told now and not when its turn comes.

    A word with neither .py nor a slash is looked up in the nodes' path, and an absolute one is a file of theirs.
    """
    program, rest = words[0], shlex.join(words[1:])
    if program.startswith("/") or not (program.endswith(".py") or "/" in program):
        return
    if source is None:
        raise ClusterwrightError(
            f"error: nodes do not have {program}\n"
            "  why: without --source no code is sent, and nodes have none of yours\n"
            f"  hint: name its folder: {typed(f'submit {name} --source DIR -- {program} {rest}'.rstrip())}"
        )
    if not source.is_dir():  # packing says so
        return
    file = (source / program).resolve()
    if file.is_file() and file.is_relative_to(source.resolve()):
        return
    there = sorted(path.name for path in source.glob("*.py"))
    raise ClusterwrightError(
        f"error: {source} has no file {program}\n"
        f"  why: the command starts in that folder, as it is sent; its programs: {some(there) or 'none'}\n"
        "  hint: name the program as seen from that folder"
    )


def _group(name: str, facts: Facts, group: str | None, launch: Launch | None) -> GroupFacts:
    wanted = group or (launch.group if launch else facts.groups[0].name)
    found = facts.group(wanted)
    if found is None:
        raise ClusterwrightError(
            f"error: {name} has no group {wanted}\n"
            f"  why: its groups are {some([one.name for one in facts.groups])}\n"
            "  hint: name one of them with --group"
        )
    return found


def _nodes(group: GroupFacts, nodes: int | None) -> int:
    wanted = 1 if nodes is None else nodes
    if wanted > group.max:
        raise ClusterwrightError(
            f"error: {wanted} nodes of group {group.name} are more than there can be\n"
            f"  why: it has at most {group.max}\n"
            f"  hint: ask for {group.max} or fewer; the spec's `groups` say how many there may be"
        )
    return wanted
