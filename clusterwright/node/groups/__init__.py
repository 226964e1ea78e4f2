"""The machines of a group, as the head asks for them and ends them: one interface, whoever lends the machines.

Each call reads what is there and changes what differs, so a head that was killed between two calls goes on where it
was. A cloud's client is imported when its group is opened.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

State = Literal["starting", "running", "ending"]


class GroupError(Exception):
    """Who lends the machines refused, or does not answer; `reason` is a sentence for the user."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Machine:
    """A machine that exists. Its `id` is what cloud-init writes to /var/lib/cloud/data/instance-id on it.

    `address` is a private one; None where it has none yet, or the cloud does not tell. One that is `outdated` started
    with other settings than the group's machines start with now; None where that is not known.
    """

    id: str
    state: State
    address: str | None = None
    outdated: bool | None = None


class Group(Protocol):
    """Every method raises GroupError where it was refused or got no answer; calling it again later does no harm."""

    def list(self) -> Sequence[Machine]:
        """The machines that exist. One that died and one that was asked for but does not exist yet are none."""
        ...

    def grow(self, size: int) -> None:
        """Have `size` machines, at most the group's maximum.

        Asks for those that are missing, in place of dead ones too, and takes back what was asked for beyond `size` and
        does not exist yet. It never ends a machine that lives.
        """
        ...

    def end(self, ids: Collection[str]) -> None:
        """End these machines and ask for none in their place; the ids of no machine of the group are none to end."""
        ...

    def reason(self) -> str | None:
        """Why there are fewer machines than were asked for, in the words of who lends them; None where it is not known.

        Worth asking while machines are missing; it says nothing of a refusal that was raised.
        """
        ...


def open_group(provider: str, cluster: Mapping[str, Any], name: str) -> Group:
    """The group called `name` of the cluster whose facts are in facts/cluster.json.

    Raises ValueError for a group or provider that is not known, ModuleNotFoundError without the cloud's client.
    """
    facts = next((group for group in cluster["groups"] if group["name"] == name), None)
    if facts is None:
        raise ValueError(f"the cluster has no group `{name}`")
    match provider:
        case "local":
            from clusterwright.node.groups.local import SOCKET, LocalGroup

            return LocalGroup(name, SOCKET)
        case "aws":
            from clusterwright.node.groups.aws import AwsGroup

            return AwsGroup.open(facts["cloud_group"], cluster["region"])
        case "gcp":
            from clusterwright.node.groups.gcp import GcpGroup

            place = cluster["project"], cluster["zone"]
            return GcpGroup.open(facts["cloud_group"], *place, maximum=facts["max"], grows_by=facts["grows_by"])
    raise ValueError(f"no groups of provider `{provider}` are known")
