"""The clients: groups and their accounts, what they could buy and do buy, when they come and leave."""

import numpy as np
import pandas as pd

from workbench.carrier.chance import stream
from workbench.carrier.names import company_names
from workbench.carrier.nomenclature import EXPORTING_SECTORS, FREQUENT_SECTORS, NAF_BY_SECTOR, SECTORS, SIZES
from workbench.carrier.opinions import true_opinions
from workbench.carrier.window import AS_OF, BURN_IN_MONTHS, Calendar

REGIONS = ("Île-de-France", "Nord", "Est", "Ouest", "Sud-Ouest", "Sud-Est")
SALESPEOPLE = {
    "Île-de-France": ("Hélène Marchand", "Karim Benali"),
    "Nord": ("Odile Vanhoutte",),
    "Est": ("Jürgen Klein",),
    "Ouest": ("Maël Le Goff",),
    "Sud-Ouest": ("Inès Etcheverry",),
    "Sud-Est": ("Théo Garnier",),
}
KEY_ACCOUNTS = "François Delmas"
CLOSURE_REASONS = ("moved to a competitor", "ceased trading", "merged", "prices", "no more need")

CLOSED_SHARE = 0.25
STANDINGS = ("technology_score", "reputation_score", "international_score")
CONTRACT_SHARE = (0.0, 0.0, 0.5, 0.8)
LONGEST_NOTICE_DAYS = 45
# The larger, the less the share of purchases of clients of one satisfaction differs.
SHARE_CONCENTRATION = 5.0


def possible_accounts(seed: int, calendar: Calendar, *, customers: int, diminishing: bool = True) -> pd.DataFrame:
    """The accounts of all groups that could be clients, before it is known when they leave.

    Parameters: customers, how many accounts the file will hold; diminishing, whether purchases answer to satisfaction
    with diminishing returns.
    Returns: one row per account: group (number of its group), group_id, naf_code, sector, size (0 micro to 3 large),
    group_size, headcount, turnover_eur, customer_zone, salesperson, wallet_eur and spend_eur (a year), regularity
    (shape of the gamma gaps), starts and group_starts (months from the opening of the window), starts_on,
    discount_share, and the habits of the account. The first account of a group is its main one.
    """
    groups = _groups(seed, calendar, count=2 * customers + 60)
    satisfaction = true_opinions(len(groups), seed=seed, calendar=calendar).in_window("satisfaction")
    groups["mean_share"] = mean_purchases_share(satisfaction, diminishing=diminishing)
    return _accounts(seed, groups, calendar)


def candidate_accounts(accounts: pd.DataFrame, seed: int, calendar: Calendar, *, customers: int) -> pd.DataFrame:
    """The accounts that could be in the file: those whose relationship overlaps the window, in the order drawn.

    Parameters: accounts, as `possible_accounts` gives them, with lost_on (NaT beyond the horizon).
    Returns: somewhat more than `customers` of them, with customer_id and name.
    """
    overlapping = (accounts["starts"] < calendar.months) & ~(accounts["lost_on"] < calendar.opens_on)
    overlapping &= ~(accounts["starts_on"] >= accounts["lost_on"])
    kept = accounts[overlapping].head(int(1.2 * customers) + 30).reset_index(drop=True)
    kept["customer_id"] = _numbers(seed, "customer numbers", len(kept), width=6)
    kept["name"] = company_names(seed, len(kept))
    return kept


