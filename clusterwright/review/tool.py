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
from clusterwright.review.sides import Side
from clusterwright.spec.findings import SpecError
from clusterwright.spec.load import load_spec

PARTS = ("clusterwright", "components", "templates", "training")
"""The folders whose change may change what a spec becomes."""
SECONDS = 60
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
    the same on both sides. None where it did not change, or where the sides are no revisions of one repository.

    The base's code plans them in a process of its own. It is code that was merged; the head's is what runs already.
    """
    if before.commit is None:
        return None
    repository = Repository.around(project)
    place = PurePosixPath(project.relative_to(repository.top).as_posix())
    changed = [path for path in repository.changed(before.commit, after.commit) if _part(path, place)]
    if not changed:
        return None
    parts = Counter(part for path in changed if (part := _part(path, place)))
    plans, silent = _plans(repository, before.commit, place, specs)
    return ToolChange(dict(sorted(parts.items())), plans, silent)


def _part(path: PurePosixPath, place: PurePosixPath) -> str | None:
    """The part of the tool that a file is of: clusterwright/catalog, components/aws."""
    if not path.is_relative_to(place):
        return None
    inner = path.relative_to(place).parts
    return "/".join(inner[: min(2, len(inner) - 1)]) if inner[0] in PARTS else None


def _plans(
    repository: Repository, commit: str, place: PurePosixPath, specs: Sequence[Path]
) -> tuple[dict[str, tuple[Decided, ...]], tuple[str, ...]]:
    if not specs:
        return {}, ("no spec is the same on both sides, so what the tool's own change does can't be told apart",)
    with TemporaryDirectory(prefix="clusterwright-tool-") as scratch:
        repository.write(repository.files(commit, place / "clusterwright"), Path(scratch))
        answer = _asked(Path(scratch) / place, specs)
    if isinstance(answer, str):
        return {}, (f"what the tool's change does to the plans of other specs: {answer}",)
    plans: dict[str, tuple[Decided, ...]] = {}
    for spec, was in zip(specs, answer, strict=True):
        if found := tuple(_differences(was, _planned(spec))):
            more = Decided(f"and {len(found) - MOST} more", None, None, "")
            plans[spec.stem] = found if len(found) <= MOST else (*found[:MOST], more)
    return plans, ()


def _asked(code: Path, specs: Sequence[Path]) -> list[dict[str, Any]] | str:
    """The plans that the code in the folder `code` makes, or why there are none."""
    files = [str(spec.resolve()) for spec in specs]
    try:
        done = subprocess.run(
            [sys.executable, "-c", _PLANS, *files],
            cwd=code,
            env=os.environ | {"PYTHONPATH": str(code), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        plans = [json.loads(line) for line in done.stdout.splitlines()]
    except subprocess.TimeoutExpired:
        return f"the base's code took more than {SECONDS} s"
    except json.JSONDecodeError:
        return "the base's code did not say its plans"
    if done.returncode or len(plans) != len(specs):
        return f"the base's code ended with {done.returncode}: {(done.stderr.strip().splitlines() or ['silence'])[-1]}"
    return plans


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
        yield Decided(path, _text(was), _text(now), "the tool plans it so now")


def _named(value: Any) -> Any:
    if not isinstance(value, list):
        return value
    names = [str(one.get("name") or one.get("path")) if isinstance(one, dict) else None for one in value]
    if None in names or len(set(names)) != len(names) or "None" in names:
        return value
    return {f"[{name}]": one for name, one in zip(names, value, strict=True)}


def _text(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else json.dumps(value, sort_keys=True)
