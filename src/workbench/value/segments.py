"""The segments in figures: what they earn and are worth, and that they add up to the company's margin."""

import numpy as np
import pandas as pd

from workbench.confidentiality import SHARED, clients_of, coarse, shareable_cells
from workbench.errors import BooksDoNotClose
from workbench.language import marked
from workbench.value.clientele import Clientele
from workbench.value.lifetime import Lifetime

FORMER = marked("former clients")
UNALLOCATED = marked("not attributable to a client")
TOTAL = marked("company")
MONEY = ("revenue_eur", "practical_margin_eur", "full_margin_eur")


def segment_table(
    clients: Clientele, segment: pd.Series, values: Lifetime, reconciliation: pd.DataFrame | None
) -> pd.DataFrame:
    """What each segment earned in the study period and is worth, down to the margin of the company.

    Parameters: segment, of the living clients; values, of the same clients; reconciliation, of the margin chapter
    (its line for full margin by customer), None where it is not known.
    Returns: segment, n_clients, revenue_eur, practical_margin_eur, full_margin_eur, lifetime_value_eur with its
    interval, headroom_eur, margin_at_risk_eur: the segments by full margin, then former clients, what no client can
    bear, and the company.
    Raises: BooksDoNotClose where segments and these lines are not the company's full margin to the cent.
    """
    own = segment.reindex(clients.clients.index).fillna(FORMER)
    cents = (clients.clients[list(MONEY)] * 100).round().astype("int64")
    summed = cents.groupby(own).sum()
    summed.insert(0, "n_clients", own.value_counts())
    order = summed.drop(index=FORMER, errors="ignore").sort_values("full_margin_eur", ascending=False).index.tolist()
    summed = summed.reindex([*order, *([FORMER] if FORMER in summed.index else [])])
    total = summed.sum()
    if reconciliation is not None:
        told = reconciliation[reconciliation["axis"].eq("customer")].set_index("margin")
        _check(int(total["full_margin_eur"]), told)
        apart = {f"{margin}_margin_eur": round(told.loc[margin, "not_attributable_eur"] * 100) for margin in told.index}
        summed.loc[UNALLOCATED] = pd.Series(apart).reindex(summed.columns, fill_value=0).astype("int64")
        total = summed.sum()
    summed.loc[TOTAL] = total
    table = summed.assign(**{name: summed[name] / 100 for name in MONEY}).rename_axis("segment").reset_index()
    return table.join(_outlook(clients, segment, values), on="segment")


def shareable_segments(
    segments: pd.DataFrame, clients: Clientele, segment: pd.Series, values: Lifetime, *, edition: str
) -> pd.DataFrame:
    """The segments that people may see who must not recognise a client; in the internal edition all that is known.

    Parameters: segments, as `segment_table` gives it for the other three. Returns, in the shared edition: segments and
    former clients, n_clients, what they earned, lifetime value and headroom, to two digits. A segment that would betray
    a client by any of these amounts is one row with others that hides it; totals are left out (assumption A97).
    """
    if edition != SHARED:
        return segments
    ahead = values.table["lifetime_value_eur"].reindex(clients.clients.index)
    amounts = clients.clients[[*MONEY, "headroom_eur"]].astype(float).assign(lifetime_value_eur=ahead)
    amounts["headroom_eur"] = amounts["headroom_eur"].where(clients.clients["alive"], 0.0)
    own = segment.reindex(amounts.index).fillna(FORMER).rename("segment")
    client = clients_of(clients.clients.reset_index()).rename("client")
    contributions = amounts.fillna(0.0).join(own).join(client)
    shown = segments[~segments["segment"].isin([UNALLOCATED, TOTAL])]
    shown = shown[["segment", "n_clients", *MONEY, "lifetime_value_eur", "headroom_eur"]].reset_index(drop=True)
    shown = shown.dropna(axis="columns", how="all")
    told = shareable_cells(shown, "segment", contributions)
    money = [column for column in told if column.endswith("_eur")]
    return told.assign(**{column: coarse(told[column]) for column in money})


def _outlook(clients: Clientele, segment: pd.Series, values: Lifetime) -> pd.DataFrame:
    """What is ahead: lifetime value with its interval, headroom, margin at risk; index segment and TOTAL."""
    here = clients.alive.loc[segment.index]
    rows = {}
    for name in [*segment.unique(), TOTAL]:
        of = np.ones(len(segment), dtype=bool) if name == TOTAL else segment.eq(name).to_numpy()
        known = values.horizon_months > 0
        low, high = values.total_interval(of) if known else (np.nan, np.nan)
        rows[name] = {
            "lifetime_value_eur": values.table.loc[of, "lifetime_value_eur"].sum(min_count=1),
            "lifetime_value_low_eur": low,
            "lifetime_value_high_eur": high,
            "headroom_eur": here.loc[of, "headroom_eur"].astype(float).sum(min_count=1),
            "margin_at_risk_eur": here.loc[of, "margin_at_risk_eur"].astype(float).sum(min_count=1),
        }
    return pd.DataFrame.from_dict(rows, orient="index").round(2)


def _check(clients_cents: int, told: pd.DataFrame) -> None:
    """The clients' full margin and what no client bears are the margin of the company."""
    line = told.loc["full"]
    company = round((line["total_eur"] + line["not_attributable_eur"]) * 100)
    found = clients_cents + round(line["not_attributable_eur"] * 100)
    if found != company:
        raise BooksDoNotClose(
            f"the segments and what no client bears make {found / 100:.2f}, the company's margin is "
            f"{company / 100:.2f}; the tables customer_margin and reconciliation are not of one run"
        )
