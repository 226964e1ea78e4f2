"""Why an update failed, where the cloud's own words say it to those who know them: cause and next step of each error.

Pulumi shows errors on the terminal among its progress, so they are read from the log of events that it writes for its
own Automation API (https://www.pulumi.com/docs/iac/automation-api/); the flag is hidden without PULUMI_DEBUG_COMMANDS.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from clusterwright.causes import explain

FLAG = "--event-log"
SHOWN = {"PULUMI_DEBUG_COMMANDS": "true"}
"""What a program needs in its environment for Pulumi to know the flag."""


def explained(events: Path, provider: str, stack: str) -> list[str]:
    """A message for each cause among an update's errors, with the first resource that met it.

    None for a log that is not there: the update has not begun.
    """
    found: dict[str, str] = {}
    for resource, said in _errors(events):
        cause = explain(provider, said)
        if cause is not None:
            found.setdefault(
                cause.name, f"error: {resource}: {cause.cause}\n  hint: {cause.step_for(stack)}\n  see: {cause.source}"
            )
    return list(found.values())


def _errors(events: Path) -> Iterator[tuple[str, str]]:
    """Resource and words of each error; its last line may be cut where Pulumi was killed."""
    text = events.read_text(encoding="utf-8", errors="replace") if events.is_file() else ""
    for line in text.rpartition("\n")[0].splitlines():
        told = json.loads(line).get("diagnosticEvent")
        if told and told.get("severity") == "error":
            yield told.get("urn", "").rpartition("::")[2] or "the stack", told.get("message", "")
