"""A change of the tool itself: what the plans of specs that nobody changed become by it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from clusterwright.plan import plan_cluster
from clusterwright.plan.model import ClusterPlan
from clusterwright.review.git import Repository
from clusterwright.review.model import Decided, ToolChange
from clusterwright.review.sides import STACKS, Side
from clusterwright.spec.base import printable
from clusterwright.spec.findings import SpecError
from clusterwright.spec.load import load_spec

PARTS = ("clusterwright", "components", "templates", "training")
"""The folders whose change may change what a spec becomes."""
SECONDS = 60
LARGEST = 2**26
"""Bytes of a file of the tool; its catalogs have less than a tenth of that."""
CODE = Path(__file__).resolve().parents[2]
"""The folder of the code that runs here."""
MOST = 40
"""Values that are named for each plan; the others are counted."""

_PLANS = """
import json, pathlib, sys
from clusterwright.plan import plan_cluster
from clusterwright.spec.load import load_spec
for file in sys.argv[1:]:
    try:
        plan = plan_cluster(load_spec(pathlib.Path(file))).model_dump(mode="json")
    except Exception as error:
        plan = {"error": str(error).splitlines()[0]}
    print(json.dumps(plan))
"""


def tool_change(before: Side, after: Side, project: Path, specs: Sequence[Path]) -> ToolChange | None:
    """What changed of the tool between a revision and another, or the files here, and the plans of `specs`, which are
    the same on both sides. None where it did not change, where the sides are no revisions of one repository, and where
    that holds specs but not the tool.

    The base's code plans them in a process of its own, and only if it was merged. The head's is what runs already:
    of a head that is not checked out no code is run, as anybody may have written it.
    """
    project = project.resolve()
    if before.commit is None or (after.commit is None and after.folder != project / STACKS):
        return None
    repository = Repository.around(project)
    place = PurePosixPath(project.relative_to(repository.top).as_posix())
    if not repository.files(before.commit, place / "clusterwright" / "plan"):
        return None
    parts = _parts(repository, before.commit, after.commit, place)
    if not parts:
        return None
    if not specs:
        return _silent(parts, "no spec is the same on both sides")
    if not CODE.samefile(project) or (after.commit and _parts(repository, after.commit, None, place)):
        return _silent(parts, "what runs here is not the head's code; check it out")
    if not repository.is_merged(before.commit):
        return _silent(parts, "the base was never merged, and no code of others is run")
    plans = _plans(repository, before.commit, place, specs)
    return _silent(parts, plans) if isinstance(plans, str) else _compared(parts, specs, plans)


def _silent(parts: dict[str, int], why: str) -> ToolChange:
    return ToolChange(parts, {}, (f"what the tool's change does to the plans of specs that nobody changed: {why}",))


def _parts(repository: Repository, base: str, head: str | None, place: PurePosixPath) -> dict[str, int]:
    """How many files differ of each part of the tool."""
    found = Counter(part for path in repository.changed(base, head) if (part := _part(path, place)))
    return dict(sorted(found.items()))


def _part(path: PurePosixPath, place: PurePosixPath) -> str | None:
    """The part of the tool that a file is of: clusterwright/catalog, components/aws."""
    if not path.is_relative_to(place):
        return None
    inner = path.relative_to(place).parts
    return "/".join(inner[: min(2, len(inner) - 1)]) if inner[0] in PARTS else None


def _compared(parts: dict[str, int], specs: Sequence[Path], plans: list[dict[str, Any]]) -> ToolChange:
    found: dict[str, tuple[Decided, ...]] = {}
    silent: list[str] = []
    for spec, was in zip(specs, plans, strict=True):
        name, differences = printable(spec.stem), tuple(_differences(was, _planned(spec)))
        if differences:
            found[name] = differences[:MOST]
        if len(differences) > MOST:
            silent.append(f"{len(differences) - MOST} more values of the plan of {name}")
    return ToolChange(parts, found, tuple(silent))


def _plans(
    repository: Repository, commit: str, place: PurePosixPath, specs: Sequence[Path]
) -> list[dict[str, Any]] | str:
    with TemporaryDirectory(prefix="clusterwright-tool-") as scratch:
        repository.write(repository.files(commit, place / "clusterwright"), Path(scratch), LARGEST)
        return _asked(Path(scratch) / place, specs)


def _asked(code: Path, specs: Sequence[Path]) -> list[dict[str, Any]] | str:
    """The plans that the code in the folder `code` makes, or why there are none."""
    files = [str(spec.resolve()) for spec in specs]
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PLANS, *files],
            cwd=code,
            env=os.environ | {"PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return f"the base's code took more than {SECONDS} s"
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return f"the base's code ended with {done.returncode}: {printable(said)}"
    try:
        plans = [json.loads(line) for line in done.stdout.splitlines()]
    except json.JSONDecodeError:
        plans = []
    return plans if len(plans) == len(specs) else "the base's code did not say its plans"


def _planned(spec: Path) -> dict[str, Any]:
    try:
        plan: ClusterPlan = plan_cluster(load_spec(spec))
    except SpecError as error:
        return {"error": str(error).splitlines()[0]}
    return plan.model_dump(mode="json")


def _differences(was: Any, now: Any, path: str = "") -> Iterator[Decided]:
    """Where two plans differ; members of lists are known by their names, where they have some."""
    if was == now:
        return
    was, now = _named(was), _named(now)
    if isinstance(was, dict) and isinstance(now, dict):
        for key in {**was, **now}:
            inner = key if key.startswith("[") or not path else f".{key}"
            yield from _differences(was.get(key), now.get(key), f"{path}{inner}")
    else:
        yield Decided(printable(path), _text(was), _text(now), "the tool plans it so now")


def _named(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    names = [str(one.get("name") or one.get("path")) if isinstance(one, dict) else None for one in value]
    if None in names or len(set(names)) != len(names) or "None" in names:
        return value
    return {f"[{name}]": one for name, one in zip(names, value, strict=True)}


def _text(value: Any) -> str | None:
    if value is None:
        return None
    return printable(value) if isinstance(value, str) else json.dumps(value, sort_keys=True)
