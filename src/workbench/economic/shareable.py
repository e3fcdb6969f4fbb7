"""Margins made fit for the shared edition; in the internal edition they stay as they are."""

from dataclasses import replace

import ibis
import pandas as pd

from workbench.confidentiality import FEWEST_CLIENTS, LARGEST_SHARE, SHARED, is_shareable, shareable_cells
from workbench.economic.axes import Axes
from workbench.economic.whale import WhaleCurve
from workbench.errors import ParamsError

SHOWN_AXES = ("product", "delivery_zone")


def shareable_axes(axes: Axes, studied: ibis.Table, *, edition: str) -> Axes:
    """The axes with the products and zones put together that could betray a client (see `shareable_cells`).

    Parameters: axes, from `margins_by_axis`; studied, from `period_deliveries`; edition, of the study.
    Returns: axes with the same sums; the other axes are not shown in a shared report and stay as they are.
    """
    if edition != SHARED:
        return axes
    shown = dict(axes.margins)
    for axis in SHOWN_AXES:
        by_client = studied.group_by([axis, "customer_id"])
        sums = by_client.aggregate(revenue_eur=studied.revenue_eur.cast("float64").sum()).to_pandas()
        shown[axis] = shareable_cells(axes.margins[axis], axis, sums)
    return replace(axes, margins=shown)


def shareable_whale(whale: WhaleCurve, *, edition: str) -> WhaleCurve:
    """The whale curve drawn by groups of clients instead of client by client.

    Each point kept ends a group that is shareable, so that no step of the curve is one client's margin; the peak and
    the end stay. Raises: ParamsError where the clients that earn, or those that lose, are too few or have one among
    them too large to be shown even as a whole.
    """
    if edition != SHARED:
        return whale
    margin = whale.ranked.set_index("rank")["margin_eur"]
    kept: list[int] = []
    for side, name in ((margin[margin > 0], "earn"), (margin[margin < 0], "lose")):
        if side.empty:
            continue
        if not is_shareable(side):
            raise ParamsError(
                f"edition: shared is not possible: the clients that {name} money are fewer than {FEWEST_CLIENTS}, or "
                f"one of them has more than {LARGEST_SHARE:.0%} of it; use edition: internal"
            )
        kept += _group_ends(side)
    unmoved = margin[margin == 0]
    kept += [int(unmoved.index[-1])] if len(unmoved) else []
    points = whale.ranked[whale.ranked["rank"].isin(kept)].reset_index(drop=True)
    return replace(whale, ranked=points.assign(customer_id=None, margin_eur=float("nan")))


def _group_ends(side: pd.Series) -> list[int]:
    """Ranks at which groups of clients end, each group shareable; what is left over joins the groups before it."""
    starts = [0]
    for place in range(1, len(side) + 1):
        if is_shareable(side.iloc[starts[-1] : place]):
            starts.append(place)
    while starts[-1] == len(side) or not is_shareable(side.iloc[starts[-1] :]):
        starts.pop()
    return [int(side.index[start - 1]) for start in starts[1:]] + [int(side.index[-1])]
