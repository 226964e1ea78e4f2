"""Drive one stack with Pulumi: python -m tools.stack up|preview|down|purge|env NAME.

`pulumi` does the work; this adds what is the same every time: its environment (`tools.environment`), the stack and its
settings, what comes after an update (watch, results), and what a destroy leaves behind.

Exit codes: 0 done, 1 a deployment or a job failed, 2 the input can't be used, 130 interrupted.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from clusterwright.causes import CAUSES
from clusterwright.errors import ClusterwrightError, from_system
from clusterwright.paths import bucket_dir, cluster_dir, clusters_dir
from clusterwright.plan import plan_to_deploy
from clusterwright.spec.load import load_spec, specs_in
from components.local.runtime import files
from tools import engine, environment, failures
from tools.environment import ROOT, Refused

# What pulumi says where we know more than it does.
LOCKED = "the stack is currently locked by"  # another update on the same stack
OTHER_PASSPHRASE = "incorrect passphrase"  # noqa: S105 (words of a message)
# What the clouds' Go libraries say where they find nobody to sign in as, and the command that mends it.
# Sources: pulumi 3.259.0 with a backend of s3:// and no credentials; https://github.com/golang/oauth2/blob/master/google/default.go
SIGN_IN = {
    "get credentials: failed": "aws sso login, or set AWS_PROFILE to a profile with credentials",
    "could not find default credentials": "gcloud auth application-default login",
}
# Keys of a stack's settings file and of what its state records of the same.
ENCRYPTION = {"secretsprovider": "url", "encryptedkey": "encryptedkey", "encryptionsalt": "salt"}
FAILED, INTERRUPTED = 1, 130


@dataclass(frozen=True)
class Stack:
    """A stack of the project in `root`; `added` is what its processes have in their environment beyond ours."""

    name: str
    cluster: str
    provider: str
    region: str | None
    added: dict[str, str]
    root: Path = ROOT
    has_job: bool = True

    @property
    def settings(self) -> Path:
        return self.root / f"Pulumi.{self.name}.yaml"

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, **self.added}

    def run(self, *command: str) -> int:
        """Run a program on the user's terminal; its exit code. Ctrl-C is left to the program, which ends in its way."""
        advice = None
        # A handler that does nothing, set before the program starts: unlike an ignored signal it is not inherited.
        handler = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            with subprocess.Popen(
                command, cwd=self.root, env=self.environment, stderr=subprocess.PIPE, text=True
            ) as process:
                for line in process.stderr or ():
                    sys.stderr.write(line)
                    advice = advice or self.advice(line)
                code = process.wait()
        finally:
            signal.signal(signal.SIGINT, handler)
        if advice:
            complain(advice)
        return code

    def advice(self, said: str) -> str | None:
        """What to do about an error of pulumi's, where it does not say so itself."""
        if LOCKED in said:
            return (
                f"error: another pulumi works on stack {self.name}\n"
                f"  hint: wait for it to end; if it was killed, free the stack: {typed(self.name, 'pulumi cancel')}"
            )
        if OTHER_PASSPHRASE in said:
            given = self.environment.get("PULUMI_CONFIG_PASSPHRASE_FILE", "PULUMI_CONFIG_PASSPHRASE")
            forget = typed(self.name, f"pulumi stack rm --force --yes {self.name}")
            return (
                f"error: stack {self.name} was made with another passphrase than the one in {given}\n"
                "  why: it was changed since, or made anew after it had been removed\n"
                f"  hint: put the old one back; if it is lost, let pulumi forget the stack: {forget}; the next make up "
                "takes its nodes and its data over"
            )
        for words, command in SIGN_IN.items():
            if words in said:
                return f"error: no credentials were found to work on stack {self.name} with\n  hint: sign in: {command}"
        return None

    def ask(self, *arguments: str) -> str | None:
        """What a `pulumi stack` command prints; None where there is no such stack."""
        answer = subprocess.run(
            ["pulumi", "stack", *arguments, "--stack", self.name],
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        if answer.returncode == 0:
            return answer.stdout
        if f"no stack named '{self.name}' found" in answer.stderr:
            return None
        said = answer.stderr.strip()
        raise Refused("\n".join(filter(None, [said, self.advice(said)])))

    def prepare(self) -> None:
        """Make the stack if there is none, and let this clone's settings say what the stack is encrypted with."""
        state = self.ask("export")
        if state is not None:
            self.encrypt_as(recorded_encryption(json.loads(state)))
            return
        local = self.provider == "local"
        key = "passphrase" if local else environment.cloud_key(self.provider, self.region)
        self.encrypt_as({})  # a stack of that name on another backend may have left its own
        self.ask("init", "--no-select", "--secrets-provider", key)

    def encrypt_as(self, encryption: dict[str, str]) -> None:
        settings = self.read_settings()
        wanted = {key: value for key, value in settings.items() if key not in ENCRYPTION} | encryption
        if wanted != settings:
            self.settings.write_text(yaml.safe_dump(wanted, sort_keys=False))

    def read_settings(self) -> dict[str, Any]:
        """What the settings file holds. Raises Refused when that is no mapping of keys to values."""
        try:
            settings = yaml.safe_load(self.settings.read_bytes()) or {}
        except FileNotFoundError:
            return {}
        except yaml.YAMLError as error:
            settings, problem = None, " ".join(str(error).split())
        else:
            problem = "it holds no keys and values"
        if not isinstance(settings, dict):
            raise Refused(
                f"error: the settings of stack {self.name} can't be read: {self.settings}\n  why: {problem}\n"
                "  hint: mend the file, or delete it: it is made again, without what you have set in it yourself"
            )
        return settings

    def kept(self) -> list[dict[str, Any]] | None:
        """What the deployed stack says a destroy keeps, as {name, path}; None where there is no such stack."""
        outputs = self.ask("output", "--json")
        return None if outputs is None else json.loads(outputs).get("kept", [])


def recorded_encryption(state: dict[str, Any]) -> dict[str, str]:
    """What a stack's exported state says of its encryption, as the keys of a settings file.

    That file is not committed, so a second clone has none. Pulumi would then make one with another salt or, where the
    stack had a cloud key, with a passphrase.
    """
    recorded = state["deployment"]["secrets_providers"]["state"]
    return {setting: recorded[key] for setting, key in ENCRYPTION.items() if recorded.get(key)}


def typed(stack: str, command: str) -> str:
    """A command as a user types it, in the environment of a stack; without that environment it does not run."""
    return f'(env=$(make -s env STACK={stack}) && eval "$env" && {command})'


def complain(message: str) -> None:
    print(message, file=sys.stderr, flush=True)


# --- commands --------------------------------------------------------------------------------------------------------


def up(stack: Stack) -> int:
    # No preview first: nobody is asked, and `make preview` is there to look before. Refreshing finds nodes that died.
    if run_explained(stack, "pulumi", "up", "--yes", "--skip-preview", "--refresh"):
        return FAILED
    # What stays for a reason that it tells is no reason to call a deployment failed.
    stack.run("clusterwright", "prune", stack.name)
    watched = stack.run("clusterwright", "watch", stack.name, "--until-finished")
    if watched or not stack.has_job:
        return watched
    return stack.run("clusterwright", "results", stack.name)


def run_explained(stack: Stack, *command: str) -> int:
    """Run an update or a preview; its exit code. What a cloud refused is told once more, with what to do about it."""
    if stack.provider not in CAUSES:
        return stack.run(*command)
    with tempfile.TemporaryDirectory(prefix="clusterwright-") as folder:
        events = Path(folder) / "events"
        shown = replace(stack, added={**stack.added, **failures.SHOWN})
        code = shown.run(*command, failures.FLAG, str(events))
        for message in failures.explained(events, stack.provider, stack.name) if code else ():
            complain(message)
        return code


def preview(stack: Stack) -> int:
    return FAILED if run_explained(stack, "pulumi", "preview") else 0


def down(stack: Stack) -> int:
    kept = stack.kept()
    if kept is None:
        print(f"stack {stack.name} is not deployed")
        return 0
    stack.prepare()
    if stack.run(*destroy(stack.provider)):
        return FAILED
    for part in kept:
        print(f"kept: {part['name']} in {part['path']}")
    if kept and stack.provider == "local":
        print(f"remove that too: make purge STACK={stack.name}")
    elif kept:
        print(f"make up STACK={stack.name} goes on with that; make purge STACK={stack.name} leaves it there for you")
    return 0


def purge(stack: Stack) -> int:
    """Destroy the stack, then remove what a destroy keeps, and the stack itself."""
    kept = stack.kept()
    left = kept_folder(stack)
    if kept is None and not left:
        print(f"nothing is left of stack {stack.name}")
        return 0
    data = [f"{part['name']} in {part['path']}" for part in kept or ()] or [str(left)] * bool(left)
    print(f"purge removes stack {stack.name}", *data, sep="\n  ", flush=True)
    agree(stack.name)
    if kept is not None:
        stack.prepare()
        if stack.run(*destroy(stack.provider, purge=True)):
            return FAILED
        stack.settings.unlink(missing_ok=True)
    if left := kept_folder(stack):
        files.remove_tree(left)
    elif data and stack.provider != "local":
        print("left for you to delete with the cloud's own tools:", *data, sep="\n  ")
    return 0


def destroy(provider: str, purge: bool = False) -> list[str]:
    """The command that destroys a stack; with `purge` it forgets the stack as well.

    In a cloud kept data is protected, at which Pulumi would destroy all the rest and fail. It stays in the stack, where
    the next update finds it, with all that it depends on; when the stack is forgotten it stays in the account.
    """
    command = ["pulumi", "destroy", "--yes", "--skip-preview", *(["--remove"] if purge else [])]
    protected = "--ignore-protect" if purge else "--exclude-protected"
    return command if provider == "local" else [*command, protected]


def kept_folder(stack: Stack) -> Path | None:
    """The folder with what a destroyed local cluster kept; None if it kept nothing or its name is in use again."""
    if stack.provider != "local" or files.read_marker(cluster_dir(stack.cluster), "cluster"):
        return None
    kept = files.read_marker(bucket_dir(stack.cluster), "bucket")
    if kept is None or kept["cluster"] != stack.cluster or kept.get("stack", claim(stack.name)) != claim(stack.name):
        return None
    return cluster_dir(stack.cluster)


def claim(name: str) -> str:
    """How the markers of local clusters call the stack: <project>/<stack>."""
    return f"{yaml.safe_load((ROOT / 'Pulumi.yaml').read_bytes())['name']}/{name}"


def agree(name: str) -> None:
    """Go on only if the user says so, here or with YES=1. Raises Refused otherwise."""
    if os.environ.get("YES") == "1":
        return
    if not sys.stdin.isatty():
        raise Refused(
            "error: purge asks before it removes data, and there is no terminal to ask on\n"
            f"  hint: make purge STACK={name} YES=1"
        )
    if input(f"Type {name} to go on: ").strip() != name:
        raise Refused("nothing was removed")


def env(stack: Stack) -> int:
    for name, value in stack.added.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0


COMMANDS = {command.__name__: command for command in (up, preview, down, purge, env)}
NEED_STACK = ("up", "preview", "env")  # the others must not make one
DEPLOY = ("up", "preview")
NEED_NO_SPEC = ("down", "purge")  # a cluster whose spec is gone or broken must not run for ever


# --- the stack that is meant -----------------------------------------------------------------------------------------


def find_spec(name: str) -> Path:
    """The spec of a stack. Raises Refused when there is none of that name."""
    specs = {path.stem: path for path in specs_in(ROOT / "stacks")}
    if name not in specs:
        raise Refused(
            f"error: there is no stacks/{name}.yaml\n  hint: the stacks there are: {', '.join(specs) or 'none'}"
        )
    return specs[name]


def open_stack(name: str, command: str) -> Stack:
    """The stack, ready for `command`. Raises ClusterwrightError with the whole message otherwise."""
    try:
        loaded = load_spec(Path(os.path.relpath(find_spec(name))))
        spec = loaded.spec
        cluster, provider, region, has_job = spec.name, spec.provider, spec.region, spec.job != "none"
        if command in DEPLOY:
            plan_to_deploy(loaded)  # told here once, not by an engine that has begun to deploy
    except ClusterwrightError as error:
        found = cluster_on_this_machine(name) if command in NEED_NO_SPEC else None
        if found is None:
            raise
        complain(f"{error}\n  so this goes on with what stack {name} has on this machine: cluster {found}")
        cluster, provider, region, has_job = found, "local", None, False
    folder = engine.make_sure()
    if folder is None:
        raise Refused(f"error: no Pulumi engine for stack {name}\n  hint: the lines above say what each way needs")
    added = environment.for_stack(name, provider, region, folder)
    os.environ["PATH"] = added["PATH"]  # a program to run is looked up in ours
    return Stack(name, cluster, provider, region, added, has_job=has_job)


def cluster_on_this_machine(name: str) -> str | None:
    """The local cluster that a stack has up or has kept data of, by the markers in the clusters' folders."""
    markers = (
        marker
        for folder in sorted(clusters_dir().glob("*/"))
        for marker in (files.read_marker(folder, "cluster"), files.read_marker(folder / "bucket", "bucket"))
    )
    return next((marker["cluster"] for marker in markers if marker and marker.get("stack") == claim(name)), None)


def main() -> int:
    parser = argparse.ArgumentParser(description="Drive one stack with Pulumi.")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("stack")
    arguments = parser.parse_args()
    try:
        stack = open_stack(arguments.stack, arguments.command)
        if arguments.command in NEED_STACK:
            stack.prepare()
        return COMMANDS[arguments.command](stack)
    except ClusterwrightError as error:
        complain(str(error))
        return error.exit_code
    except OSError as error:
        complain(str(from_system(error)))
        return ClusterwrightError.exit_code
    except KeyboardInterrupt:
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
