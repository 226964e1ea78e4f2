"""The environment that a stack's `pulumi` runs in: engine, backend, passphrase.

`local` needs nothing set up: its state is a folder of the user's, encrypted with a passphrase made once. A cloud stack
is shared by the people who deploy it, so its backend and its key must be too.
"""

from __future__ import annotations

import importlib.util
import os
import secrets
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

import platformdirs

from clusterwright.errors import ClusterwrightError
from tools import cloud

ROOT = Path(__file__).resolve().parent.parent
NAME = "clusterwright"


class Refused(ClusterwrightError):
    """The stack can't be worked on as things are."""


def state_folder() -> Path:
    return platformdirs.user_state_path(NAME, appauthor=False)


def passphrase_file() -> Path:
    """The file with the passphrase of local stacks, made once: 0600 in a 0700 folder, whole or not there at all."""
    file = platformdirs.user_config_path(NAME, appauthor=False) / "passphrase"
    private_folder(file.parent)
    if not file.exists():
        with NamedTemporaryFile("w", dir=file.parent, prefix=".passphrase-") as fresh:
            fresh.write(secrets.token_urlsafe(32) + "\n")
            fresh.flush()
            with suppress(FileExistsError):  # another process's or thread's was first, and is the passphrase
                os.link(fresh.name, file)  # unlike a rename it never replaces one
    file.chmod(0o600)
    return file


def private_folder(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    return folder


def for_stack(stack: str, provider: str, region: str | None, engine: Path) -> dict[str, str]:
    """What to add to a process's environment so that `pulumi` in it works on `stack`.

    Raises Refused where a cloud stack has no shared backend.
    """
    search = [str(engine), str(ROOT / ".venv" / "bin"), os.environ.get("PATH", os.defpath)]
    added = {
        "PATH": os.pathsep.join(dict.fromkeys(os.pathsep.join(search).split(os.pathsep))),
        "VIRTUAL_ENV": str(ROOT / ".venv"),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_STACK": stack,
    }
    if provider == "local":
        return added | for_local()
    cloud_backend(provider, region)
    if not importlib.util.find_spec(f"pulumi_{provider}"):
        raise Refused(
            f"error: stack {stack} is for {provider}, whose Pulumi package is not installed\n"
            f"  hint: .tools/bin/uv sync --frozen --inexact --extra {provider}"
        )
    return added


def for_local() -> dict[str, str]:
    state = private_folder(state_folder())
    added = {
        "PULUMI_HOME": os.environ.get("PULUMI_HOME") or str(state / "pulumi-home"),
        "PULUMI_BACKEND_URL": os.environ.get("PULUMI_BACKEND_URL") or f"file://{private_folder(state / 'pulumi')}",
        # The one plugin comes with the project; looking for others on the net would only cost time.
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    if not {"PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"} & os.environ.keys():
        added["PULUMI_CONFIG_PASSPHRASE_FILE"] = str(passphrase_file())
    return added


def cloud_backend(provider: str, region: str | None) -> None:
    backend = os.environ.get("PULUMI_BACKEND_URL", "")
    if not backend.startswith(cloud.SHARED_BACKENDS):
        found = f"PULUMI_BACKEND_URL is {backend}" if backend else "PULUMI_BACKEND_URL is not set"
        raise Refused(
            f"error: a stack on {provider} needs a backend that everyone who deploys it can reach: {found}\n"
            f"  why: with the state on one machine, a second person deploys a second cluster\n"
            f"{cloud.commands(provider, region)}"
        )


def cloud_key(provider: str, region: str | None) -> str:
    """The key that encrypts a new cloud stack's secrets, from CLUSTERWRIGHT_SECRETS_PROVIDER."""
    key = os.environ.get(cloud.KEY_VARIABLE, "")
    if not key.startswith(cloud.CLOUD_KEYS):
        found = f"{cloud.KEY_VARIABLE} is {key}" if key else f"{cloud.KEY_VARIABLE} is not set"
        raise Refused(
            f"error: a stack on {provider} needs a cloud key to encrypt its secrets with: {found}\n"
            f"  why: a passphrase has to be handed from person to person, and can't be taken back\n"
            f"{cloud.commands(provider, region)}"
        )
    return key
