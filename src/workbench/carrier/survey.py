"""The survey: each autumn clients and non-clients rate us and the competitors they use, and not everybody answers."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from workbench.carrier.chance import stream
from workbench.carrier.nomenclature import SIZES
from workbench.carrier.opinions import (
    ATTRIBUTES,
    SATISFACTION_EXPLAINED,
    Opinions,
    correlations,
    differing,
    loyal,
    satisfied,
)
from workbench.carrier.window import Calendar

NAMES = tuple(each.name for each in ATTRIBUTES)
RATED = (*NAMES, "satisfaction", "loyalty_repurchase", "loyalty_recommendation", "differentiation")
STATED = tuple(f"stated_{name}" for name in NAMES)
LOWEST, HIGHEST = 1, 10
POINTS, STYLE, OWN_VIEW = 1.6, 0.35, 0.6
INFORMED = 0.7  # how well a latent opinion shows in one loyalty item

# Mean scores of each supplier, in the order of RATED, and how often a respondent uses it beside its first one.
SUPPLIERS = {
    "us": (6.6, 7.8, 7.2, 6.1, 6.9, 5.6, 7.3, 8.0, 5.9, 7.0, 6.8, 7.0, 6.6, 5.8),
    "Rapidis": (7.6, 7.7, 6.9, 7.5, 6.6, 6.2, 6.4, 7.2, 5.1, 6.8, 7.1, 7.0, 7.0, 6.5),
    "Colis Plus": (5.9, 6.6, 6.4, 6.0, 5.6, 5.2, 5.6, 6.6, 7.5, 6.4, 6.2, 6.1, 5.8, 4.8),
    "Norexpress": (6.8, 7.4, 7.0, 6.4, 7.6, 6.0, 6.8, 7.4, 6.0, 7.0, 6.7, 6.7, 6.4, 5.9),
}
SUPPLIER_CHANCES = {"Rapidis": 0.42, "Colis Plus": 0.30, "Norexpress": 0.28}
SIZE_SHIFT = (0.2, 0.0, -0.3, -0.5)
BUYERS_ON_PRICE = -0.4
# Known by name only, we are thought less of.
UNTRIED = -0.7
STATED_MEANS = (9.0, 8.7, 7.2, 7.5, 6.6, 7.0, 6.4, 7.4, 8.9, 6.9)

ROLES = ("decides", "buys", "uses")
ROLE_CHANCES = ((0.85, 0.10, 0.05), (0.45, 0.30, 0.25), (0.20, 0.35, 0.45), (0.15, 0.35, 0.50))
MORE_PERSONS = (0.4, 1.2, 4.0, 7.0)
MORE_SUPPLIERS = (0.35, 0.55, 0.80, 0.95)
CUSTOMS_FROM_SHARE = 0.06
BLANK_SHARE, REFUSED_SHARE = 0.04, 0.01
NOT_APPLICABLE, REFUSED = 99, 98
NON_CLIENTS_LEAST, NON_CLIENTS_SHARE, KNOWS_US = 150, 0.15, 0.4
SELF_SELECTION = 0.9


@dataclass(frozen=True)
class SurveyDesign:
    """Who answers, and what satisfaction does to purchases.

    non_response: at_random: it depends on size, sector and revenue only; not_at_random: the satisfied answer more.
    diminishing: whether purchases answer to satisfaction with diminishing returns, or in a straight line.
    """

    non_response: Literal["at_random", "not_at_random"] = "at_random"
    diminishing: bool = True


def survey_rows(
    accounts: pd.DataFrame,
    opinions: Opinions,
    market: pd.DataFrame,
    *,
    seed: int,
    calendar: Calendar,
    design: SurveyDesign,
) -> pd.DataFrame:
    """One row per respondent, supplier and wave, as answered.

    Returns: respondent_id, customer_id (None for a non-client), naf_code, headcount, headcount_band (of a non-client's
    company), wave (year), answered_on, supplier, role, then RATED and STATED (1 to 10, 99 not applicable, 98 refused,
    NaN blank) and purchases_share (percent; NaN for a competitor).
    """
    persons = _persons(accounts, seed)
    parts = []
    for year in wave_years(opinions, calendar):
        rng = stream(seed, f"survey of {year}")
        asked = persons[_served(persons, year)].reset_index(drop=True)
        views = _own_views(_group_views(opinions, year, asked["group"].to_numpy()), rng)
        answered = rng.random(len(asked)) < _response(asked, views[1][:, 0], seed, design)
        both = _client_rows(asked, views, answered, rng), _non_client_rows(market, len(accounts), str(year), rng)
        parts += [_dated(_partly_blank(rows, rng).assign(wave=str(year)), rng) for rows in both]
    rows = pd.concat(parts, ignore_index=True)
    return rows.sort_values(["wave", "respondent_id"], kind="stable", ignore_index=True)


def wave_years(opinions: Opinions, calendar: Calendar) -> list[np.datetime64]:
    """The years with a survey: those whose autumn lies in the window."""
    return [year for year in opinions.attributes if _autumn(year) >= calendar.opens_on]


def observed_population(
    accounts: pd.DataFrame, opinions: Opinions, year: np.datetime64, *, size: int, rng
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What very many respondents of these clients would answer about us, nothing left out: persons and RATED.

    A person of an account drawn at random among those served, who thinks as the people of its group do (those who
    stayed are more satisfied than those who came); customs 99 where not applicable.
    """
    persons = accounts[_served(accounts, year)].iloc[rng.integers(0, _served(accounts, year).sum(), size)]
    persons = persons.assign(role=_roles(persons["size"].to_numpy(), rng)).reset_index(drop=True)
    views = _own_views(_group_views(opinions, year, persons["group"].to_numpy()), rng)
    return persons.assign(satisfaction_view=views[1][:, 0]), _scores("us", views, persons, _style(size, rng), rng)


