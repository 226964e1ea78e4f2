"""How a group's machines are bought: a union told apart by `kind`."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from clusterwright.spec.base import SpecModel, costs, matching, refusal
from clusterwright.spec.units import Duration, Moment, Money

_BOUGHT = costs("replace", "new machines of the group are bought the new way; those that run stay until they end")

ReservationId = Annotated[
    str,
    matching(
        r"[A-Za-z0-9][A-Za-z0-9._/-]*",
        200,
        "a reservation is named as its cloud names it: an id on AWS, a name or projects/…/reservations/… on GCP",
        "cr-0123456789abcdef0",
    ),
]


class OnDemand(SpecModel):
    """Machines at the list price, for as long as they are wanted, if there are any."""

    kind: Literal["on_demand"] = Field(description="the list price", examples=["on_demand"], json_schema_extra=_BOUGHT)


class Spot(SpecModel):
    """Spare machines, cheaper, that the cloud takes back with a short notice: two minutes on AWS, 30 seconds on GCP."""

    kind: Literal["spot"] = Field(description="spare machines", examples=["spot"], json_schema_extra=_BOUGHT)
    max_price: Money | None = Field(
        default=None,
        description="the most to pay for a machine and hour (AWS); left out, the list price",
        examples=["12 USD"],
        json_schema_extra=costs("in_place", "holds for machines that start from then on"),
    )


class Reservation(SpecModel):
    """Machines that are set aside for the account, and paid for whether they run or not."""

    kind: Literal["reservation"] = Field(
        description="machines set aside", examples=["reservation"], json_schema_extra=_BOUGHT
    )
    id: ReservationId = Field(
        description="the reservation's id (AWS) or name (GCP)",
        examples=["cr-0123456789abcdef0"],
        json_schema_extra=_BOUGHT,
    )


class CapacityBlock(SpecModel):
    """Machines that are reserved and paid for ahead, from `start` to `end` (AWS: EC2 Capacity Blocks for ML)."""

    kind: Literal["capacity_block"] = Field(
        description="machines for a time", examples=["capacity_block"], json_schema_extra=_BOUGHT
    )
    id: ReservationId = Field(
        description="the block's reservation id", examples=["cr-0123456789abcdef0"], json_schema_extra=_BOUGHT
    )
    start: Moment = Field(
        description="when the block begins",
        examples=["2026-12-01T11:30Z"],
        json_schema_extra=costs("in_place", "the group's scheduled actions move"),
    )
    end: Moment = Field(
        description="when the block ends; its machines are ended from 30 minutes before",
        examples=["2026-12-05T11:30Z"],
        json_schema_extra=costs("in_place", "the group's scheduled actions move"),
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.start >= self.end:
            raise refusal(
                "range",
                f"ends at {self.end}, not after its start at {self.start}",
                "a block's machines run from its start to its end",
                "write the block's own `start` and `end`, as the cloud shows them",
            )
        return self


class FlexStart(SpecModel):
    """Machines that are queued for and then run for a stated time (GCP: Dynamic Workload Scheduler)."""

    kind: Literal["flex_start"] = Field(
        description="machines that are queued for", examples=["flex_start"], json_schema_extra=_BOUGHT
    )
    duration: Duration = Field(
        description="how long they run, then they are deleted; 10 minutes to 7 days",
        examples=["24 h"],
        json_schema_extra=costs("in_place", "holds for machines that are asked for from then on"),
    )


Capacity = Annotated[OnDemand | Spot | Reservation | CapacityBlock | FlexStart, Field(discriminator="kind")]
