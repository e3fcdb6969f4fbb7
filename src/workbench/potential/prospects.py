"""Companies that are not clients yet: what one like them would buy, and where most of it is."""

import pandas as pd

from workbench.potential.wallet import Wallet

COLUMNS = (
    "prospect_id", "name", "naf_code", "size_class", "sector", "n_companies", "potential_eur", "potential_low_eur",
    "potential_high_eur", "total_potential_eur", "total_margin_eur",
)  # fmt: skip


def scored_market(market: pd.DataFrame, wallet: Wallet, rates: pd.Series) -> pd.DataFrame:
    """The table `prospects`: prospect companies and market cells with their potential, the largest total first.

    Parameters: market, a row per prospect or cell, with size_class and sector; n_companies where given (blank: 1);
    rates, practical margin per unit of revenue by size_class, as `size_rates` gives them; none is modified.
    Returns: COLUMNS; potential_eur of one company (what a client like it buys, assumption A68), total_potential_eur of
    all companies of the row, total_margin_eur at the margin rate of its size, or of accounts of unknown size.
    """
    table = market.reset_index(drop=True)
    table = table.join(wallet.of(table[["size_class", "sector"]]))
    given = table["n_companies"] if "n_companies" in table else pd.Series(pd.NA, index=table.index)
    table["n_companies"] = pd.to_numeric(given).astype("Int64").fillna(1).astype("int64")
    table["total_potential_eur"] = table["potential_eur"] * table["n_companies"]
    table["total_margin_eur"] = table["total_potential_eur"] * table["size_class"].fillna("").map(rates)
    table = table.reindex(columns=list(COLUMNS))
    money = [column for column in COLUMNS if column.endswith("_eur")]
    table[money] = table[money].astype("float64").round(2)
    return table.sort_values("total_potential_eur", ascending=False, kind="stable", ignore_index=True)


def market_by(prospects: pd.DataFrame, by: str) -> pd.DataFrame:
    """The scored market summed by size_class or sector, the largest total potential first.

    Returns: the column `by` (None: unknown), n_companies, total_potential_eur, total_margin_eur.
    """
    found = prospects.groupby(by, dropna=False)[["n_companies", "total_potential_eur", "total_margin_eur"]].sum()
    found = found.sort_values("total_potential_eur", ascending=False, kind="stable").reset_index()
    return found.assign(**{by: found[by].astype(object).where(found[by].notna(), None)})
