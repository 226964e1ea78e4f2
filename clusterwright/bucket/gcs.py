"""A bucket of Google Cloud Storage."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from google.api_core import exceptions as api
from google.auth.exceptions import DefaultCredentialsError, GoogleAuthError
from google.cloud import storage
from requests.exceptions import RequestException

from clusterwright.bucket import Entry, checked, part_of

_TRIES = 5  # of a create whose answer was lost or put off; everything else the client tries again itself
_FOR_NOW = (api.TooManyRequests, api.InternalServerError, api.BadGateway, api.ServiceUnavailable, api.GatewayTimeout)


class GcsBucket:
    """Objects of Cloud Storage: every read or list after a write sees it, and an object is replaced whole.

    (cloud.google.com/storage/docs/consistency)
    """

    def __init__(self, name: str, client: Any) -> None:
        self._name = name
        self._client = client
        self._bucket = client.bucket(name)

    @classmethod
    def open(cls, name: str) -> GcsBucket:
        """With the credentials that Google's client finds: the machine's service account, or the user's own.

        Raises PermissionError when there are none.
        """
        # Else the client asks for the bucket's own record, for traces that nobody collects; nodes may not read that.
        os.environ.setdefault("DISABLE_GCS_PYTHON_CLIENT_OTEL_BUCKET_METADATA", "true")
        try:
            return cls(name, storage.Client(project=None))  # what is asked of a bucket belongs to no project
        except DefaultCredentialsError as error:
            reason = "no Google credentials are found; `gcloud auth application-default login` makes yours"
            raise PermissionError(errno.EACCES, reason, f"gs://{name}") from error

    def __str__(self) -> str:
        return f"gs://{self._name}"

    @property
    def url(self) -> str:
        return str(self)

    def read(self, key: str, last: int | None = None) -> bytes:
        with self._errors(key):
            try:
                # A negative start asks for that many bytes from the end; for none there is no range.
                data = self._blob(key).download_as_bytes(start=None if last is None else -max(last, 1))
            except api.RequestRangeNotSatisfiable:  # an object that holds nothing
                data = b""
        return b"" if last == 0 else data

    def names(self, folder: str) -> tuple[str, ...]:
        prefix = f"{checked(folder)}/"
        found = set[str]()
        with self._errors(folder):
            for page in self._client.list_blobs(self._name, prefix=prefix, delimiter="/").pages:
                found.update(blob.name for blob in page)
                found.update(name.removesuffix("/") for name in page.prefixes)
        return tuple(sorted(key.removeprefix(prefix) for key in found - {prefix}))

    def walk(self, folder: str) -> Iterator[Entry]:
        with self._errors(folder):
            for blob in self._client.list_blobs(self._name, prefix=f"{checked(folder)}/"):
                # A console makes a "folder" as an empty object of that name.
                if not blob.name.endswith("/"):
                    yield Entry(blob.name, blob.size, blob.time_created.timestamp())

    def exists(self, key: str) -> bool:
        with self._errors(key):
            return self._blob(key).exists()

    def write(self, key: str, data: bytes) -> None:
        with self._errors(key):
            self._blob(key).upload_from_string(data, content_type="application/octet-stream")

    def create(self, key: str, data: bytes) -> bool:
        """Generation 0 is that of an object that is not there.

        (cloud.google.com/storage/docs/request-preconditions)
        """
        put = self._blob(key).upload_from_string
        with self._errors(key):
            for last in range(_TRIES):
                try:
                    put(data, content_type="application/octet-stream", if_generation_match=0, retry=None)
                except api.PreconditionFailed:
                    # A try whose answer was lost may itself have put what is there now.
                    return bool(last) and self.read(key) == data
                except (*_FOR_NOW, RequestException):
                    if last == _TRIES - 1:
                        raise
                else:
                    return True
        raise AssertionError("the last try returns or raises")

    def delete(self, key: str) -> None:
        try:
            with self._errors(key):
                self._blob(key).delete()
        except FileNotFoundError:
            return

    def download(self, key: str, target: Path) -> None:
        with self._errors(key), part_of(target) as part:
            self._blob(key).download_to_filename(str(part))
            os.replace(part, target)

    def upload(self, source: Path, key: str) -> None:
        with source.open("rb") as file, self._errors(key):
            self._blob(key).upload_from_file(file, size=os.fstat(file.fileno()).st_size)

    def _blob(self, key: str) -> Any:
        return self._bucket.blob(checked(key))

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """What the client raises, as the errors that a file would give; each names the object and Google's reason."""
        name = f"{self}/{key}"
        try:
            yield
        except api.NotFound as error:
            if "bucket does not exist" in error.message:
                raise OSError(errno.ENODEV, "there is no such bucket", str(self)) from error
            raise FileNotFoundError(errno.ENOENT, "no such object", name) from error
        except (api.Forbidden, api.Unauthorized) as error:
            reason = f"Cloud Storage refused it ({error.message}); check the credentials' permissions"
            raise PermissionError(errno.EACCES, reason, name) from error
        except api.GoogleAPIError as error:
            raise OSError(errno.EIO, f"Cloud Storage failed: {error}", name) from error
        except GoogleAuthError as error:
            raise PermissionError(errno.EACCES, f"Google's credentials do not work: {error}", name) from error
        except RequestException as error:
            raise OSError(errno.EIO, f"Cloud Storage cannot be reached: {error}", name) from error
