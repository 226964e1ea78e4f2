"""Reads a bucket's files, written by others while we look: what is missing is None, what is broken is said."""

from __future__ import annotations

import io
import json
import tarfile
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar

from pydantic import ValidationError

from clusterwright.live.records import Job, Launch, Metric, Record
from clusterwright.live.storage import Storage

R = TypeVar("R", bound=Record)


@dataclass
class Reader:
    """Reads records of one bucket and collects what is wrong with them in `problems`, one sentence each."""

    storage: Storage
    problems: list[str] = field(default_factory=list)

    def broken(self, key: str, why: str) -> None:
        self.problems.append(f"{key}: {why}")

    def text(self, key: str) -> str | None:
        try:
            return self.storage.read_text(key).strip()
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            self.broken(key, f"can't be read: {_reason(error)}")
            return None

    def record(self, key: str, model: type[R]) -> R | None:
        """A JSON file as a record. Writers rename whole files into place, so half a file is a broken one."""
        text = self.text(key)
        if text is None:
            return None
        try:
            return model.model_validate(json.loads(text))
        except ValueError as error:
            self.broken(key, _reason(error))
            return None

    def metrics(self, key: str, last: int | None = None) -> tuple[Metric, ...]:
        """The lines of a JSONL file; with `last`, those within that many bytes of its end.

        The last line may be half written and is left out until it is whole, and so is a first line that `last` cuts.
        """
        try:
            data = self.storage.read_bytes(key, last)
        except FileNotFoundError:
            return ()
        except OSError as error:
            self.broken(key, f"can't be read: {_reason(error)}")
            return ()
        lines = data.split(b"\n")[:-1]
        if last is not None and len(data) >= last:
            lines = lines[1:]
        metrics = []
        bad = 0
        why = ""
        for line in lines:
            if not line.strip():
                continue
            try:
                metrics.append(Metric.model_validate(json.loads(line)))
            except ValueError as error:
                bad += 1
                why = _reason(error)
        if bad:
            self.broken(key, f"{bad} of {len(lines)} lines left out, the last of them: {why}")
        return tuple(metrics)


@dataclass(frozen=True)
class Bundle:
    """What a bundle says of the job: both None when the spec has no job."""

    launch: Launch | None = None
    job: Job | None = None


def read_bundle(reader: Reader, digest: str) -> Bundle | None:
    """The bundle of that digest, or None with the reason among the reader's problems."""
    key = f"control/bundles/{digest}.tar.gz"
    try:
        return _bundle(reader.storage, digest)
    except FileNotFoundError:
        reader.broken(key, "is named by control/current, and is not there")
    except (OSError, EOFError, tarfile.TarError, ValueError) as error:
        reader.broken(key, f"can't be read: {_reason(error)}")
    return None


@lru_cache(maxsize=8)
def _bundle(storage: Storage, digest: str) -> Bundle:
    """Kept in memory: a bundle is named by its content and never changes."""
    data = storage.read_bytes(f"control/bundles/{digest}.tar.gz")
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        files = {
            member.name.removeprefix("./"): file.read()
            for member in archive
            if member.name.removeprefix("./") in ("job/launch.json", "job/job.json")
            and (file := archive.extractfile(member))
        }
    launch, job = files.get("job/launch.json"), files.get("job/job.json")
    return Bundle(
        launch=None if launch is None else Launch.model_validate_json(launch),
        job=None if job is None else Job.model_validate_json(job),
    )


def _reason(error: Exception) -> str:
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return f"{where}: {first['msg']}" if where else first["msg"]
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON ({error.msg}, line {error.lineno})"
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error) or type(error).__name__
