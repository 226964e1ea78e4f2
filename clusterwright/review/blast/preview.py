"""The effects of a change as the engine itself foresees them: reads what `pulumi preview --json` prints.

That file is untrusted. Of a resource's state only whether it is protected or retained is looked at: no value of an
input or an output, secret or not, is kept or shown, and of a message its severity alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clusterwright.errors import ClusterwrightError, from_system
from clusterwright.plan.model import ClusterPlan
from clusterwright.review.blast.graph import COMPONENTS
from clusterwright.review.blast.resources import Act, Step, effects_of
from clusterwright.review.model import Effect
from clusterwright.spec.base import printable, quoted

MOST_BYTES = 64 * 2**20
"""The largest file that is read: a preview of five hundred resources is a few MB."""
LONGEST = 200
"""Characters of a name or a path that are shown."""

ACTS: Mapping[str, Act | None] = {
    "create": "create",
    "update": "in_place",
    "replace": "replace",
    "create-replacement": "replace",
    "delete-replaced": "replace",
    "delete": "delete",
    **dict.fromkeys(
        ("same", "read", "read-replacement", "refresh", "discard", "discard-replaced", "remove-pending-replace", "diff")
    ),
}
"""What the engine's operations do to a resource; None is nothing
(https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/resource/deploy/step.go)."""
AGAIN = "make it anew: `pulumi preview --json --stack STACK > preview.json`"

Text = Annotated[str, Field(max_length=10_000)]


class _Read(BaseModel):
    """A part of the file: what is not named here is not kept
    (https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/display/json.go)."""

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")


class _State(_Read):
    protect: bool = False
    retainOnDelete: bool = False


class _Difference(_Read):
    kind: Text


class _Step(_Read):
    op: Text
    urn: Annotated[Text, Field(pattern=r"^urn:pulumi:[^:]+::[^:]+::[^ ]+::.+$")]
    oldState: _State | None = None
    diffReasons: list[Text] | None = None
    replaceReasons: list[Text] | None = None
    detailedDiff: dict[Text, _Difference] | None = None


class _Diagnostic(_Read):
    severity: Text = ""


class _Preview(_Read):
    steps: list[_Step]
    diagnostics: list[_Diagnostic] | None = None


def read_preview(path: Path) -> str:
    """The text of the file that a preview was written to.

    Raises ClusterwrightError for a file that can't be read, is too large, or is no UTF-8.
    """
    shown = printable(str(path))
    try:
        if path.stat().st_size > MOST_BYTES:
            raise _refused(shown, f"is larger than {MOST_BYTES // 2**20} MiB", "no preview is", AGAIN)
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise from_system(error) from None
    except UnicodeDecodeError as error:
        why = f"byte {error.start} is none of UTF-8, which the engine writes"
        raise _refused(shown, "is not UTF-8", why, AGAIN) from None


def preview_effects(
    text: str, plans: Sequence[ClusterPlan], file: str = "preview.json", stack: str | None = None
) -> tuple[Effect, ...]:
    """What becomes of each part, basis "preview". `plans` are those of both sides, the running one's first; the rest,
    and what is raised, is as of `preview_steps`."""
    return effects_of(preview_steps(text, file, stack), plans, "preview")


def preview_steps(text: str, file: str = "preview.json", stack: str | None = None) -> tuple[Step, ...]:
    """What the engine would do with each resource; nothing of those that stay as they are. `file` is what messages call
    the text, and `stack` the one that it has to be of.

    Raises ClusterwrightError, with the place, for text that is no preview, is that of another stack, or is of a preview
    that failed and so has not all steps.
    """
    file = printable(file)
    preview = _preview(_json(text, file), file)
    if any(one.severity == "error" for one in preview.diagnostics or ()):
        why = "the engine ended with an error, so steps are missing that nobody would see here"
        raise _refused(f"{file}: diagnostics", "is of a preview that failed", why, "see what `pulumi preview` says")
    found: dict[str, Step] = {}
    for number, one in enumerate(preview.steps):
        step = _step(one, f"{file}: steps[{number}]", stack)
        if step is not None and not step.type.startswith(COMPONENTS):
            before = found.get(one.urn)
            # Of one that is made anew there are up to three steps; the one that says why comes with its paths.
            found[one.urn] = before if before and before.action == "replace" and before.paths else step
    return tuple(found.values())


def _json(text: str, file: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{file}:{error.lineno}:{error.colno}"
        hint = f"{AGAIN}, with PULUMI_ENABLE_STREAMING_JSON_PREVIEW not set and without messages of stderr in it"
        raise _refused(place, "is not JSON", error.msg, hint) from None
    except (RecursionError, ValueError):  # nested deeper, or with a number longer, than Python reads
        why = "it is nested too deep, or a number in it is too long"
        raise _refused(f"{file}:1:1", "is no JSON that can be read", why, AGAIN) from None


def _preview(data: Any, file: str) -> _Preview:
    try:
        return _Preview.model_validate(data)
    except ValidationError as error:
        # Without pydantic's own words: they quote the value.
        detail = error.errors(include_input=False, include_url=False, include_context=False)[0]
        path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"]).lstrip(".")
        place = f"{file}: {_shown(path) or 'top level'}"
        raise _refused(place, "is not what the engine prints", detail["type"].replace("_", " "), AGAIN) from None


def _step(one: _Step, place: str, stack: str | None) -> Step | None:
    of, _, kinds, name = one.urn.removeprefix("urn:pulumi:").split("::", 3)
    if stack is not None and of != stack:
        why = f"its resources are of stack {quoted(of)}, and not of {quoted(stack)}"
        raise _refused(f"{place}.urn", "is of another stack", why, f"`pulumi preview --json --stack {stack}`")
    if one.op not in ACTS:
        why = f"the operation {quoted(one.op)} is not known here, and what it does would not be seen"
        raise _refused(f"{place}.op", "is of a newer engine", why, "use the engine that `make setup` gets")
    act = ACTS[one.op]
    if act is None:
        return None
    details = one.detailedDiff or {}
    forced = {path for path, detail in details.items() if detail.kind.endswith("-replace")} | {
        *(one.replaceReasons or ())
    }
    state = one.oldState or _State()
    return Step(
        type=_shown(kinds.rpartition("$")[2]),
        name=_shown(name),
        action=act,
        paths=tuple(map(_shown, sorted(details) or one.diffReasons or ())),
        forced=tuple(map(_shown, sorted(forced) or one.replaceReasons or ())),
        protect=state.protect,
        retain=state.retainOnDelete,
    )


def _shown(text: str) -> str:
    return printable(text[:LONGEST])


def _refused(place: str, what: str, why: str, hint: str) -> ClusterwrightError:
    return ClusterwrightError(f"error: {place} {what}\n  why: {why}\n  hint: {hint}")
