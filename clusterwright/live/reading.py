"""Reads a bucket's files, written by others while we look: what is missing is None, what is broken is said."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pydantic import ValidationError

from clusterwright.bucket import Bucket
from clusterwright.live.records import Facts, Job, Launch, Metric, Record

if TYPE_CHECKING:
    from clusterwright.live.runs import RunLine

R = TypeVar("R", bound=Record)


AT_ONCE = 8  # reads under way together: an object store answers each after tens of milliseconds


@dataclass(frozen=True)
class Bundle:
    """What a bundle says of the job and of the cluster: no job when the spec has none, facts of machines alone."""

    launch: Launch | None = None
    job: Job | None = None
    facts: Facts | None = None


@dataclass
class Memory:
    """What never changes again, kept between two looks: bundles by digest, and runs that have ended by name."""

    bundles: dict[str, Bundle] = field(default_factory=dict)
    ended: dict[str, RunLine] = field(default_factory=dict)


@dataclass
class Reader:
    """Reads records of one bucket and collects what is wrong with them in `problems`, one sentence each."""

    bucket: Bucket
    problems: list[str] = field(default_factory=list)
    memory: Memory = field(default_factory=Memory)

    def broken(self, key: str, why: str) -> None:
        self.problems.append(f"{key}: {why}")

    def text(self, key: str) -> str | None:
        return self._text(key, _attempt(self.bucket, key))

    def record(self, key: str, model: type[R]) -> R | None:
        """A JSON file as a record. Writers put whole files into place, so half a file is a broken one."""
        return self._record(key, _attempt(self.bucket, key), model)

    def records(self, keys: Sequence[str], model: type[R]) -> list[R | None]:
        """The records of many keys, in their order; None for each that is not there or broken."""
        if not keys:
            return []
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(lambda key: _attempt(self.bucket, key), keys))
        return [self._record(key, read, model) for key, read in zip(keys, found, strict=True)]

    def _text(self, key: str, read: bytes | OSError | ValueError) -> str | None:
        try:
            if isinstance(read, Exception):
                raise read
            return read.decode().strip()
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self.broken(key, f"can't be read: {_reason(error)}")
            return None

    def _record(self, key: str, read: bytes | OSError | ValueError, model: type[R]) -> R | None:
        text = self._text(key, read)
        if text is None:
            return None
        try:
            return model.model_validate(json.loads(text))
        except (ValueError, RecursionError) as error:
            self.broken(key, _reason(error))
            return None

    def metrics(self, key: str, last: int | None = None) -> tuple[Metric, ...]:
        """The lines of a JSONL file; with `last`, those within that many bytes of its end.

        The last line may be half written and is left out until it is whole, and so is a first line that `last` cuts.
        """
        try:
            data = self.bucket.read(key, last)
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
            except (ValueError, RecursionError) as error:
                bad += 1
                why = _reason(error)
        if bad:
            self.broken(key, f"{bad} of {len(lines)} lines left out, the last of them: {why}")
        return tuple(metrics)


def read_bundle(reader: Reader, digest: str) -> Bundle | None:
    """The bundle of that digest, or None with the reason among the reader's problems."""
    bundles = reader.memory.bundles
    if digest in bundles:
        return bundles[digest]
    key = f"control/bundles/{digest}.tar.gz"
    try:
        bundles[digest] = _bundle(reader.bucket.read(key))
        return bundles[digest]
    except FileNotFoundError:
        reader.broken(key, "is named by control/current, and is not there")
    except (OSError, EOFError, tarfile.TarError, ValueError) as error:
        reader.broken(key, f"can't be read: {_reason(error)}")
    return None


def _bundle(data: bytes) -> Bundle:
    models = {"job/launch.json": Launch, "job/job.json": Job, "facts/cluster.json": Facts}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        files = {
            name: file.read()
            for member in archive
            if (name := member.name.removeprefix("./")) in models and (file := archive.extractfile(member))
        }
    found = {name: model.model_validate_json(files[name]) if name in files else None for name, model in models.items()}
    return Bundle(*found.values())


def _attempt(bucket: Bucket, key: str) -> bytes | OSError | ValueError:
    """A ValueError is that of a key that none can have, made of what others wrote."""
    try:
        return bucket.read(key)
    except (OSError, ValueError) as error:  # told by who reads, in the order of the keys
        return error


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
