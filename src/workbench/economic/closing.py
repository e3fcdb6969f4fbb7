"""The proof that every axis is the company's margin, to the cent."""

import numpy as np
import pandas as pd

from workbench.economic.allocation import Allocation
from workbench.economic.axes import Axes
from workbench.economic.margins import FileTotals
from workbench.economic.pools import Books, PoolCosts
from workbench.errors import BooksDoNotClose


def reconciliation(axes: Axes, costs: PoolCosts, books: Books, files: FileTotals) -> pd.DataFrame:
    """Whether each axis, with its not-attributable line, is the company's margin to the cent.

    Parameters: axes, the tables that are published, with what has no value on an axis; costs, books and files, each
    summed apart from them. Returns: the table `reconciliation`: margin, axis, total_eur, not_attributable_eur,
    ledger_eur (null without a ledger), reference, difference_eur.
    Raises: BooksDoNotClose naming margin, axis and difference, where a difference is not 0.
    Notes: no term is a remainder of the others, so a lost row or cent shows.
    """
    rows = []
    for axis, table in axes.margins.items():
        company_margins = _company_margins(axes.allocations[axis], costs, books, files)
        for (margin, (apart, company)), unnamed in zip(company_margins.items(), axes.unnamed[axis], strict=True):
            rows.append((margin, axis, _cents(table[f"{margin}_margin_eur"]), apart + unnamed, company))
    table = pd.DataFrame(rows, columns=["margin", "axis", "total", "apart", "company"])
    difference = table["total"] + table["apart"] - table["company"]
    for row in table[difference.ne(0)].itertuples():
        raise BooksDoNotClose(
            f"{row.margin} margin by {row.axis} differs from the company's by {difference[row.Index] / 100:.2f}"
        )
    return pd.DataFrame(
        {
            "margin": table["margin"],
            "axis": table["axis"],
            "total_eur": table["total"] / 100,
            "not_attributable_eur": table["apart"] / 100,
            "ledger_eur": table["company"] / 100 if books.in_use else np.nan,
            "reference": "ledger" if books.in_use else "accepted rows",
            "difference_eur": difference / 100,
        }
    )


def _company_margins(
    by_axis: Allocation, costs: PoolCosts, books: Books, files: FileTotals
) -> dict[str, tuple[int, int]]:
    """Per margin: what no cell bears, by its known reasons, and what the company's figure is, both in cents."""
    if costs.activities.empty:
        company = books.margin_cents if books.in_use else files.margin_cents
        return dict.fromkeys(("practical", "full"), (company - files.margin_cents, company))
    months, pools, apart = books.months, costs.pools, by_axis.elsewhere
    contribution = int(months["revenue_cents"].sum() - months["direct_purchases_cents"].sum())
    not_in_files = contribution - (files.revenue_cents - files.direct_purchases_cents)
    practical = not_in_files - int(apart["used"])
    full = practical - int(apart["idle"] - apart["overdriven"] + apart["sustaining"] + pools["unassigned_cents"].sum())
    return {
        "practical": (practical, contribution - int(pools["used_cents"].sum())),
        "full": (full, books.margin_cents),
    }


def _cents(euros: pd.Series) -> int:
    return int((euros * 100).round().astype(np.int64).sum())
