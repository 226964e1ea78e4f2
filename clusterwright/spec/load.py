"""Reads a spec file: text to data to models; every mistake in it becomes a finding with its place in the file."""

import difflib
import pathlib
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import ValidationError

from clusterwright.spec.base import BASE_FILE, SpecModel
from clusterwright.spec.cluster import ClusterSpec
from clusterwright.spec.describe import describe
from clusterwright.spec.findings import Finding, Location, Path, SpecError
from clusterwright.spec.lock import Lock
from clusterwright.spec.source import Source, Unreadable, after, compose

Model = TypeVar("Model", bound=SpecModel)

MOST_BYTES = 256 * 1024
BASE_WHY = "`extends` names a file in the spec's own folder that holds what several specs share"


@dataclass(frozen=True)
class Loaded:
    """A spec, the file it came from, which knows the line and column of every part, and its lock, if there is one.

    `source` is None for a spec that was made in Python.
    """

    spec: ClusterSpec
    source: Source | None = None
    lock: Lock | None = None

    def locate(self, finding: Finding) -> Finding:
        """The finding with its place in the file."""
        return replace(finding, location=self.source.locate(finding.path)) if self.source else finding


def specs_in(folder: pathlib.Path) -> list[pathlib.Path]:
    """The specs in a folder, sorted: its files NAME.yaml but locks (NAME.lock.yaml) and bases (_NAME.yaml)."""
    files = sorted(folder.glob("*.yaml"))
    return [file for file in files if not file.name.startswith("_") and not file.name.endswith(".lock.yaml")]


def load_spec(path: pathlib.Path) -> Loaded:
    """The spec in the file at `path`, with the lock beside it: NAME.lock.yaml for NAME.yaml.

    Raises SpecError with every mistake in the files: one can't be read, is not YAML, or is not a spec or a lock. What
    needs the catalog, or more than one section, to be seen is found by the rules.
    """
    loaded = parse_spec(read(path), str(path))
    beside = path.with_name(f"{path.stem}.lock.yaml")
    if loaded.spec.provider == "local" or not (beside.exists() or beside.is_symlink()):
        return loaded
    return replace(loaded, lock=parse_lock(read(beside), str(beside)))


def parse_spec(text: str, file: str = "spec.yaml") -> Loaded:
    """The spec in `text`; `file` is what messages call it, and a base is looked for beside it.

    Raises SpecError as load_spec does.
    """
    source = Source(file, text)
    data, findings = _compose(source)
    if isinstance(data, Mapping) and isinstance(base := data.get("extends"), str) and BASE_FILE.fullmatch(base):
        data, more = extend(data, source, base)
        findings += more
    return Loaded(_validated(ClusterSpec, data, findings, source), source)


def extend(data: Mapping[str, Any], source: Source, base: str) -> tuple[Mapping[str, Any], list[Finding]]:
    """`data` over what the file `base` holds, with the findings in that file.

    Mappings are merged key by key, at every depth. Everything else replaces what the base says: a list too, as a whole.
    A base extends nothing itself. Raises SpecError for a base that can't be read.
    """
    path = pathlib.Path(source.file).parent / base
    if path == pathlib.Path(source.file):
        what, hint = "a spec can't build on itself", "remove it, or name the file that holds what several specs share"
        where = source.locate(("extends",))
        raise SpecError([Finding("CW-SPEC-012", what, BASE_WHY, hint, ("extends",), location=where)])
    if not path.exists():
        near = _nearest_file(path)
        hint = f"did you mean `extends: {near.name}`?" if near else "write the name of a file in the same folder"
        where = source.locate(("extends",))
        raise SpecError(
            [Finding("CW-SPEC-012", f"there is no file {path}", BASE_WHY, hint, ("extends",), location=where)]
        )
    source.base = Source(str(path), read(path))
    below, findings = _compose(source.base)
    if not isinstance(below, Mapping):
        where = source.base.location(0, 0)
        what, hint = "this base is no mapping", "write it as a spec, with only the keys that specs share"
        raise SpecError([*findings, Finding("CW-SPEC-012", what, BASE_WHY, hint, location=where)])
    if "extends" in below:
        where = source.base.locate(("extends",), at_key=True)
        what, why = "a base can't extend another file", "one level can be read at a glance, a chain can't"
        findings.append(
            Finding("CW-SPEC-012", what, why, "write here what that file holds", ("extends",), location=where)
        )
    return _merged(below, data, (), source.base), findings


