"""`python -m clusterwright.node.notices`: the service clusterwright-notices."""

from __future__ import annotations

from clusterwright.node.health.facts import Facts
from clusterwright.node.health.system import System
from clusterwright.node.notices.aws import Aws
from clusterwright.node.notices.gcp import Gcp
from clusterwright.node.notices.planned import Planned
from clusterwright.node.notices.service import Service, run


def main() -> None:
    facts = Facts.from_environment()
    # A local machine has a stand-in for AWS's service, at the same address.
    cloud = Gcp() if facts.provider == "gcp" else Aws()
    run(Service(facts, [Planned(facts), *cloud.sources()], System()))


if __name__ == "__main__":
    main()
