"""What the pictures that the project draws with matplotlib have in common.

INK and GRID are stand-ins to draw with, which a picture replaces with CSS variables: so it follows light and dark.
"""

from typing import Any

INK, GRID = "#010203", "#040506"
STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "clusterwright",
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GRID,
    "xtick.color": INK,
    "ytick.color": INK,
    "text.color": INK,
    "legend.frameon": False,
}
