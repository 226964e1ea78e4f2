"""What the tests ask of whoever lends machines, beyond what a group does."""

from __future__ import annotations

from typing import Protocol

from clusterwright.node.groups import Group

MAXIMUM = 4
"""Machines that a lender's group may have unless a test says otherwise."""


class Lender(Protocol):
    """A cloud, or this host, with one group."""

    maximum: int
    calls: list[str]
    """What was asked of it, each as the permission that it takes."""

    @property
    def group(self) -> Group: ...

    @property
    def asked(self) -> int:
        """The machines that it wants to have."""
        ...

    @property
    def changes(self) -> int:
        """How often it was asked for something that it had not been asked for before."""
        ...

    def come(self) -> None:
        """The machines that are asked for come to exist, unless `hinder` said otherwise."""
        ...

    def boot(self) -> None:
        """The machines that exist start to run."""
        ...

    def die(self, id: str) -> None:
        """A machine is gone, and nobody asked for that."""
        ...

    def hinder(self, reason: str) -> None:
        """From now on no machine comes to exist."""
        ...

    def refuse(self, reason: str) -> None:
        """From now on every call is refused."""
        ...
