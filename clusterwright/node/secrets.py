"""The cluster's secrets on a node, by their full reference, in the store of each provider.

`file:///srv/secrets/munge.key`, `secretsmanager://us-east-1/name-or-arn`, `secretmanager://projects/P/secrets/NAME`.
A secret that was made but has no value yet counts as not there: the head gives it its first one.

    python -m clusterwright.node.secrets get REF          to standard output; 3 if it is not there
    python -m clusterwright.node.secrets put REF          from standard input
"""

from __future__ import annotations

import base64
import json
import os
import sys
import tempfile
from pathlib import Path

NOT_THERE = 3


class SecretError(Exception):
    """The store refuses or cannot be reached; `str()` is the reason."""


def get(ref: str) -> bytes | None:
    """The value, or None where there is none yet. Raises SecretError, ValueError for a reference of another form."""
    kind, name = _split(ref)
    match kind:
        case "file":
            try:
                return Path(name).read_bytes()
            except FileNotFoundError:
                return None
            except OSError as error:
                raise SecretError(f"{name} cannot be read: {error.strerror}") from error
        case "secretsmanager":
            return _aws_get(*_region_and_name(name))
        case _:
            return _gcp_get(name)


def put(ref: str, value: bytes) -> None:
    """Give the secret a value; the one before stays as an older version where the store keeps those.

    Raises SecretError, ValueError for a reference of another form.
    """
    kind, name = _split(ref)
    match kind:
        case "file":
            _file_put(Path(name), value)
        case "secretsmanager":
            _aws_put(*_region_and_name(name), value)
        case _:
            _gcp_put(name, value)


def _split(ref: str) -> tuple[str, str]:
    kind, found, name = ref.partition("://")
    well_formed = {
        "file": name.startswith("/"),
        "secretsmanager": all(name.partition("/")),
        "secretmanager": name.startswith("projects/"),
    }
    if not found or not well_formed.get(kind):
        raise ValueError(
            f"{ref!r} is no reference to a secret: file:///…, secretsmanager://REGION/… or secretmanager://…"
        )
    return kind, name


def _region_and_name(name: str) -> tuple[str, str]:
    region, _, rest = name.partition("/")
    return region, rest


def _file_put(path: Path, value: bytes) -> None:
    try:
        descriptor, fresh = tempfile.mkstemp(dir=path.parent)
        with os.fdopen(descriptor, "wb") as file:  # mkstemp makes it readable by its owner alone
            file.write(value)
        os.replace(fresh, path)
    except OSError as error:
        raise SecretError(f"{path} cannot be written: {error.strerror}") from error


def _aws_get(region: str, name: str) -> bytes | None:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html"""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        answer = boto3.client("secretsmanager", region_name=region).get_secret_value(SecretId=name)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
            return None
        raise SecretError(f"secret {name} cannot be read: {error}") from error
    except BotoCoreError as error:
        raise SecretError(f"secret {name} cannot be read: {error}") from error
    return answer["SecretBinary"] if "SecretBinary" in answer else answer["SecretString"].encode()


def _aws_put(region: str, name: str, value: bytes) -> None:
    """https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html"""
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        boto3.client("secretsmanager", region_name=region).put_secret_value(SecretId=name, SecretBinary=value)
    except (ClientError, BotoCoreError) as error:
        raise SecretError(f"secret {name} cannot be written: {error}") from error


def _gcp_get(name: str) -> bytes | None:
    """https://docs.cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access"""
    status, answer = _gcp_call("GET", f"{name}/versions/latest:access", None)
    if status == 404:
        return None
    if status != 200:
        raise SecretError(f"secret {name} cannot be read: {_reason(answer)}")
    return base64.b64decode(answer["payload"]["data"])


def _gcp_put(name: str, value: bytes) -> None:
    """https://docs.cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/addVersion"""
    body = {"payload": {"data": base64.b64encode(value).decode()}}
    status, answer = _gcp_call("POST", f"{name}:addVersion", body)
    if status != 200:
        raise SecretError(f"secret {name} cannot be written: {_reason(answer)}")


def _gcp_call(method: str, path: str, body: object | None) -> tuple[int, dict[str, dict[str, str]]]:
    """The answer of the interface: its status and what it says, by the machine's own account."""
    import google.auth
    import requests
    from google.auth.exceptions import GoogleAuthError
    from google.auth.transport.requests import AuthorizedSession

    try:
        credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
        session = AuthorizedSession(credentials)
        answer = session.request(method, f"https://secretmanager.googleapis.com/v1/{path}", json=body, timeout=30)
        return answer.status_code, answer.json()
    except (GoogleAuthError, requests.RequestException) as error:  # what is no JSON is one of the latter
        raise SecretError(f"Secret Manager cannot be asked: {error}") from error


def _reason(answer: dict[str, dict[str, str]]) -> str:
    return answer.get("error", {}).get("message") or json.dumps(answer)


def main(arguments: list[str]) -> int:
    """The command. A refusal is told in one line."""
    match arguments:
        case ["get", ref]:
            action = "get"
        case ["put", ref]:
            action = "put"
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    try:
        if action == "put":
            put(ref, sys.stdin.buffer.read())
            return 0
        value = get(ref)
    except (SecretError, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    if value is None:
        return NOT_THERE
    sys.stdout.buffer.write(value)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
