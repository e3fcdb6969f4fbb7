"""Potential and headroom made fit for the shared edition; in the internal edition they stay as they are."""

import numpy as np
import pandas as pd

from workbench.confidentiality import SHARED, clients_of, coarse, shareable_cells, shown_cells

AXES = ["size_class", "sector"]
UNKNOWN = "unknown"


def shareable_map(cells: pd.DataFrame, spend: pd.DataFrame, *, edition: str) -> pd.DataFrame:
    """The cells of size and sector that betray no client: amounts to two significant digits, and n.

    Parameters: cells, as `Wallet.cells` gives them; spend, the accounts with group_id, size_class, sector,
    current_eur, in_reference; edition, of the study. None is modified.
    Notes: a quantile of few clients is nearly the amount of one of them, hence the rounding (assumption A73).
    """
    if edition != SHARED or cells.empty:
        return cells
    client = clients_of(spend).to_numpy()
    reference = spend.assign(client=client, amount_eur=spend["current_eur"])[spend["in_reference"]]
    told = shown_cells(reference, *AXES)
    told = told.loc[told["shown"], AXES]
    keys = [each[AXES].astype(object).where(each[AXES].notna(), None).apply(tuple, axis=1) for each in (cells, told)]
    shown = cells[keys[0].isin(set(keys[1]))].reset_index(drop=True)
    untold = {"potential_low_eur": np.nan, "potential_high_eur": np.nan, "largest_share": np.nan}
    return shown.assign(potential_eur=coarse(shown["potential_eur"]), **untold)


def shareable_headroom(groups: pd.DataFrame, potential: pd.DataFrame, by: str, *, edition: str) -> pd.DataFrame:
    """Headroom by size or sector that betrays no client: amounts to two digits, too thin values in one row "others".

    Parameters: groups, as `headroom_by` gives them by `by`; potential, as `potential_by_customer` gives it; edition, of
    the study. None is modified. Returns: n_customers, current_eur, potential_eur, headroom_eur, wallet_share by `by`,
    the row "others" last; no row where no value can be shown by itself.
    Notes: a value is shown where its spend, its potential and its headroom all hide their clients, and so must what is
    put together (assumption A75).
    """
    if edition != SHARED or groups.empty:
        return groups
    active = potential[potential["active"] & potential["potential_eur"].notna()]
    weighed = active[["potential_eur", "headroom_eur"]].assign(revenue_eur=active["current_eur"].clip(lower=0))
    weighed[by] = active[by].fillna(UNKNOWN).to_numpy()
    weighed["client"] = clients_of(active).to_numpy()
    named = groups.assign(**{by: groups[by].fillna(UNKNOWN)}).rename(columns={"current_eur": "revenue_eur"})
    told = shareable_cells(named.drop(columns=["headroom_margin_eur"]), by, weighed)
    if not told[by].isin(named[by]).any():
        return groups.iloc[:0]
    money = ["revenue_eur", "potential_eur", "headroom_eur"]
    told = told.assign(**{column: coarse(told[column]) for column in money}).rename(
        columns={"revenue_eur": "current_eur"}
    )
    told[by] = told[by].where(told[by].ne(UNKNOWN), None)
    return told.assign(wallet_share=1 - told["headroom_eur"] / told["potential_eur"])
