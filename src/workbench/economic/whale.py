"""The whale curve: who makes the margin, and who loses part of it again."""

from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class WhaleCurve:
    """Cumulative margin by ranked customer.

    ranked: rank (1 = highest margin), customer_id, margin_eur, cumulative_eur, cumulative_share (null where the total
    is not above 0). total_eur, peak_eur, peak_rank; lost_eur = peak less total; n_negative, customers below 0;
    peak_share = peak / total (None where the total is not above 0: then only the euros speak).
    """

    ranked: pd.DataFrame
    total_eur: float
    peak_eur: float
    peak_rank: int
    lost_eur: float
    n_negative: int
    peak_share: float | None

    @property
    def n_customers(self) -> int:
        """Customers ranked."""
        return int(self.ranked["rank"].iloc[-1]) if len(self.ranked) else 0


def whale_curve(margins: pd.DataFrame, *, margin: str = "full_margin_eur") -> WhaleCurve:
    """Rank the customers that bought or cost anything in the period by margin, and add up.

    Parameters: margins, the table customer_margin; margin, the column ranked. Returns: a WhaleCurve; ties are ranked
    by customer_id.
    References: Kaplan & Narayanan, "Measuring and Managing Customer Profitability" (2001).
    """
    active = margins[margins["n_deliveries"].gt(0) | margins["revenue_eur"].ne(0) | margins[margin].ne(0)]
    ranked = active.sort_values([margin, "customer_id"], ascending=[False, True])[["customer_id", margin]]
    ranked = ranked.rename(columns={margin: "margin_eur"}).reset_index(drop=True)
    ranked.insert(0, "rank", ranked.index + 1)
    ranked["cumulative_eur"] = (ranked["margin_eur"] * 100).round().cumsum() / 100
    total = float(ranked["cumulative_eur"].iloc[-1]) if len(ranked) else 0.0
    ranked["cumulative_share"] = ranked["cumulative_eur"] / total if total > 0 else float("nan")
    earning = int(ranked["margin_eur"].gt(0).sum())
    peak = float(ranked["cumulative_eur"].iloc[earning - 1]) if earning else 0.0
    return WhaleCurve(
        ranked=ranked,
        total_eur=total,
        peak_eur=peak,
        peak_rank=earning,
        lost_eur=round(peak - total, 2),
        n_negative=int(ranked["margin_eur"].lt(0).sum()),
        peak_share=peak / total if total > 0 else None,
    )