def _autumn(year: np.datetime64) -> np.datetime64:
    return np.datetime64(f"{year}-10-15")


def _served(accounts: pd.DataFrame, year: np.datetime64) -> np.ndarray:
    begun = accounts["starts_on"].to_numpy("datetime64[D]") < _autumn(year)
    return begun & ~(accounts["lost_on"].to_numpy("datetime64[D]") <= _autumn(year))


def _persons(accounts: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The people one could ask: one or more per account, each with a number and a role."""
    rng = stream(seed, "persons")
    size = accounts["size"].to_numpy()
    owner = np.repeat(np.arange(len(accounts)), 1 + rng.poisson(np.array(MORE_PERSONS)[size]))
    persons = accounts.iloc[owner].reset_index(drop=True)
    persons["role"] = _roles(persons["size"].to_numpy(), rng)
    persons["respondent_id"] = [f"R{number:06d}" for number in 1 + rng.permutation(8 * len(persons))[: len(persons)]]
    return persons


def _roles(size: np.ndarray, rng) -> np.ndarray:
    limits = np.cumsum(ROLE_CHANCES, axis=1)[size, :-1]
    return np.array(ROLES, dtype=object)[(rng.random(len(size))[:, None] > limits).sum(axis=1)]


def _group_views(opinions: Opinions, year: np.datetime64, group: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What a group thinks of the attributes, and what they do not tell of satisfaction, loyalty, differentiation."""
    place = list(opinions.years).index(year)
    x = opinions.attributes[year][group]
    nothing = np.zeros(len(group))
    satisfaction = opinions.satisfaction[group, place]
    loyalty, difference = opinions.loyalty[group, place], opinions.differentiation[group, place]
    one = np.ones(1)
    scale = loyal(np.zeros(1), np.zeros((1, x.shape[1])), one)[0], differing(np.zeros((1, x.shape[1])), one)[0]
    own = [
        (satisfaction - satisfied(x, nothing)) / np.sqrt(1 - SATISFACTION_EXPLAINED),
        (loyalty - loyal(satisfaction, x, nothing)) / scale[0],
        (difference - differing(x, nothing)) / scale[1],
    ]
    return x, np.column_stack(own)


def _own_views(group: tuple[np.ndarray, np.ndarray], rng) -> tuple[np.ndarray, np.ndarray]:
    """What each person thinks: the group's view and a view of its own. Returns attributes, and what follows of them."""
    x, own = group
    mix = np.sqrt(1 + OWN_VIEW**2)
    x = (x + OWN_VIEW * rng.normal(size=x.shape) @ np.linalg.cholesky(correlations()).T) / mix
    return x, _told(x, (own + OWN_VIEW * rng.normal(size=own.shape)) / mix)


def _told(x: np.ndarray, own: np.ndarray) -> np.ndarray:
    satisfaction = satisfied(x, own[:, 0])
    return np.column_stack([satisfaction, loyal(satisfaction, x, own[:, 1]), differing(x, own[:, 2])])


def _response(asked: pd.DataFrame, satisfaction: np.ndarray, seed: int, design: SurveyDesign) -> np.ndarray:
    """The chance that each person answers."""
    by_sector = stream(seed, "response by sector").normal(0, 0.35, 64)
    rank = asked["spend_eur"].rank(pct=True).to_numpy()
    chance = np.array([0.5, 0.2, 0.0, -0.4])[asked["size"]] + by_sector[asked["sector"]] + 1.2 * (rank - 0.5)
    if design.non_response == "not_at_random":
        chance = chance + SELF_SELECTION * satisfaction
    return 1 / (1 + np.exp(-chance))


def _style(count: int, rng) -> np.ndarray:
    """How many points a person gives more or less, whatever it rates (shape (count, 1))."""
    return STYLE * rng.normal(size=(count, 1))


def _scores(
    supplier: str,
    views: tuple[np.ndarray, np.ndarray],
    persons: pd.DataFrame,
    style: np.ndarray,
    rng,
    shift: float = 0.0,
) -> pd.DataFrame:
    """RATED of one supplier, whole points from 1 to 10, 99 for customs where the company sends nothing abroad."""
    x, told = views
    noise = np.sqrt(1 - INFORMED**2)
    items = [INFORMED * told[:, 1] + noise * rng.normal(size=len(x)) for _ in range(2)]
    latent = np.column_stack([x, told[:, 0], *items, told[:, 2]])
    mean = np.array(SUPPLIERS[supplier]) + shift + np.array(SIZE_SHIFT)[persons["size"].to_numpy()][:, None] + style
    mean[:, NAMES.index("price")] += np.where(persons["role"] == "buys", BUYERS_ON_PRICE, 0.0)
    scores = np.clip(np.rint(mean + POINTS * latent), LOWEST, HIGHEST)
    domestic = persons["international_share"].to_numpy() < CUSTOMS_FROM_SHARE
    scores[domestic, NAMES.index("customs")] = NOT_APPLICABLE
    return pd.DataFrame(scores, columns=list(RATED))


def _stated(count: int, style: np.ndarray, rng) -> pd.DataFrame:
    scores = np.array(STATED_MEANS) + style + 1.3 * rng.normal(size=(count, len(STATED)))
    return pd.DataFrame(np.clip(np.rint(scores), LOWEST, HIGHEST), columns=list(STATED))


def _client_rows(asked: pd.DataFrame, views: tuple[np.ndarray, np.ndarray], answered: np.ndarray, rng) -> pd.DataFrame:
    style = _style(len(asked), rng)
    said = (100 * asked["purchases_share"] + rng.normal(0, 6, len(asked))).clip(0, 100)
    ours = _scores("us", views, asked, style, rng).join(_stated(len(asked), style, rng))
    ours["purchases_share"] = (said / 5).round() * 5
    parts = [_with_persons(ours, asked, "us")]
    chance = np.array(MORE_SUPPLIERS)[asked["size"].to_numpy()]
    parts += _rivals(asked, rng.random(len(asked)) < chance, style, rng)
    rows = pd.concat(parts)
    return rows.loc[np.flatnonzero(answered)].reset_index(drop=True)


def _non_client_rows(market: pd.DataFrame, n_accounts: int, year: str, rng) -> pd.DataFrame:
    """Companies of the market that buy from others; some know us by name."""
    count = max(NON_CLIENTS_LEAST, round(NON_CLIENTS_SHARE * n_accounts))
    counted = market["n_companies"].fillna(1).to_numpy(float)
    # The larger are asked more than their number.
    companies = market.iloc[rng.choice(len(market), count, p=np.sqrt(counted) / np.sqrt(counted).sum())]
    persons = companies[["naf_code", "headcount", "headcount_band"]].reset_index(drop=True)
    heads = persons["headcount"].fillna(persons["headcount_band"].map(_HEADS)).astype(float).to_numpy()
    limits = np.array([each.headcount[0] for each in SIZES[1:]])
    persons["size"] = np.searchsorted(limits, heads, side="right")
    persons["role"] = _roles(persons["size"].to_numpy(), rng)
    persons["international_share"] = rng.beta(1.2, 9.0, count)
    persons["respondent_id"] = [f"N{year}{number:05d}" for number in range(1, count + 1)]
    style = _style(count, rng)
    nobody = np.zeros((count, len(NAMES))), np.zeros((count, 3))
    known = np.flatnonzero(rng.random(count) < KNOWS_US)
    ours = _scores("us", _own_views(nobody, rng), persons, style, rng, shift=UNTRIED)
    ours["purchases_share"] = 0.0
    rows = pd.concat(
        [_with_persons(ours, persons, "us").loc[known], *_rivals(persons, np.ones(count, bool), style, rng)]
    )
    rows = rows.sort_index(kind="stable")
    first = ~rows.index.duplicated()
    told = _stated(count, style, rng).loc[rows.index].to_numpy()
    rows = rows.reset_index(drop=True)
    rows[list(STATED)] = np.where(first[:, None], told, np.nan)
    return rows


_HEADS = {"01": 1, "02": 3, "03": 6, "11": 10, "12": 20, "21": 50, "22": 100, "31": 200}


def _rivals(persons: pd.DataFrame, some: np.ndarray, style: np.ndarray, rng) -> list[pd.DataFrame]:
    """The ratings of one or two competitors by those who use some."""
    names, chances = np.array(list(SUPPLIER_CHANCES)), np.array(list(SUPPLIER_CHANCES.values()))
    first = rng.choice(len(names), len(persons), p=chances / chances.sum())
    second = np.where(
        rng.random(len(persons)) < 0.25, (first + rng.integers(1, len(names), len(persons))) % len(names), -1
    )
    nobody = np.zeros((len(persons), len(NAMES))), np.zeros((len(persons), 3))
    parts = []
    for place, name in enumerate(names):
        rows = _scores(str(name), _own_views(nobody, rng), persons, style, rng)
        users = np.flatnonzero(some & ((first == place) | (second == place)))
        parts.append(_with_persons(rows, persons, str(name)).loc[users])
    return parts


def _with_persons(scores: pd.DataFrame, persons: pd.DataFrame, supplier: str) -> pd.DataFrame:
    """Who answered, and the answers. What is known of a client is in the client file, not in the survey."""
    kinds = dict.fromkeys(("respondent_id", "customer_id", "naf_code", "headcount_band", "role"), object)
    known = persons.reindex(columns=[*kinds, "headcount"])
    if "customer_id" in persons:
        known[["naf_code", "headcount_band", "headcount"]] = np.nan
    known = known.astype({**kinds, "headcount": float}).assign(supplier=supplier).join(scores)
    return known.reindex(columns=[*kinds, "headcount", "supplier", *RATED, *STATED, "purchases_share"])


def _partly_blank(rows: pd.DataFrame, rng) -> pd.DataFrame:
    """Items left blank or refused, by chance; what is not applicable stays so."""
    scores = rows[list(RATED)].to_numpy(float)
    draws = rng.random(scores.shape)
    open_to = scores != NOT_APPLICABLE
    scores = np.where(open_to & (draws < BLANK_SHARE), np.nan, scores)
    scores = np.where(open_to & (draws > 1 - REFUSED_SHARE), REFUSED, scores)
    return rows.assign(**dict(zip(RATED, scores.T, strict=True)))


def _dated(rows: pd.DataFrame, rng) -> pd.DataFrame:
    """Each person answers on one day of October or the first half of November."""
    codes = pd.factorize(rows["respondent_id"])[0]
    begins = rows["wave"].to_numpy("datetime64[Y]").astype("datetime64[M]") + 9
    return rows.assign(answered_on=begins.astype("datetime64[D]") + rng.integers(0, 45, codes.max() + 1)[codes])
