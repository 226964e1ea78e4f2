"""Findings as programs read them: JSON, SARIF 2.1.0 for code scanning, and workflow commands for annotations."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from clusterwright.rules import rules
from clusterwright.spec.findings import Finding, Location, dotted

SARIF_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
READING = "The spec is not well formed: it can't be read, or a key or value is not one that a spec has"


def as_json(findings: Iterable[Finding]) -> str:
    """One object; `findings` in the order given. `path` is the place in the spec, `location` the one in its file."""
    listed = [{**asdict(finding), "path": dotted(finding.path)} for finding in findings]
    return _text({"schema": 1, "findings": listed})


def as_sarif(findings: Iterable[Finding]) -> str:
    """A SARIF log with one run (OASIS, Static Analysis Results Interchange Format 2.1.0)."""
    return _text(sarif_log(findings))


def sarif_log(findings: Iterable[Finding], also: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The log as data, a result for each finding in the order given; `also` describes codes that are no rule's."""
    findings = tuple(findings)
    whys = {**{rule.code: rule.why for rule in rules()}, **(also or {})}
    codes = sorted({finding.code for finding in findings})
    driver = {
        "name": "clusterwright",
        "semanticVersion": version("clusterwright"),
        "rules": [{"id": code, "fullDescription": {"text": whys.get(code, READING)}} for code in codes],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, codes.index(finding.code)) for finding in findings],
    }
    return {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}


def as_github(findings: Iterable[Finding]) -> str:
    """Workflow commands, one line a finding, that GitHub shows beside the changed line of a pull request."""
    return "".join(f"{_command(finding)}\n" for finding in findings)


def _result(finding: Finding, index: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.code,
        "ruleIndex": index,
        "level": finding.severity,
        "message": {"text": _message(finding)},
    }
    if where := finding.location:
        region = {
            "startLine": where.line,
            "startColumn": where.column,
            "endColumn": where.column + where.width,
        }
        file = PurePath(where.file)
        artifact = {"uri": file.as_uri() if file.is_absolute() else quote(os.fsencode(file.as_posix()))}
        result["locations"] = [{"physicalLocation": {"artifactLocation": artifact, "region": region}}]
    return result


def _command(finding: Finding) -> str:
    """`::error file=…::message`, escaped as GitHub's toolkit does (actions/toolkit, packages/core/src/command.ts)."""
    where = finding.location or Location("")
    place = {
        "file": where.file,
        "line": where.line,
        "col": where.column,
        "endColumn": where.column + where.width,
        "title": finding.code,
    }
    properties = ",".join(f"{key}={_escaped(str(value), ':,')}" for key, value in place.items())
    command = "notice" if finding.severity == "note" else finding.severity
    return f"::{command} {properties}::{_escaped(_message(finding))}"


def _message(finding: Finding) -> str:
    return f"{finding.what}\nwhy: {finding.why}\nhint: {finding.hint}"


def _escaped(text: str, more: str = "") -> str:
    return "".join(f"%{ord(character):02X}" if character in "%\r\n" + more else character for character in text)


def _text(data: Any) -> str:
    return json.dumps(data, indent=2) + "\n"


FORMATS = {"json": as_json, "sarif": as_sarif, "github": as_github}
