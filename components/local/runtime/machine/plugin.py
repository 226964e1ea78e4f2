"""The resources of a cluster of machines, as the plugin offers them to the engine: network, image, machines."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from ipaddress import IPv4Network
from pathlib import Path
from typing import Literal

from clusterwright.host import local
from clusterwright.host.host import Host
from components.local.runtime.machine import base, network, supervisor
from components.local.runtime.machine.cgroup import Cgroup
from components.local.runtime.machine.fleet import Fleet, Group
from components.local.runtime.machine.machine import Machine
from components.local.runtime.machine.place import Place
from components.local.runtime.resource import Inputs, Resource, say
from components.local.runtime.state import Outputs


class NetworkInputs(Inputs):
    """`folder` is the cluster's."""

    cluster: str
    folder: Path


class Network(Resource[NetworkInputs]):
    """The cluster's network. Its subnet is chosen when it is made, and stays for as long as the cluster exists."""

    model = NetworkInputs
    identity = frozenset({"cluster", "folder"})

    def problems(self, inputs: NetworkInputs) -> list[tuple[str, str]]:
        found = [("cluster", problem) for problem in local.problems(Host())]
        if problem := Place(inputs.folder).problem():
            found.append(("folder", problem))
        return found

    def drift(self, inputs: NetworkInputs, state: Outputs) -> Mapping[str, str]:
        if _network(state).is_whole():
            return {}
        return {"cluster": "the cluster's network is not whole any more, as after a restart: it is made again"}

    def preview(self, inputs: NetworkInputs, state: Outputs | None, stack: str) -> Outputs:
        return state or inputs.outputs()

    def create(self, inputs: NetworkInputs, stack: str) -> tuple[str, Outputs]:
        place = Place(inputs.folder)
        made = network.find(place) or network.Network(place, network.choose(place))
        outputs = inputs.outputs(subnet=str(made.subnet))
        return place.name, self._make(outputs)

    def read(self, state: Outputs) -> Outputs | None:
        return state

    def update(self, inputs: NetworkInputs, state: Outputs) -> Outputs:
        return self._make(state)

    def delete(self, state: Outputs) -> None:
        """Remove it, and whatever machine of this cluster is left: one that no state knows, after a crash."""
        Fleet(Place(Path(state["folder"]))).remove()
        with suppress(OSError):  # the bucket is still there
            Path(state["folder"]).rmdir()

    def _make(self, state: Outputs) -> Outputs:
        net = _network(state)
        if not net.is_linked():
            Cgroup(net.place.name).kill()  # what runs is on a network that has no name any more
        net.make()
        return state


def _network(state: Outputs) -> network.Network:
    return network.Network(Place(Path(state["folder"])), IPv4Network(state["subnet"]))


class ImageInputs(Inputs):
    """`cache` is this user's, `archive` the bundle that has the step which installs what the lock names."""

    cache: Path
    archive: Path
    lock_sha256: str


class Image(Resource[ImageInputs]):
    """The root that machines share. It stays when the cluster goes: the next one starts in seconds."""

    model = ImageInputs
    identity = frozenset[str]()
    silent = frozenset({"archive"})  # another bundle alone makes no other image

    def drift(self, inputs: ImageInputs, state: Outputs) -> Mapping[str, str]:
        if all(Path(layer).is_dir() for layer in state["layers"]):
            return {}
        return {"cache": f"the machines' root is not in {inputs.cache}: it is built again"}

    def preview(self, inputs: ImageInputs, state: Outputs | None, stack: str) -> Outputs:
        layers = base.layers(inputs.cache, inputs.lock_sha256)
        return inputs.outputs(layers=[str(layer) for layer in layers])

    def create(self, inputs: ImageInputs, stack: str) -> tuple[str, Outputs]:
        return "root", self._make(inputs)

    def read(self, state: Outputs) -> Outputs | None:
        return state

    def update(self, inputs: ImageInputs, state: Outputs) -> Outputs:
        return self._make(inputs)

    def delete(self, state: Outputs) -> None:
        """Nothing: other clusters use it."""

    def _make(self, inputs: ImageInputs) -> Outputs:
        layers = base.software(inputs.cache, inputs.archive, inputs.lock_sha256, say)
        return inputs.outputs(layers=[str(layer) for layer in layers])


class MachinesInputs(Inputs):
    """`folder` is the cluster's; `layers` are what machines that start from then on have their roots over."""

    cluster: str
    name: str
    role: Literal["head", "compute"]
    maximum: int
    folder: Path
    layers: list[Path]
    user_data: str

    def fleet(self) -> Fleet:
        return Fleet(Place(self.folder))

    def group(self) -> Group:
        return Group(self.name, self.role, self.maximum, self.user_data, self.layers)


class Machines(Resource[MachinesInputs]):
    """A group of machines. The plugin owns its shape, the cluster's head its size; the head itself is always there."""

    model = MachinesInputs
    identity = frozenset({"cluster", "name", "role", "folder"})

    def problems(self, inputs: MachinesInputs) -> list[tuple[str, str]]:
        if inputs.maximum > network.MOST_MACHINES:
            return [
                ("maximum", f"a cluster on this machine has addresses for {network.MOST_MACHINES} machines at most")
            ]
        return []

    def drift(self, inputs: MachinesInputs, state: Outputs) -> Mapping[str, str]:
        fleet = inputs.fleet()
        if inputs.role == "head" and all(head.state() == "dead" for head in fleet.list(inputs.name)):
            return {"name": "the head is dead: it is started again"}
        if fleet.group(inputs.name) != inputs.group():
            return {"maximum": f"what group {inputs.name} is to be is not what was written down: it is written again"}
        if not supervisor.runs(fleet.place):
            return {"folder": "the cluster's supervisor does not run, or is of another release: it is started again"}
        return {}

    def preview(self, inputs: MachinesInputs, state: Outputs | None, stack: str) -> Outputs:
        return {**(state or {}), **inputs.outputs()}

    def create(self, inputs: MachinesInputs, stack: str) -> tuple[str, Outputs]:
        try:
            return f"{inputs.cluster}/{inputs.name}", self._make(inputs)
        except BaseException:
            inputs.fleet().drop(inputs.name)
            raise

    def read(self, state: Outputs) -> Outputs | None:
        inputs = _inputs_of(state)
        return _outputs(inputs)

    def update(self, inputs: MachinesInputs, state: Outputs) -> Outputs:
        return self._make(inputs)

    def delete(self, state: Outputs) -> None:
        inputs = _inputs_of(state)
        inputs.fleet().drop(inputs.name)

    def _make(self, inputs: MachinesInputs) -> Outputs:
        fleet = inputs.fleet()
        fleet.define(inputs.group())
        if inputs.role == "head":
            fleet.keep(inputs.name)
        supervisor.ensure(fleet.place)
        return _outputs(inputs)


def _inputs_of(state: Outputs) -> MachinesInputs:
    return MachinesInputs.model_validate({n: v for n, v in state.items() if n not in ("machines", "schemaVersion")})


def _outputs(inputs: MachinesInputs) -> Outputs:
    """With the head as it is. How many compute machines there are is the head's to say, from second to second."""
    if inputs.role != "head":
        return inputs.outputs()
    return inputs.outputs(machines=[_as_output(head) for head in inputs.fleet().list(inputs.name)])


def _as_output(head: Machine) -> dict[str, str]:
    state = "dead" if head.state() == "dead" else "running"
    return {"id": head.id, "state": state, "address": str(head.address)}
