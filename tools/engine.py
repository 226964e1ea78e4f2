"""Make sure of a Pulumi engine and print the folder to put on PATH.

Ways, in this order: a supported `pulumi` on PATH; one got earlier (the user's cache folder); Pulumi's own installer; a
build from Pulumi's published Go modules, whose exact versions lie in tools/engine/. Messages go to stderr and say which
way was taken and why the others did not serve.

Standard library only: with `--ahead` it runs beside the Python set-up, before anything is installed.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RECIPE = Path(__file__).resolve().parent / "engine"

OLDEST = (3, 259, 0)  # the oldest engine that the tests ran
INSTALLED_VERSION = "3.272.0"  # as the Python SDK in uv.lock
BUILT_VERSION = "3.259.0"  # the newest engine whose Go module is served
# The language host left the sdk module after this version; engine and Python SDK of today still speak its protocol.
LANGUAGE_HOST_VERSION = "3.60.0"

INSTALLER = "https://get.pulumi.com/install.sh"
PROBE_SECONDS = 5
PROGRESS_SECONDS = 20
INSTALL_SECONDS = 600

SDK = "github.com/pulumi/pulumi/sdk/v3"
CLI_PACKAGE = "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
LANGUAGE_HOST_PACKAGE = f"{SDK}/python/cmd/pulumi-language-python"
SDK_SCRIPTS = ("python/cmd/pulumi-language-python-exec", "python/dist/pulumi-resource-pulumi-python")


class Unserved(Exception):
    """This way gives no engine; the text says why, and what would help."""


def say(message: str) -> None:
    print(f"engine: {message}", file=sys.stderr, flush=True)


# --- a pulumi that is there already ----------------------------------------------------------------------------------


def on_path() -> Path:
    """The folder of a supported pulumi on PATH that has its Python language host."""
    found = shutil.which("pulumi")
    if not found:
        raise Unserved("no pulumi on PATH")
    environment = {**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"}
    try:
        answer = subprocess.run([found, "version"], capture_output=True, text=True, timeout=20, env=environment)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unserved(f"{found} does not run ({error})") from error
    version = re.match(r"v?(\d+)\.(\d+)\.(\d+)", answer.stdout.strip())
    if answer.returncode or not version:
        raise Unserved(f"{found} does not tell its version")
    numbers = tuple(int(number) for number in version.groups())
    if not OLDEST <= numbers < (OLDEST[0] + 1,):
        oldest = ".".join(map(str, OLDEST))
        raise Unserved(f"{found} is version {version.group()}, supported are {oldest} and newer 3.x")
    beside = Path(found).resolve().parent / "pulumi-language-python"
    if not (beside.exists() or shutil.which("pulumi-language-python")):
        raise Unserved(f"{found} has no pulumi-language-python beside it or on PATH")
    return Path(found).parent


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The XDG rules: a relative path is to be ignored.
    return (Path(base) if os.path.isabs(base) else Path.home() / ".cache") / "clusterwright" / "engine"


def recipe_digest() -> str:
    """What decides a built engine's bytes, so that a changed recipe is built anew."""
    digest = hashlib.sha256(f"{platform.system()} {platform.machine()} {BUILT_VERSION}".encode())
    for file in sorted(RECIPE.rglob("go.*")):
        digest.update(file.relative_to(RECIPE).as_posix().encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:12]


def installed_home() -> Path:
    return cache_folder() / f"{INSTALLED_VERSION}-{platform.system()}-{platform.machine()}".lower()


def built_home() -> Path:
    return cache_folder() / f"{BUILT_VERSION}-{recipe_digest()}"


def in_cache() -> Path:
    for home in (installed_home(), built_home()):
        if (home / "bin" / "pulumi").exists():  # put there by a rename, so it is whole
            return home / "bin"
    raise Unserved("none got earlier on this machine")


# --- getting one -----------------------------------------------------------------------------------------------------


