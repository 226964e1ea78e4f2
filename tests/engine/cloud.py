"""A stack of a cloud under the real engine: a stand-in takes the place of the cloud's provider."""

from __future__ import annotations

import json
import os
import shlex
import shutil
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import yaml

from tests.engine.project import ROOT, Project, Stack
from tests.engine.standin.cloud import VARIABLE, Cloud
from tests.engine.standin.provider import PLUGIN
from tools import engine
from tools.stack import destroy


def stand_in(project: Project, name: str) -> None:
    """Let the engine run the stand-in for the provider `name`."""
    path = project.folder / "Pulumi.yaml"
    settings = yaml.safe_load(path.read_text())
    settings["plugins"]["providers"].append({"name": name, "path": f"./{PLUGIN}"})
    path.write_text(yaml.safe_dump(settings, sort_keys=False))


@dataclass
class CloudStack(Stack):
    """A stack whose state lies in its project's home, and whose cloud is a folder there."""

    @cached_property
    def exports(self) -> str:
        """Its environment. `make env` would ask for a backend that people share."""
        folder = engine.make_sure()
        assert folder, "there is no engine"
        for name in ("pulumi", "state"):
            (self.project.home / name).mkdir(exist_ok=True)
        variables = {
            "PATH": os.pathsep.join([str(folder), str(self.project.folder / ".venv" / "bin"), os.environ["PATH"]]),
            "VIRTUAL_ENV": str(self.project.folder / ".venv"),
            "PULUMI_HOME": str(self.project.home / "pulumi"),
            "PULUMI_BACKEND_URL": f"file://{self.project.home / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "of no account",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            VARIABLE: str(self.project.home / "cloud"),
        }
        return "\n".join(f"export {name}={shlex.quote(value)}" for name, value in variables.items())

    @cached_property
    def cloud(self) -> Cloud:
        return Cloud(self.project.home / "cloud")

    def init(self) -> None:
        """Make the stack, with the example of its lock beside its spec."""
        lock = f"{self.name}.lock.yaml"
        shutil.copy2(ROOT / "tests" / "locks" / lock, self.project.folder / "stacks" / lock)
        self.pulumi("stack", "init", "--no-select", self.name)

    def spec(self) -> dict[str, Any]:
        return yaml.safe_load((self.project.folder / "stacks" / f"{self.name}.yaml").read_text())

    def change_spec(self, **sections: Any) -> None:
        path = self.project.folder / "stacks" / f"{self.name}.yaml"
        path.write_text(yaml.safe_dump({**self.spec(), **sections}, sort_keys=False))

    def state(self) -> dict[str, dict[str, Any]]:
        """The resources that the engine knows, by name; those that components are, and the stack, are none."""
        exported = json.loads(self.pulumi("stack", "export", *self.selected))
        resources = exported["deployment"].get("resources", [])
        return {one["urn"].split("::")[-1]: one for one in resources if one["custom"]}

    def destroy(self, purge: bool = False) -> str:
        """As `make down` does it, or `make purge`."""
        return self.pulumi(*destroy(self.name.rpartition("-")[2], purge)[1:], *self.selected)

    def operations(self, since: int = 0) -> Counter[tuple[str, str]]:
        """What was done in the cloud after the first `since` operations: verb and name, and how often."""
        return Counter((one.verb, one.name) for one in self.cloud.operations()[since:])