def _merged(below: Mapping[str, Any], above: Mapping[str, Any], path: Path, base: Source) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        if isinstance(value, Mapping) and isinstance(below.get(key), Mapping):
            merged[key] = _merged(below[key], value, (*path, key), base)
        else:
            base.forget((*path, key))
            merged[key] = value
    return merged


def _compose(source: Source) -> tuple[Any, list[Finding]]:
    try:
        return compose(source)
    except Unreadable as error:
        raise SpecError([error.finding]) from error


def parse_lock(text: str, file: str = "spec.lock.yaml") -> Lock:
    """The lock in `text`. Raises SpecError as parse_spec does."""
    source = Source(file, text)
    try:
        return _validated(Lock, *_compose(source), source)
    except SpecError as error:
        anew = f"or have it written anew: rm {shlex.quote(file)}, then `clusterwright lock NAME`"
        raise SpecError(replace(finding, hint=f"{finding.hint}; {anew}") for finding in error.findings) from error


def _validated(model: type[Model], data: Any, findings: list[Finding], source: Source) -> Model:
    """`data` as a `model`. Raises SpecError with what is wrong with it, and with the `findings` that there are."""
    try:
        valid = model.model_validate(data)
    except ValidationError as error:
        raise SpecError(in_order([*findings, *describe(error, model, data, source)])) from error
    if findings:
        raise SpecError(in_order(findings))
    return valid


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Located findings in the order of the file, each once."""
    unique = {(finding.location, finding.code, finding.what): finding for finding in findings}
    return sorted(unique.values(), key=_place)


def _place(finding: Finding) -> tuple[int, int, str]:
    where = finding.location or Location("")
    return where.line, where.column, finding.code


def read(path: pathlib.Path) -> str:
    """The text of a spec file. Raises SpecError for one that is missing, no file, too large or not UTF-8."""
    try:
        if path.is_fifo():  # opening it would wait for a writer
            raise OSError("it is a pipe")
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError as error:
        near = _nearest_file(path)
        hint = f"did you mean {near}?" if near else "check the path; specs are stacks/<name>.yaml"
        raise _unreadable(
            path, "there is no such file", "nothing is known about a cluster without its spec", hint
        ) from error
    except IsADirectoryError as error:
        why = "a spec is one YAML file"
        raise _unreadable(path, "this is a folder", why, f"give a file: {path / 'NAME.yaml'}") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        what = f"the file can't be read: {getattr(error, 'strerror', None) or error}"
        raise _unreadable(path, what, "the operating system refused", "check the path and its permissions") from error
    if len(data) > MOST_BYTES:
        what = f"the file is larger than {MOST_BYTES // 1024} KiB"
        raise _unreadable(path, what, "a spec is a page or two of text", "check that this is the file you mean")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8-sig")
        line, column = after(before)
        location = Location(str(path), line + 1, column + 1)
        raise _unreadable(
            path,
            f"byte 0x{data[error.start]:02x} is not UTF-8 text",
            "specs are UTF-8, as YAML files are by default",
            "save the file as UTF-8",
            location,
        ) from error


def _nearest_file(path: pathlib.Path) -> pathlib.Path | None:
    try:
        names = [entry.stem for entry in path.parent.iterdir() if entry.suffix == ".yaml" and entry.exists()]
    except OSError:
        return None
    near = difflib.get_close_matches(path.stem, names, n=1)
    return path.parent / f"{near[0]}.yaml" if near else None


def _unreadable(path: pathlib.Path, what: str, why: str, hint: str, location: Location | None = None) -> SpecError:
    return SpecError(
        [Finding("CW-SPEC-001", what, why, hint, location=location or Location(str(path)), readable=False)]
    )
