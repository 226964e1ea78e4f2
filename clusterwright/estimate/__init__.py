"""What a plan will take: work, memory, time, money and energy. Pure, fast, and every figure has its basis and range."""

from clusterwright.estimate.estimate import Estimate, estimate
from clusterwright.estimate.quantity import Figure, Unit, plain

__all__ = ["Estimate", "Figure", "Unit", "estimate", "plain"]
