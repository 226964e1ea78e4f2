"""What a cluster may cost, and when it has to be done."""

from typing import Annotated, Literal

from pydantic import Field

from clusterwright.spec.base import SpecModel, costs
from clusterwright.spec.units import Duration, Money

_COUNTED = costs("in_place", "the guard on the head counts to the new value")


class BudgetSpec(SpecModel):
    """Limits of money and time. The head counts prices and hours, and stops at the limit."""

    limit: Money | None = Field(
        default=None, description="the most to spend", examples=["5000 USD"], json_schema_extra=_COUNTED
    )
    deadline: Duration | None = Field(
        default=None, description="the longest a job may take", examples=["48 h"], json_schema_extra=_COUNTED
    )
    on_finish: Literal["keep", "scale_to_zero"] = Field(
        default="scale_to_zero",
        description="what becomes of the nodes when the job has finished; the head and the storage stay",
        examples=["scale_to_zero"],
        json_schema_extra=_COUNTED,
    )
    alerts: Annotated[tuple[Annotated[int, Field(ge=1, le=100)], ...], Field(max_length=10)] = Field(
        default=(50, 80, 100),
        description="shares of the limit, in percent, at which you are told",
        examples=["[50, 80, 100]"],
        json_schema_extra=costs("in_place", "the alerts move"),
    )
