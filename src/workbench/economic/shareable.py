"""Margins made fit for the shared edition; in the internal edition they stay as they are."""

from dataclasses import replace

import ibis
import numpy as np
import pandas as pd

from workbench.confidentiality import (
    FEWEST_CLIENTS,
    LARGEST_SHARE,
    SHARED,
    clients_of,
    is_shareable,
    shareable_cells,
)
from workbench.economic.axes import Axes
from workbench.economic.whale import WhaleCurve
from workbench.errors import ParamsError

SHOWN_AXES = ("product", "delivery_zone")


def shareable_axes(axes: Axes, studied: ibis.Table, customers: pd.DataFrame, *, edition: str) -> Axes:
    """The axes with the products and zones put together that could betray a client (see `shareable_cells`).

    Parameters: axes, from `margins_by_axis`; studied, from `period_deliveries`; customers, customer_id, group_id;
    edition, of the study. Returns: axes to be shown; they may lack what must be hidden, so the books are held against
    the axes given. The other axes are not shown in a shared report and stay as they are.
    Raises: ParamsError where no value of an axis can be shown.
    """
    if edition != SHARED:
        return axes
    client, shown = clients_of(customers), dict(axes.margins)
    for axis in SHOWN_AXES:
        by_client = studied.group_by([axis, "customer_id"])
        sums = by_client.aggregate(revenue_eur=studied.revenue_eur.cast("float64").sum()).to_pandas()
        given = axes.margins[axis]
        shown[axis] = shareable_cells(given, axis, sums.assign(client=sums["customer_id"].map(client)))
        if len(given) and shown[axis].empty:
            raise ParamsError(
                f"edition: shared is not possible: all clients whose {axis} is known are fewer than {FEWEST_CLIENTS}, "
                f"or one of them has more than {LARGEST_SHARE:.0%} of their revenue; use edition: internal, or leave "
                f"the column {axis} out"
            )
    return replace(axes, margins=shown)


def shareable_whale(whale: WhaleCurve, accounts: pd.DataFrame, *, edition: str) -> WhaleCurve:
    """The whale curve drawn by groups of clients instead of client by client.

    Parameters: whale, from `whale_curve`; accounts, customer_id, group_id; edition, of the study.
    Each point kept ends a step that is shareable, so that no step of the curve is one client's margin; the peak and
    the end stay. Raises: ParamsError where the clients that earn, or those that lose, are too few or have one among
    them too large to be shown even as a whole.
    """
    if edition != SHARED:
        return whale
    ranked = whale.ranked.assign(client=whale.ranked["customer_id"].map(clients_of(accounts))).set_index("rank")
    margin = ranked["margin_eur"]
    kept: list[int] = []
    for side, name in ((ranked[margin > 0], "earn"), (ranked[margin < 0], "lose")):
        if side.empty:
            continue
        if not is_shareable(side.groupby("client")["margin_eur"].sum()):
            raise ParamsError(
                f"edition: shared is not possible: the clients that {name} money are fewer than {FEWEST_CLIENTS}, or "
                f"one of them has more than {LARGEST_SHARE:.0%} of it; use edition: internal"
            )
        kept += _step_ends(side)
    unmoved = margin[margin == 0]
    kept += [int(unmoved.index[-1])] if len(unmoved) else []
    points = whale.ranked[whale.ranked["rank"].isin(kept)].reset_index(drop=True)
    return replace(whale, ranked=points.assign(customer_id=None, margin_eur=float("nan")))


def shareable_reasons(
    reasons: pd.DataFrame, gaps: pd.DataFrame, margins: pd.DataFrame, *, edition: str
) -> pd.DataFrame:
    """The reasons of losses that are no single client's: items whose excess hides the clients it is made of.

    Parameters: reasons, of `loss_reasons`; gaps, of `cost_gaps`; margins, the table customer_margin; edition, of the
    study.
    """
    if edition != SHARED:
        return reasons
    losing = margins[margins["full_margin_eur"].lt(0)]
    own = gaps[gaps["customer_id"].isin(losing["customer_id"])]
    client = own["customer_id"].map(clients_of(losing)).rename("client")
    by_client = own["excess_eur"].groupby([own["item"], client]).sum()
    told = [item for item, excess in by_client.groupby(level="item") if is_shareable(excess)]
    return reasons[reasons["item"].isin(told)].reset_index(drop=True)


def _step_ends(side: pd.DataFrame) -> list[int]:
    """Ranks at which steps of the curve end, each shareable; what is left over joins the steps before it."""
    starts, by_client = [0], {}
    for place, (client, margin) in enumerate(zip(side["client"], side["margin_eur"], strict=True), start=1):
        by_client[client] = by_client.get(client, 0.0) + margin
        if is_shareable(np.array(list(by_client.values()))):
            starts.append(place)
            by_client = {}
    while starts[-1] == len(side) or not is_shareable(side.iloc[starts[-1] :].groupby("client")["margin_eur"].sum()):
        starts.pop()
    return [int(side.index[start - 1]) for start in starts[1:]] + [int(side.index[-1])]
