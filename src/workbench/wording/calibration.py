"""Calibration of the potential in words."""

import pandas as pd

from workbench.language import said, word
from workbench.potential.calibration import ALL, BEYOND, SECTOR, SIZE, Calibration
from workbench.potential.likely import Likely
from workbench.potential.shares import OwnWallets
from workbench.wording.numbers import counted, number, share, short_money
from workbench.wording.shown import Finding

# Factors that differ by less look the same in print.
SAME = 0.005


def say_shares(told: OwnWallets) -> Finding:
    """How many accounts tell their share of purchases, what they tell, and how far single answers can be believed."""
    if told.accounts.empty:
        return Finding(said("No active account tells which share of its purchases it gives us."), tone="warning")
    sentences = [
        said(
            "{n} of {active} tell which share of their purchases we have: {share} on average.",
            n=number(len(told.accounts)),
            active=counted(told.n_active, "active account"),
            share=share(told.accounts["share"].mean(), 0),
        )
    ]
    error = number(100 * told.error_share, 1)
    if told.is_error_estimated:
        text = said(
            "A single answer is off by {error} points (standard error, from accounts with several).", error=error
        )
    else:
        text = said("A single answer is taken to be off by {error} points: too few accounts have several.", error=error)
    sentences.append(text)
    if told.n_unusable:
        accounts = counted(told.n_unusable, "account that buys tells", "accounts that buy tell")
        sentences.append(said("{accounts} a share of nearly nothing: left out.", accounts=accounts))
    return Finding(" ".join(sentences))


def say_calibration(calibrated: Calibration) -> Finding:
    """What calibration changed, with its interval, and whether it holds on the accounts left out."""
    if not calibrated.wallet.is_estimated:
        return Finding(calibrated.why_not, tone="warning")
    if calibrated.why_not is not None:
        text = said("The potential is not calibrated: {why} It may be too low.", why=calibrated.why_not)
        return Finding(text, tone="warning")
    levels = calibrated.levels
    overall = levels[levels["by"] == ALL].iloc[0]
    of_others = ""
    if calibrated.n_beyond:
        of_others = " " + said(
            "{accounts} more than {times} times the potential of size and sector: left out of the level.",
            accounts=counted(calibrated.n_beyond, "account that answered buys", "accounts that answered buy"),
            times=number(BEYOND),
        )
    sizes = [
        f"{word(row.value)} {number(row.factor, 2)}" for row in levels[levels["by"] == SIZE].itertuples()
    ]  # fmt: skip
    alike = levels.loc[levels["by"] == SIZE, "factor"].sub(overall["factor"]).abs().lt(SAME).all()
    sentences = [
        said(
            "By the answers of {accounts}, clients buy {factor} times ({low} to {high}) the potential estimated from "
            "spend alone, from all suppliers together.",
            accounts=counted(int(overall["n_accounts"]), "account"),
            factor=number(overall["factor"], 2),
            low=number(overall["factor_low"], 2),
            high=number(overall["factor_high"], 2),
        )
    ]
    if sizes:
        by_size = said("By size: {sizes}.", sizes=", ".join(sizes))
        sentences.append(said("No size differs from that.") if alike else by_size)
    sectors = levels[levels["by"] == SECTOR]
    moved = int(((sectors["factor_low"] > 1) | (sectors["factor_high"] < 1)).sum())
    if len(sectors):
        text = said(
            "{n} of {sectors} with answers enough differ from that beyond chance.",
            n=number(moved),
            sectors=counted(len(sectors), "sector"),
        )
    else:
        text = said("No sector has answers enough for a correction of its own.")
    sentences.append(text)
    sentences.append(
        said(
            "On accounts left out, the sum of potentials was {before} of what they say to buy and is {after} now; the "
            "rank correlation with it was {rank_before} and is {rank_after}.",
            before=share(calibrated.ratio_before, 0),
            after=share(calibrated.ratio_after, 0),
            rank_before=number(calibrated.rank_before, 2),
            rank_after=number(calibrated.rank_after, 2),
        )
    )
    return Finding(" ".join(sentences) + of_others)


def say_likely(likely: Likely, potential: pd.DataFrame, *, unit: str) -> Finding:
    """What single clients probably buy elsewhere beside their headroom, and which of the two the answers bear out."""
    if potential["potential_eur"].isna().all():
        return Finding(said("No potential is estimated for this study."), tone="warning")
    if not likely.is_known:
        return Finding(
            said(
                "What a single client buys elsewhere is not known here: headroom compares it with others of its size "
                "and sector, and one that buys little may have a small wallet rather than much room."
            ),
            tone="warning",
        )
    known = potential[potential["likely_headroom_eur"].notna()]
    return Finding(
        said(
            "By the answers, {clients} probably buy {likely} a year from others; their headroom is {headroom}. On "
            "accounts left out, the answers bear out {before} of the headroom of the quarter that has most of it, and "
            "{after} of the likely headroom of the quarter that has most of that; rank correlations {rank_before} and "
            "{rank_after}. An account's own answer then counts for {own} on average.",
            clients=counted(len(known), "active client"),
            likely=short_money(known["likely_headroom_eur"].sum(), unit),
            headroom=short_money(known["headroom_eur"].sum(), unit),
            before=share(likely.borne_out_before, 0),
            after=share(likely.borne_out_after, 0),
            rank_before=number(likely.rank_before, 2),
            rank_after=number(likely.rank_after, 2),
            own=share(likely.own_share, 0),
        )
    )
