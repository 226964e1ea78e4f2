"""What clusters on Google Cloud need."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

from clusterwright.errors import ClusterwrightError
from clusterwright.host.check import Check, missing, there
from clusterwright.host.host import Host
from clusterwright.live.doctor import cloud
from clusterwright.live.doctor.aws import PURPOSE, failed
from clusterwright.live.lock.gcp_failures import SIGN_IN, reading

FILE = "GOOGLE_APPLICATION_CREDENTIALS"
CLIENTS = {
    "google-cloud-compute": "machine types, images, networks and reservations",
    "google-cloud-quotas": "quotas",
    "google-cloud-billing": "prices",
}


def checks(host: Host, project: str | None, online: bool) -> Iterator[Check]:
    hint = "in the project's folder: make setup; in an environment of your own: pip install '.[gcp]'"
    clients = [cloud.installed(host, name, f"Google's own client: {what}", hint) for name, what in CLIENTS.items()]
    yield from clients
    if all(client.state == "ok" for client in clients):
        yield _project(project) if online else _credentials(host)
    yield from cloud.engine(host, "gcp")


def _credentials(host: Host) -> Check:
    """Whether there are some; Google is not asked whether it knows them.

    Looks where Google's clients look, but for the metadata server of a machine at Google's
    (https://docs.cloud.google.com/docs/authentication/application-default-credentials).
    """
    name = "Google credentials"
    given = host.environment.get(FILE)
    folder = Path(host.environment.get("CLOUDSDK_CONFIG") or host.home / ".config" / "gcloud")
    file = Path(given) if given else folder / "application_default_credentials.json"
    try:
        kind = json.loads(file.read_text(encoding="utf-8"))["type"]
    except FileNotFoundError:
        if given:
            return missing(name, PURPOSE, f"{FILE} names {file}, which is not there", f"unset {FILE}, or mend it")
        hint = f"{SIGN_IN}; a machine at Google's has an account of its own: --online asks for it"
        return missing(name, PURPOSE, "none found", hint)
    except (OSError, ValueError, KeyError, TypeError):
        return missing(name, PURPOSE, f"{file} holds no credentials", SIGN_IN)
    return there(name, PURPOSE, f"of type {kind} in {file}; not tried: --online tries them")


def _project(project: str | None) -> Check:
    """Whether Google knows them, and which project they are for."""
    import google.auth
    from google.auth.transport.requests import Request

    name = "Google account"
    try:
        with reading("signing in"):
            credentials, own = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])
            credentials.refresh(Request())
    except ClusterwrightError as error:
        return failed(name, error)
    return there(name, PURPOSE, f"signed in, project {project or own or 'none: name it in the spec'}")
