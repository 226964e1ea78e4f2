"""An S3 bucket."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from s3transfer.exceptions import RetriesExceededError, S3DownloadFailedError

from clusterwright.bucket import Entry, checked, part_of

# Answers that a later try may not get: throttling, a fault on S3's side (botocore's "standard" retries).
_CONFIG = Config(retries={"mode": "standard", "max_attempts": 5}, connect_timeout=5, read_timeout=60)
_CONFLICTS = 5  # times that a create is tried again that met another writer
_MISSING = {"NoSuchKey", "404", "NotFound"}
_DENIED = {"AccessDenied", "403", "Forbidden", "InvalidAccessKeyId", "SignatureDoesNotMatch", "ExpiredToken"}


class S3Bucket:
    """Objects of S3: every read after a write sees it, and an object is replaced whole.

    (docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel)
    """

    def __init__(self, name: str, region: str | None, client: Any) -> None:
        self._name = name
        self._region = region
        self._client = client

    @classmethod
    def open(cls, name: str, region: str | None) -> S3Bucket:
        """With the credentials that boto3 finds: the machine's role, or the user's own. Raises OSError."""
        try:
            session = boto3.Session()  # an own one: the default session keeps the credentials that it found first
            return cls(name, region, session.client("s3", region_name=region, config=_CONFIG))
        except BotoCoreError as error:
            raise OSError(errno.EINVAL, str(error), f"s3://{name}") from error

    def __str__(self) -> str:
        return f"s3://{self._name}"

    @property
    def url(self) -> str:
        return f"{self}?region={self._region}" if self._region else str(self)

    def read(self, key: str, last: int | None = None) -> bytes:
        # A suffix of no bytes is no range (RFC 9110, 14.1.2).
        options = {} if last is None else {"Range": f"bytes=-{max(last, 1)}"}
        with self._errors(key):
            try:
                data = self._client.get_object(Bucket=self._name, Key=checked(key), **options)["Body"].read()
            except ClientError as error:
                if _code(error) != "InvalidRange":  # of an object that holds nothing
                    raise
                data = b""
        return b"" if last == 0 else data

    def names(self, folder: str) -> tuple[str, ...]:
        prefix = f"{checked(folder)}/"
        found = set[str]()
        with self._errors(folder):
            for page in self._pages(prefix, Delimiter="/"):
                found.update(item["Prefix"].removesuffix("/") for item in page.get("CommonPrefixes", ()))
                found.update(item["Key"] for item in page.get("Contents", ()))
        return tuple(sorted(key.removeprefix(prefix) for key in found - {prefix}))

    def walk(self, folder: str) -> Iterator[Entry]:
        with self._errors(folder):
            for page in self._pages(f"{checked(folder)}/"):
                for item in page.get("Contents", ()):
                    # A console makes a "folder" as an empty object of that name.
                    if not item["Key"].endswith("/"):
                        yield Entry(item["Key"], item["Size"], item["LastModified"].timestamp())

    def exists(self, key: str) -> bool:
        try:
            with self._errors(key):
                self._client.head_object(Bucket=self._name, Key=checked(key))
        except FileNotFoundError:
            return False
        return True

    def write(self, key: str, data: bytes) -> None:
        with self._errors(key):
            self._client.put_object(Bucket=self._name, Key=checked(key), Body=data)

    def create(self, key: str, data: bytes) -> bool:
        """412 says that the key is taken; 409 that another write to it is on its way, and to try again.

        (docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html)
        """
        with self._errors(key):
            for conflict in range(_CONFLICTS):
                try:
                    self._client.put_object(Bucket=self._name, Key=checked(key), Body=data, IfNoneMatch="*")
                except ClientError as error:
                    if _code(error) == "PreconditionFailed":
                        # A try whose answer was lost may itself have put what is there now.
                        again = error.response["ResponseMetadata"].get("RetryAttempts", 0) or conflict
                        return bool(again) and self.read(key) == data
                    if _code(error) != "ConditionalRequestConflict":
                        raise
                else:
                    return True
        raise OSError(errno.EBUSY, f"others wrote it at the same time, {_CONFLICTS} times", f"{self}/{key}")

    def delete(self, key: str) -> None:
        with self._errors(key):
            self._client.delete_object(Bucket=self._name, Key=checked(key))

    def download(self, key: str, target: Path) -> None:
        # In parts, each asked for by the first one's ETag: never half of one object and half of the next.
        with self._errors(key), part_of(target) as part:
            with part.open("wb") as file:
                self._client.download_fileobj(self._name, checked(key), file)
            os.replace(part, target)

    def upload(self, source: Path, key: str) -> None:
        with source.open("rb") as file, self._errors(key):
            self._client.upload_fileobj(file, self._name, checked(key))

    def _pages(self, prefix: str, **options: str) -> Iterator[dict[str, Any]]:
        return self._client.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix, **options)

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """What boto3 raises, as the errors that a file would give; each names the object and S3's own reason."""
        name = f"{self}/{key}"
        try:
            yield
        except ClientError as error:
            code, message = _code(error), error.response["Error"].get("Message", "")
            if code in _MISSING:
                raise FileNotFoundError(errno.ENOENT, "no such object", name) from error
            if code == "NoSuchBucket":
                raise OSError(errno.ENODEV, "there is no such bucket", str(self)) from error
            if code in _DENIED:
                reason = f"S3 refused {error.operation_name} ({code}: {message}); check the credentials' permissions"
                raise PermissionError(errno.EACCES, reason, name) from error
            raise OSError(errno.EIO, f"{error.operation_name} failed ({code}: {message})", name) from error
        except NoCredentialsError as error:
            reason = "no AWS credentials are found; `aws sts get-caller-identity` says whose would be used"
            raise PermissionError(errno.EACCES, reason, name) from error
        except (BotoCoreError, S3DownloadFailedError, RetriesExceededError) as error:
            raise OSError(errno.EIO, str(error), name) from error


def _code(error: ClientError) -> str:
    return error.response["Error"].get("Code", "unknown")
