"""Tables of future value as printed."""

import pandas as pd

from workbench.language import said
from workbench.wording.shown import Sheet


def unmapped_sheet(unmapped: pd.DataFrame, *, unit: str) -> Sheet | None:
    """The activity codes without a sector; None where each has one."""
    if unmapped.empty:
        return None
    return Sheet(unmapped, "Activity codes without a sector, with what their accounts buy a year.", unit)


def clients_sheet(potential: pd.DataFrame, names: dict[str, str], *, unit: str) -> Sheet:
    """Every account with its potential, the largest headroom first."""
    answers = {True: said("yes"), False: said("no")}
    shown = potential.assign(
        sector=potential["sector"].replace(names),
        saturated=potential["saturated"].map(answers),
        active=potential["active"].map(answers),
    )
    columns = [
        "customer_id", "name", "size_class", "sector", "active", "current_eur", "potential_eur", "potential_low_eur",
        "potential_high_eur", "headroom_eur", "headroom_margin_eur", "likely_headroom_eur", "wallet_share", "saturated",
    ]  # fmt: skip
    if shown["likely_headroom_eur"].isna().all():
        columns.remove("likely_headroom_eur")
    return Sheet(shown[columns], "Accounts by headroom; amounts a year, potential with its 90 % interval.", unit)


def prospects_sheet(prospects: pd.DataFrame, names: dict[str, str], *, unit: str) -> Sheet:
    """Prospects and market cells, the largest total potential first."""
    shown = prospects.assign(sector=prospects["sector"].replace(names))
    return Sheet(shown, "Prospects and market cells; amounts a year, potential of one company with its interval.", unit)
