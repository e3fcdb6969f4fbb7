"""The map of the potential made fit for the shared edition; in the internal edition it stays as it is."""

import numpy as np
import pandas as pd

from workbench.confidentiality import SHARED, clients_of, shown_cells

AXES = ["size_class", "sector"]
DIGITS = 2


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
    amount = shown["potential_eur"]
    step = 10.0 ** (np.floor(np.log10(amount)) - DIGITS + 1)
    untold = {"potential_low_eur": np.nan, "potential_high_eur": np.nan, "largest_share": np.nan}
    return shown.assign(potential_eur=(amount / step).round() * step, **untold)
