"""The level of the potential corrected by what clients say of their purchases, by size and by sector."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from statsmodels.stats.meta_analysis import combine_effects

from workbench.language import said
from workbench.potential.quantiles import monotone_in_size
from workbench.potential.shares import OwnWallets
from workbench.potential.sizes import SIZES
from workbench.potential.wallet import FOLDS, Wallet
from workbench.units import Z90

LEAST_ACCOUNTS = 30
# An account with more of its potential than this is like no other client: it cannot set the level of others.
BEYOND = 20.0
ALL, SIZE, SECTOR = "all", "size_class", "sector"
# Accounts that a size, or a sector, must have to be corrected by answers of its own.
LEAST = {SIZE: 10, SECTOR: 30}
LEVEL_COLUMNS = ("by", "value", "n_accounts", "factor", "factor_low", "factor_high")


@dataclass(frozen=True)
class Calibration:
    """The calibrated wallet, and what calibration changed.

    wallet: calibrated, or as it was where why_not, a sentence, says why; levels, one row
    per LEVEL_COLUMNS: by ("all", "size_class", "sector"), value, n_accounts, factor (wallets over potentials, thin
    ones drawn to the others) with its 90 % interval; ratio_before, ratio_after: sum of potentials over sum of own
    wallets, rank_before, rank_after: rank correlation of both, over the accounts that answered, each being left out of
    what it is judged by.
    """

    wallet: Wallet
    levels: pd.DataFrame
    ratio_before: float
    ratio_after: float
    rank_before: float
    rank_after: float
    why_not: str | None = None
    n_beyond: int = 0


def calibration(wallet: Wallet, told: OwnWallets, *, asked: bool, seed: int) -> Calibration:
    """The potential at the level of the wallets that answers tell, cross-fitted, with 90 % intervals.

    Parameters: wallet, as estimated from spend; told, as `own_wallets` gives it; asked, whether the params ask for it
    (`calibrate_with_survey`); seed, of the folds of accounts that the wallet was not fitted on.
    Notes: the factor of a group is the ratio of the sums of own wallets and of potentials. That of a size is drawn to
    that of all, and what a sector has beyond its size to none, by random effects (Paule & Mandel, 1982): between-group
    variance over itself plus the group's own. An account answers for no factor that its own potential
    gets, and one with BEYOND times its potential for none. The intervals of factor and quantile are put together as if
    independent; being of opposite sign on the common level they are wide rather than narrow (assumption A71).
    """
    accounts, uncalibrated = told.accounts, wallet
    n_beyond = 0
    if wallet.is_estimated:
        fold = _folds(wallet, accounts, seed)
        wallet = replace(wallet, fold=pd.concat([wallet.fold, fold[~fold.index.isin(wallet.fold.index)]]))
        beyond = accounts["wallet_eur"] > BEYOND * wallet.of(accounts)["potential_eur"]
        accounts, n_beyond = accounts[~beyond].reset_index(drop=True), int(beyond.sum())
    why_not = _why_not(wallet, accounts, told.n_active, asked=asked)
    if why_not is not None:
        return Calibration(uncalibrated, pd.DataFrame(columns=list(LEVEL_COLUMNS)), *[np.nan] * 4, why_not)
    before = accounts.assign(potential_eur=wallet.of(accounts)["potential_eur"])
    own = before["customer_id"].map(fold).to_numpy()
    tables = []
    for scored in range(FOLDS + 1):
        effect, variance = _correction(before[own != scored], wallet)[:2]
        tables.append(_corrected(wallet, scored, effect, variance))
    potential, low, high = (np.stack(each) for each in zip(*tables, strict=True))
    calibrated = replace(wallet, potential=potential, low=low, high=high, calibrated=True)
    after = accounts.assign(potential_eur=calibrated.of(accounts)["potential_eur"])
    ratios, ranks = zip(*(_agreement(each) for each in (before, after)), strict=True)
    levels = _correction(before, wallet)[2]
    return Calibration(calibrated, levels, ratios[0], ratios[1], ranks[0], ranks[1], n_beyond=n_beyond)


def _why_not(wallet: Wallet, accounts: pd.DataFrame, n_active: int, *, asked: bool) -> str | None:
    if not wallet.is_estimated:
        return said("No potential is estimated for this study.")
    if not asked:
        return said("The params ask for no calibration (calibrate_with_survey: false).")
    if len(accounts) < LEAST_ACCOUNTS:
        return said(
            "Of {active} active accounts only {n} tell, within the window, which share of their purchases we have; "
            "{needed} are needed.",
            active=n_active,
            n=len(accounts),
            needed=LEAST_ACCOUNTS,
        )
    return None


def _folds(wallet: Wallet, accounts: pd.DataFrame, seed: int) -> pd.Series:
    """The fold of each account that answered, by customer_id: that of its group in the wallet, or one drawn."""
    known = accounts["customer_id"].map(wallet.fold)
    names = np.sort(accounts["cluster"].unique())
    drawn = pd.Series(np.random.default_rng([seed, 13]).permutation(len(names)) % FOLDS, index=names)
    group = known.groupby(accounts["cluster"]).transform("max")
    fold = known.fillna(group).fillna(accounts["cluster"].map(drawn))
    return pd.Series(fold.to_numpy(int), index=accounts["customer_id"].to_numpy())


def _correction(rows: pd.DataFrame, wallet: Wallet) -> tuple[np.ndarray, np.ndarray, pd.DataFrame]:
    """The log factor of every size and sector, its variance (both of shape sizes × sectors), and the levels.

    Parameters: rows, accounts with wallet_eur, potential_eur, weight, cluster, size_class, sector.
    """
    spread = _spread(rows)
    overall, of_all = _log_factor(rows, spread)
    by_size = _drawn(rows, SIZE, spread, towards=(overall, of_all))
    own = rows["size_class"].map(by_size["effect"]).fillna(overall)
    beyond = rows.assign(potential_eur=rows["potential_eur"] * np.exp(own))
    by_sector = _drawn(beyond, SECTOR, spread, towards=(0.0, 0.0))
    effect, variance = np.zeros((2, len(wallet.sizes), len(wallet.sectors)))
    for each, names, axis in ((by_size, wallet.sizes, (-1, 1)), (by_sector, wallet.sectors, (1, -1))):
        known = each.reindex([*names[:-1]])
        unseen = each.attrs["unseen"]
        effect += np.append(known["effect"].fillna(unseen[0]), unseen[0]).reshape(axis)
        variance += np.append(known["variance"].fillna(unseen[1]), unseen[1]).reshape(axis)
    parts = [(ALL, None, len(rows), overall, of_all)]
    by_size = by_size.reindex([size for size in SIZES if size in by_size.index])
    for by, each in ((SIZE, by_size), (SECTOR, by_sector)):
        parts += [(by, value, row["n"], row["effect"], row["variance"]) for value, row in each.iterrows()]
    found = pd.DataFrame(parts, columns=["by", "value", "n_accounts", "effect", "variance"])
    for name, side in (("factor", 0), ("factor_low", -Z90), ("factor_high", Z90)):
        found[name] = np.exp(found["effect"] + side * np.sqrt(found["variance"]))
    return effect, variance, found.astype({"n_accounts": "int64"})[list(LEVEL_COLUMNS)]


def _drawn(rows: pd.DataFrame, by: str, spread: float, *, towards: tuple[float, float]) -> pd.DataFrame:
    """effect (log) and variance of each value with enough accounts, drawn to `towards`, an effect with its variance.

    Index the values, n the accounts. In attrs, `unseen`: effect and variance of a value without enough.
    """
    groups = [(value, each) for value, each in rows.groupby(by) if len(each) >= LEAST[by]]
    raw = np.array([_log_factor(each, spread) for _, each in groups]).reshape(-1, 2)
    between = 0.0
    if len(groups) > 1:
        between = float(combine_effects(raw[:, 0], raw[:, 1], method_re="iterated").tau2)
    pull = between / np.maximum(between + raw[:, 1], 1e-12)
    found = pd.DataFrame(
        {
            "effect": towards[0] + pull * (raw[:, 0] - towards[0]),
            "variance": pull * raw[:, 1] + (1 - pull) ** 2 * towards[1],
            "n": [len(each) for _, each in groups],
        },
        index=[value for value, _ in groups],
    )
    found.attrs["unseen"] = (towards[0], towards[1] + between)
    return found


def _log_factor(rows: pd.DataFrame, spread: float) -> tuple[float, float]:
    """The log of the ratio of sums, wallets over potentials, and its variance; spread, as `_spread` gives it."""
    sums = _sums(rows)
    wallet, potential = sums.sum()
    return float(np.log(wallet / potential)), float(spread * (sums["potential"] ** 2).sum() / potential**2)


def _spread(rows: pd.DataFrame) -> float:
    """How far wallets lie about their size's ratio: the relative variance of one account, over all accounts.

    That of all is taken for every size and sector: few answers that agree by chance would be believed too much.
    """
    by_size = rows["size_class"].fillna("")
    weighted = rows[["wallet_eur", "potential_eur"]].mul(rows["weight"], axis=0).groupby(by_size).sum()
    factor = by_size.map(weighted["wallet_eur"] / weighted["potential_eur"])
    sums = _sums(rows.assign(wallet_eur=rows["wallet_eur"] / factor))
    rest = sums["wallet"] - sums["potential"]
    return float((rest**2).sum() / (sums["potential"] ** 2).sum() * len(sums) / max(len(sums) - len(weighted), 1))


def _sums(rows: pd.DataFrame) -> pd.DataFrame:
    """wallet and potential of what goes together: the answering accounts of a group, each with its weight."""
    weighted = pd.DataFrame({"wallet": rows["wallet_eur"], "potential": rows["potential_eur"]})
    return weighted.mul(rows["weight"], axis=0).groupby(rows["cluster"]).sum()


def _corrected(
    wallet: Wallet, table: int, effect: np.ndarray, variance: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Potential, low and high of one table, corrected, and still never falling with size."""
    log, low, high = (np.log(each[table]) for each in (wallet.potential, wallet.low, wallet.high))
    clients = wallet.spends.by_cell(wallet.spends.counts.sum(axis=1))
    point = monotone_in_size(log + effect, clients + 1.0)
    sides = [point + sign * np.sqrt((log - bound) ** 2 + Z90**2 * variance) for sign, bound in ((-1, low), (1, high))]
    return tuple(np.exp(each) for each in (point, *sides))


def _agreement(rows: pd.DataFrame) -> tuple[float, float]:
    weight = rows["weight"]
    ratio = (weight @ rows["potential_eur"]) / (weight @ rows["wallet_eur"])
    return float(ratio), float(rows["potential_eur"].corr(rows["wallet_eur"], method="spearman"))