def probe(url: str = INSTALLER) -> None:
    """Ask quickly whether a site answers.

    In a thread of its own, because a timeout does not bound the look-up of a name.
    """
    outcome: list[str] = []

    def ask() -> None:
        try:
            request = urllib.request.Request(url, method="HEAD")
            with urllib.request.urlopen(request, timeout=PROBE_SECONDS):
                outcome.append("")
        except (OSError, urllib.error.URLError) as error:
            outcome.append(str(getattr(error, "reason", error)))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    problem = outcome[0] if outcome else f"no answer within {PROBE_SECONDS} s"
    if problem:
        raise Unserved(f"Pulumi's own installer ({url}) is out of reach: {problem}")


def install(home: Path) -> None:
    """Pulumi's own installer, by way of its Python SDK."""
    python = ROOT / ".venv" / "bin" / "python"
    if not python.exists():
        raise Unserved("Pulumi's own installer needs the Python environment: run make setup")
    probe()
    say(f"installing pulumi {INSTALLED_VERSION} with Pulumi's own installer")
    program = (
        "import subprocess, sys\n"
        "from pulumi.automation import PulumiCommand\n"
        "from semver import VersionInfo\n"
        "try:\n"
        "    PulumiCommand.install(root=sys.argv[1], version=VersionInfo.parse(sys.argv[2]))\n"
        "except subprocess.CalledProcessError as error:\n"
        "    sys.exit((error.output or b'').decode(errors='replace') or str(error))\n"
    )
    arguments = [str(python), "-c", program, str(home), INSTALLED_VERSION]
    try:
        answer = subprocess.run(arguments, capture_output=True, text=True, timeout=INSTALL_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise Unserved(f"Pulumi's own installer took longer than {INSTALL_SECONDS} s") from error
    if answer.returncode:
        raise Unserved(f"Pulumi's own installer failed: {(answer.stderr.strip() or 'no message').splitlines()[-1]}")


def needed_go() -> tuple[int, ...]:
    [stated] = re.findall(r"^go (\d+\.\d+\.\d+)$", (RECIPE / "cli" / "go.mod").read_text(), re.MULTILINE)
    return tuple(int(number) for number in stated.split("."))


def check_go() -> None:
    """Refuse a missing or an old Go; a Go of 1.21 or newer that may fetch a newer toolchain counts as that one."""
    needed = ".".join(map(str, needed_go()))
    remedy = (
        f"install Go {needed} or newer (https://go.dev/dl/), or Pulumi itself (https://www.pulumi.com/docs/install/)"
    )
    if not shutil.which("go"):
        raise Unserved(f"no Go on PATH to build it with; {remedy}")
    answer = subprocess.run(["go", "env", "GOVERSION"], cwd=RECIPE / "cli", capture_output=True, text=True)
    version = re.match(r"go(\d+)\.(\d+)(?:\.(\d+))?", answer.stdout.strip())
    if not version:
        raise Unserved(f"Go does not serve ({(answer.stderr.strip() or 'no answer').splitlines()[-1]}); {remedy}")
    if tuple(int(number or 0) for number in version.groups()) < needed_go():
        raise Unserved(f"Go on PATH is {version.group()[2:]}, needed is {needed}; {remedy}")


def build(home: Path) -> None:
    """The engine and the Python language host from published Go modules."""
    check_go()
    say(f"building pulumi {BUILT_VERSION} from published Go modules: some minutes, once a machine")
    binaries = home / "bin"
    binaries.mkdir(parents=True)
    log = home / "build.log"
    for module, package, version in (
        ("language-python", LANGUAGE_HOST_PACKAGE, LANGUAGE_HOST_VERSION),
        ("cli", CLI_PACKAGE, BUILT_VERSION),
    ):
        flags = f"-s -w -X {SDK}/go/common/version.Version=v{version}"
        go(["build", "-mod=readonly", "-buildvcs=false", "-ldflags", flags, "-o", str(binaries), package], module, log)
    tree = Path(go(["list", "-mod=readonly", "-m", "-f", "{{.Dir}}", SDK], "cli", log).strip())
    for script in SDK_SCRIPTS:
        copy = shutil.copyfile(tree / script, binaries / Path(script).name)
        os.chmod(copy, 0o700)


def go(arguments: list[str], module: str, log: Path) -> str:
    """Run go in one module of the recipe with a progress line now and then; its stdout."""
    environment = {**os.environ, "GOWORK": "off"}
    started = time.monotonic()
    with (
        log.open("a") as errors,
        subprocess.Popen(
            ["go", *arguments], cwd=RECIPE / module, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            while True:
                try:
                    output, _ = process.communicate(timeout=PROGRESS_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    say(f"still building ({module}, {time.monotonic() - started:.0f} s)")
        except BaseException:
            process.terminate()
            raise
    if process.returncode:
        lines = "\n".join(log.read_text().splitlines()[-20:])
        raise Unserved(f"go {arguments[0]} failed in {RECIPE / module}:\n{lines}")
    return output


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """One process a machine gets the engine; the others wait and find it in the cache."""
    folder = cache_folder()
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another process is getting it; waiting")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def get(way: Callable[[Path], None], home: Path) -> Path:
    """Let a way fill a folder beside `home`, which then appears whole or not at all. The caller is `alone`."""
    for leftover in cache_folder().glob(".getting-*"):
        shutil.rmtree(leftover)
    making = Path(tempfile.mkdtemp(prefix=".getting-", dir=cache_folder()))
    try:
        way(making)
        making.rename(home)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return home / "bin"


# --- choosing --------------------------------------------------------------------------------------------------------


def first(ways: list[tuple[str, Callable[[], Path]]], tell: Callable[[str], None]) -> Path | None:
    """The first way that serves, telling why the ones before it did not."""
    for name, way in ways:
        try:
            folder = way()
        except Unserved as reason:
            tell(str(reason))
        else:
            tell(f"{name}: {folder}")
            return folder
    return None


def make_sure(ahead: bool = False) -> Path | None:
    """The folder of an engine, got if need be; None when no way served, which has been said.

    `ahead` leaves the installer, which needs the Python environment, to a later call, and builds only where it will
    not serve.
    """
    told: list[str] = []
    here = first([("using the one on PATH", on_path), ("using the one got earlier", in_cache)], told.append)
    if not (here and ahead):  # the later call says it
        say("; ".join(told))
    if here:
        return here
    installing = ("installed", lambda: get(install, installed_home()))
    building = ("built", lambda: get(build, built_home()))
    with alone():
        with contextlib.suppress(Unserved):
            return in_cache()
        if not ahead:
            return first([installing, building], say)
        try:
            probe()
        except Unserved as reason:
            say(str(reason))
            return first([building], say)
        say("Pulumi's own installer will serve, once the Python environment is there")
        return None


def look() -> int:
    """Print the folder of an engine that is here, and get none: 1 where there is none."""
    told: list[str] = []
    here = first([("the one on PATH", on_path), ("the one got earlier", in_cache)], told.append)
    if here:
        print(here)
        return 0
    say("; ".join(told))
    return 1


def main() -> int:
    parser = argparse.ArgumentParser(description="Make sure of a Pulumi engine; print the folder to put on PATH.")
    parser.add_argument("--ahead", action="store_true", help="only what needs no Python environment, as far as it goes")
    parser.add_argument("--look", action="store_true", help="only see whether there is one; exit with 1 if not")
    chosen = parser.parse_args()
    if chosen.look:
        return look()
    ahead = chosen.ahead
    try:
        folder = make_sure(ahead)
    except KeyboardInterrupt:
        return 130
    if folder and not ahead:
        print(folder)
    return 0 if folder or ahead else 1


if __name__ == "__main__":
    sys.exit(main())