def account_file(accounts: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The customers table of the client company: what it knows of its accounts, columns as in the contract."""
    rng = stream(seed, "closures")
    lost_on = accounts["lost_on"].to_numpy("datetime64[D]")
    closed_on = lost_on + rng.integers(20, 120, len(accounts))
    closed = (rng.random(len(accounts)) < CLOSED_SHARE) & (closed_on <= AS_OF)
    reason = np.array(CLOSURE_REASONS)[rng.integers(0, len(CLOSURE_REASONS), len(accounts))]
    known = ["customer_id", "name", "group_id", "naf_code", "headcount", "turnover_eur", "customer_zone", "salesperson"]
    table = accounts[known].copy()
    table["opened_on"] = accounts["starts_on"]
    table["closed_on"] = np.where(closed, closed_on, np.datetime64("NaT"))
    table["closure_reason"] = np.where(closed, reason, None)
    table["contract_end_on"] = _contract_ends(accounts, seed)
    table[list(STANDINGS)] = _standings(accounts, seed)
    return table


def _standings(accounts: pd.DataFrame, seed: int) -> np.ndarray:
    """What the company's own people say of its larger accounts, 0 to 10; nothing (NaN) of the others."""
    rng = stream(seed, "standings")
    told = rng.normal(5 + 0.8 * (accounts["size"].to_numpy()[:, None] - 2), 2.0, (len(accounts), len(STANDINGS)))
    asked = accounts["size"].to_numpy()[:, None] >= 2
    return np.where(asked, told.clip(0, 10).round(), np.nan)


def _contract_ends(accounts: pd.DataFrame, seed: int) -> np.ndarray:
    """The day the contract of larger clients ends: the next anniversary, or for a lost one soon after its loss."""
    rng = stream(seed, "contracts")
    under = rng.random(len(accounts)) < np.array(CONTRACT_SHARE)[accounts["size"]]
    notice = rng.integers(0, LONGEST_NOTICE_DAYS + 1, len(accounts))
    months = rng.integers(1, 13, len(accounts))
    next_end = (AS_OF.astype("datetime64[M]") + months).astype("datetime64[D]")
    lost_on = accounts["lost_on"].to_numpy("datetime64[D]")
    ends_on = np.where(lost_on <= AS_OF, lost_on + notice, next_end)
    return np.where(under, ends_on, np.datetime64("NaT"))


def _groups(seed: int, calendar: Calendar, *, count: int) -> pd.DataFrame:
    rng = stream(seed, "groups")
    size = rng.choice(len(SIZES), count, p=[each.share_of_groups for each in SIZES])
    weights = np.array([FREQUENT_SECTORS.get(sector, 1.0) for sector in SECTORS])
    starts = rng.uniform(-BURN_IN_MONTHS, calendar.months, count)
    regularity = np.exp(rng.normal(np.log([1.2, 1.8, 2.6, 3.5])[size], 0.45))
    return pd.DataFrame(
        {
            "group": np.arange(count),
            "group_id": _numbers(seed, "group numbers", count, width=5, prefix="G"),
            "size": size,
            "sector": rng.choice(len(SECTORS), count, p=weights / weights.sum()),
            "region": rng.choice(len(REGIONS), count, p=[0.32, 0.14, 0.13, 0.14, 0.11, 0.16]),
            "accounts": _account_counts(rng.random(count), size),
            "starts": starts,
            "regularity": regularity,
        }
    )


def mean_purchases_share(satisfaction: np.ndarray, *, diminishing: bool = True) -> np.ndarray:
    """The share of its purchases that a client of this satisfaction (standard normal) gives us, on average."""
    if diminishing:
        return 0.74 - 0.155 * np.exp(-0.55 * np.clip(satisfaction, -2.5, 2.5))
    return 0.565 + 0.11 * np.clip(satisfaction, -2.5, 2.5)


def _account_counts(draws: np.ndarray, size: np.ndarray) -> np.ndarray:
    limits = np.ones((len(SIZES), 8))
    for row, each in enumerate(SIZES):
        limits[row, : len(each.accounts)] = np.cumsum(each.accounts)
    return 1 + (draws[:, None] > limits[size] - 1e-12).sum(axis=1)


def _accounts(seed: int, groups: pd.DataFrame, calendar: Calendar) -> pd.DataFrame:
    owner = np.repeat(np.arange(len(groups)), groups["accounts"])
    accounts = groups.drop(columns=["accounts"]).iloc[owner].reset_index(drop=True).assign(group=owner)
    rng = stream(seed, "accounts")
    count = len(accounts)
    first = np.r_[True, owner[1:] != owner[:-1]]
    accounts["group_size"], accounts["group_starts"] = accounts["size"], accounts["starts"]
    smaller = ~first & (rng.random(count) < 0.5)
    accounts["size"] = np.maximum(accounts["size"] - smaller, 0)
    accounts["starts"] += np.where(first, 0.0, rng.uniform(0, 36, count))
    accounts["starts_on"] = calendar.day_at(accounts["starts"].to_numpy())
    elsewhere = ~first & (rng.random(count) < 0.6)
    accounts["region"] = np.where(elsewhere, rng.integers(0, len(REGIONS), count), accounts["region"])
    accounts["naf_code"] = _naf_codes(rng.random(count), accounts["sector"].to_numpy())
    accounts["headcount"], accounts["turnover_eur"] = _headcount_and_turnover(rng, accounts["size"].to_numpy())
    accounts["customer_zone"] = np.array(REGIONS)[accounts["region"]]
    accounts["salesperson"] = _salespeople(rng.random(count), accounts)
    accounts["wallet_eur"] = _wallets(seed, accounts["size"].to_numpy(), accounts["sector"].to_numpy())
    mean = accounts["mean_share"].to_numpy()
    drawn = stream(seed, "share of wallet").beta(SHARE_CONCENTRATION * mean, SHARE_CONCENTRATION * (1 - mean))
    accounts["purchases_share"] = drawn.clip(min=0.05)
    accounts["spend_eur"] = accounts["wallet_eur"] * accounts["purchases_share"]
    habits = stream(seed, "habits")
    discount = np.array([each.discount_share for each in SIZES])[accounts["size"]]
    accounts["discount_share"] = np.clip(discount + habits.normal(0, 0.062, count), 0, 0.55).round(3)
    exporting = np.isin(np.array(SECTORS)[accounts["sector"]], EXPORTING_SECTORS)
    accounts["international_share"] = habits.beta(1.2, np.where(exporting, 3.0, 9.0))
    accounts["hurry"] = habits.beta(2, 2, count)
    accounts["parcels"] = habits.gamma(1.6, 0.75, count)
    accounts["demands"] = habits.gamma(1.3, 1 / 1.3, count)
    weekly = np.array([each.weekly_invoices_share for each in SIZES])[accounts["size"]]
    accounts["invoices"] = np.where(habits.random(count) < weekly, 4, 1)
    return accounts


def _wallets(seed: int, size: np.ndarray, sector: np.ndarray) -> np.ndarray:
    """What an account buys from all carriers in a year: size x sector, with an interaction, times a log-normal."""
    effects = stream(seed, "wallet effects")
    by_sector = effects.normal(0, 0.35, len(SECTORS))
    interaction = effects.normal(0, 0.25, (len(SIZES), len(SECTORS)))
    own = np.clip(stream(seed, "wallets").normal(0, 0.6, len(size)), -1.5, 1.5)
    middle = np.array([each.wallet_eur for each in SIZES])[size]
    return (middle * np.exp(by_sector[sector] + interaction[size, sector] + own)).round(2)


def _naf_codes(draws: np.ndarray, sector: np.ndarray) -> np.ndarray:
    codes = np.array([(NAF_BY_SECTOR[each] * 4)[:4] for each in SECTORS])
    counts = np.array([len(NAF_BY_SECTOR[each]) for each in SECTORS])
    return codes[sector, (draws * counts[sector]).astype(int)]


def _headcount_and_turnover(rng, size: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = np.array([each.headcount for each in SIZES])[size].T
    headcount = np.floor(low * ((high + 0.999) / low) ** (rng.random(len(size)) ** 1.4)).astype("int64")
    per_head = np.array([each.turnover_per_head_eur for each in SIZES])[size] * np.exp(rng.normal(0, 0.35, len(size)))
    most = np.array([each.most_turnover_eur for each in SIZES])[size]
    return headcount, (np.minimum(headcount * per_head, most) / 100).round() * 100


def _salespeople(draws: np.ndarray, accounts: pd.DataFrame) -> np.ndarray:
    several = np.array([(SALESPEOPLE[region] * 2)[:2] for region in REGIONS])
    by_region = several[accounts["region"], (draws * 2).astype(int)]
    return np.where(accounts["size"] == len(SIZES) - 1, KEY_ACCOUNTS, by_region)


def _numbers(seed: int, part: str, count: int, *, width: int, prefix: str = "") -> np.ndarray:
    """Different numbers in random order, with leading zeros, that tell nothing about the client."""
    drawn = stream(seed, part).permutation(max(20_000, 10 * count))[:count] + 1
    return np.array([f"{prefix}{number:0{width}d}" for number in drawn], dtype=object)
