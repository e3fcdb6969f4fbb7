"""Growth of seconds or memory with size: slopes, and curves on logarithmic axes."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import LogLocator


def slopes(found: pd.DataFrame) -> pd.Series:
    """Slope of log seconds in log size of each version with several sizes: 1 is linear growth."""
    return pd.Series(
        {
            version: float(np.polyfit(np.log(own["size"]), np.log(own["seconds"]), 1)[0])
            for version, own in found.groupby("version", sort=False)
            if len(own) > 1
        },
        dtype=float,
    )


def draw_growth(axis: Axes, found: pd.DataFrame, *, column: str, xlabel: str, ylabel: str) -> None:
    """A column of `found` by size, both axes logarithmic, a line for each version."""
    for version, own in found.groupby("version", sort=False):
        axis.loglog(own["size"], own[column], marker="o", markersize=4, label=version)
    axis.set(xlabel=xlabel, ylabel=ylabel)
    sizes = sorted(found["size"].unique())
    axis.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axis.minorticks_off()
    axis.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.grid(alpha=0.3)
