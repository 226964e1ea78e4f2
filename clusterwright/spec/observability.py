"""Logs, dashboard, alarms."""

from typing import Annotated

from pydantic import Field

from clusterwright.spec.base import SpecModel, costs, matching
from clusterwright.spec.units import Duration

Mail = Annotated[
    str, matching(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+\.[^\s@<>,;\"]+", 254, "it is an address for mail", "ml@example.com")
]


class ObservabilitySpec(SpecModel):
    """What is kept to look at, and who is told."""

    logs: Duration = Field(
        default=Duration(30 * 86400),
        description="how long logs are kept",
        examples=["30 d"],
        json_schema_extra=costs("in_place", "logs that are older than the new value go"),
    )
    dashboard: bool = Field(
        default=True,
        description="a dashboard of GPUs, fabric, file systems, queue and spend",
        examples=["true"],
        json_schema_extra=costs("in_place", "the dashboard is made or removed"),
    )
    notify: Annotated[tuple[Mail, ...], Field(max_length=10)] = Field(
        default=(),
        description="who is told of alarms and of the budget",
        examples=["[ml@example.com]"],
        json_schema_extra=costs("in_place", "subscriptions are made or removed"),
    )
