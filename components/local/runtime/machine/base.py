"""The root that machines share, as layers: the system, and PyTorch on top. Each is built once a host and cached.

A layer is built beside its place and moved there when it is whole, so what has the layer's name is complete. What a
crash left is removed by whoever builds it next.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from components.local.runtime import files
from components.local.runtime.errors import LocalError
from components.local.runtime.machine import deployer, recipe, root

HERE = Path(__file__).parent
ENVIRONMENTS = "/opt/clusterwright/environments"
Say = Callable[[str], None]


@dataclass(frozen=True)
class Build:
    """A layer that is being built in `folder`, over `layers`."""

    folder: Path
    layers: Sequence[Path]

    @property
    def upper(self) -> Path:
        return self.folder / "upper"

    @property
    def log(self) -> Path:
        return self.folder / "build.log"

    def inside(self, *command: str, binds: Mapping[Path, str] | None = None, env: Mapping[str, str]) -> None:
        """Run a program inside. Raises LocalError with its last words."""
        bound = [f"{outside}={inside}" for outside, inside in (binds or {}).items()]
        layers = ":".join(map(str, self.layers))
        self.outside("sh", str(HERE / "enter.sh"), str(self.folder), layers, *bound, "--", *command, env=env)

    def outside(self, *command: str, env: Mapping[str, str]) -> None:
        """Run a program of the host, in namespaces that end with it, as it ends with us."""
        apart = ["unshare", "--mount", "--propagation=slave", "--pid", "--fork", "--kill-child"]
        with self.log.open("ab") as log:
            done = subprocess.run(
                ["setpriv", "--pdeathsig", "KILL", *apart, *command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(env),
                umask=0o022,
            )
        if done.returncode:
            words = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
            raise LocalError(f"the machines' root could not be built; the end of {self.log}:\n{words}")


def layers(cache: Path, lock_sha256: str) -> Sequence[Path]:
    """Where the layers of a root with the software of that lock are, or will be: the upmost first."""
    return [cache / recipe.digest(lock_sha256) / "upper", cache / recipe.digest() / "upper"]


def system(cache: Path, say: Say) -> Path:
    """The layer with the operating system; it is built where it is not there. Takes two minutes and 1 GB.

    Raises:
        LocalError: the host or its package mirror refuses it; the message says where the log is.
    """
    with _layer(cache / recipe.digest(), (), recipe.OS_GB) as build:
        if build is None:
            return cache / recipe.digest() / "upper"
        env = _environment(deployer.variables(os.environ))
        configuration = deployer.configuration(os.environ)
        say(f"building the machines' root in {cache}, once for this machine: Debian {recipe.SUITE} (1 of 3)")
        source = deployer.mirror()
        build.outside("debootstrap", f"--variant={recipe.VARIANT}", recipe.SUITE, str(build.upper), source, env=env)
        root.write(build.upper, configuration | _trusted() | {"etc/resolv.conf": root.resolver()})
        root.write(build.upper, {recipe.POLICY: b"#!/bin/sh\nexit 101\n"})
        (build.upper / recipe.POLICY).chmod(0o755)
        say("installing cloud-init and Slurm into it (2 of 3)")
        build.inside("sh", "-c", recipe.INSTALL, env=env)
        build.inside("sh", "-c", recipe.FINISH, env=env)
        root.write(build.upper, {name: text.encode() for name, text in recipe.SETTINGS.items()} | configuration)
    return cache / recipe.digest() / "upper"


def software(cache: Path, archive: Path, lock_sha256: str, say: Say) -> Sequence[Path]:
    """The layers with the system and with PyTorch, as a cloud's deep-learning image has it; 5 GB on disk.

    PyTorch is installed by the bundle's own step, the same that installs it on a machine that has none; it is told that
    it runs in an image that is being made, and there is no bucket. `archive` is the packed bundle.

    Raises:
        LocalError: as `system` does.
    """
    under = system(cache, say)
    place = cache / recipe.digest(lock_sha256)
    with _layer(place, (under,), recipe.SOFTWARE_GB) as build:
        if build is not None:
            _install(build, archive, say)
    return layers(cache, lock_sha256)


def _install(build: Build, archive: Path, say: Say) -> None:
    bundle = build.folder / "bundle"
    with tarfile.open(archive) as packed:
        packed.extractall(bundle, filter="data")
    steps = sorted(bundle.glob("scripts/[0-9][0-9]-software.sh"))
    if len(steps) != 1:
        raise LocalError(f"the bundle {archive} has {len(steps)} steps that install software, and one is needed")
    downloads = _downloads(build.folder)
    variables = deployer.variables(os.environ)
    root.write(build.upper, deployer.configuration(os.environ) | {"etc/resolv.conf": root.resolver()})
    for name in (ENVIRONMENTS, "/var/lib/clusterwright"):
        root.make_folder(build.upper, name.lstrip("/"))
    say("installing PyTorch into it, 5 GB (3 of 3)")
    node = {
        "BAKE": "1",
        "CLUSTER": "image",
        "ROLE": "head",
        "GROUP": "head",
        "NODE": "image",
        "PROVIDER": "local",
        "BUCKET": "file:///srv/bucket",
        "NODE_DIR": "/var/lib/clusterwright",
        "ENVIRONMENTS": ENVIRONMENTS,
        "PYTHON": "/usr/bin/python3",
        "BUNDLE": "/mnt",
    }
    env = _environment(variables) | {f"CLUSTERWRIGHT_{name}": value for name, value in node.items()}
    build.inside(
        "bash",
        f"/mnt/scripts/{steps[0].name}",
        binds={bundle: "mnt", downloads: "media"},
        env=env | {"UV_CACHE_DIR": "/media", "UV_LINK_MODE": "copy", "PIP_NO_CACHE_DIR": "1"},
    )
    root.write(build.upper, {"etc/resolv.conf": b""})


@contextmanager
def _layer(place: Path, layers: Sequence[Path], gigabytes: int) -> Iterator[Build | None]:
    """What to build the layer `place` with, which is there when the block ends; None where it is there already."""
    with files.locked(place.parent / f".{place.name}.lock"):
        if place.is_dir():
            yield None
            return
        free = shutil.disk_usage(place.parent).free / 1e9
        if free < gigabytes:
            raise LocalError(
                f"{place.parent} has {free:.1f} GB left and the machines' root needs {gigabytes}: make room, or set "
                "XDG_CACHE_HOME to a folder on another disk"
            )
        folder = place.with_name(f"{place.name}.building")
        files.remove_tree(folder)
        for name in ("upper", "work", "root"):
            (folder / name).mkdir(parents=True)
            (folder / name).chmod(0o755)
        yield Build(folder, layers)
        for rest in ("work", "bundle", "downloads"):
            files.remove_tree(folder / rest)
        folder.rename(place)


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    return {"PATH": path, "HOME": "/root", "LANG": "C.UTF-8", **variables}


def _trusted() -> dict[str, bytes]:
    """Certificates that the host was told to trust: a package adds them to a machine's when it is installed."""
    given = Path("/usr/local/share/ca-certificates")
    return {str(path).lstrip("/"): path.read_bytes() for path in sorted(given.rglob("*.crt"))}


def _downloads(folder: Path) -> Path:
    """The folder that uv keeps downloads in: this user's own, so that what process nodes have is not fetched again."""
    found = os.environ.get("UV_CACHE_DIR")
    cache = Path(found) if found else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "uv"
    cache = cache if cache.is_dir() else folder / "downloads"
    cache.mkdir(exist_ok=True)
    return cache
