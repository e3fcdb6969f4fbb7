"""One spell per account: from its first order to its loss, or to the day up to which it can be judged."""

import numpy as np
import pandas as pd
from scipy.stats import gamma

from workbench.churn.order_days import EPOCH, OrderDays, dates_of, day_numbers
from workbench.churn.rhythm import Rhythm, rhythm
from workbench.params import Churn
from workbench.units import DAYS_A_MONTH

HALF_A_DAY = 0.5
LOSS = "loss"
SMALL, LARGE = 10, 250
SIZES = ("fewer than 10", "10 to 249", "250 and more")


def account_facts(known: OrderDays, customers: pd.DataFrame, told: Churn) -> pd.DataFrame:
    """What is known of each account that ever ordered, in the order of `known`.

    Parameters: known, order days of accounts; customers, checked, one row per account; not modified.
    Returns: customer_id, unit (its group, or the account itself: assumption A12), group_id, n_orders, first_on,
    last_on, opened_on, closed_on, closure_reason, contract_end_on (NaT or None where not known), headcount_n (float),
    and each of `told.segments` as text.
    """
    facts = pd.DataFrame({"customer_id": known.units})
    own = customers.set_index("customer_id").reindex(known.units)
    for column in ("opened_on", "closed_on", "contract_end_on"):
        facts[column] = pd.to_datetime(own[column]).to_numpy() if column in own else np.datetime64("NaT", "s")
    for column in ("group_id", "closure_reason"):
        facts[column] = own[column].astype(object).to_numpy() if column in own else None
    facts["headcount_n"] = own["headcount"].to_numpy(dtype=float, na_value=np.nan) if "headcount" in own else np.nan
    for segment in told.segments:
        facts[segment] = _sizes(own) if segment == "headcount" else _texts(own, segment)
    grouped = facts["group_id"].notna()
    # Numbers of groups and of accounts may overlap (assumption A82).
    facts["unit"] = np.where(grouped, "group " + facts["group_id"].astype(str), "account " + facts["customer_id"])
    facts["n_orders"] = known.counts
    facts["first_on"], facts["last_on"] = dates_of(known.first_days), dates_of(known.last_days)
    return facts


def group_rhythm(known: OrderDays, facts: pd.DataFrame, told: Churn, *, ends_on) -> Rhythm:
    """The rhythm of each group of accounts together: a client whose sister account orders is not silent.

    A group is in the segment of its account with most orders.
    """
    main = facts.sort_values("n_orders", ascending=False, kind="stable").drop_duplicates("unit").set_index("unit")
    merged = known.by(facts["unit"].to_numpy())
    segment = main[told.segments[0]].reindex(merged.units).to_numpy(dtype=object)
    return rhythm(merged, segment, told, ends_on=ends_on)


def account_spells(found: Rhythm, facts: pd.DataFrame) -> pd.DataFrame:
    """One row per account: when its relationship began, when it came into sight, and whether and when it was lost.

    Parameters: found, the rhythm of the groups (`group_rhythm`); facts, as `account_facts` gives them; not modified.
    Returns: facts' columns, and
      origin_on (opened_on or the first order), origin_known (false where the relationship may be older than the file),
      entry_months and duration_months (since the origin; with entry_days, duration_days), lost (whether a loss is seen
      by the rule), event_kind (the reason of a closed account, else "loss"; None where not lost), lost_on (the last
      order, or the end of a contract), until_on (lost_on, else the day up to which it is judged), delay_days (how much
      longer the duration is), alive (today, as far as the files tell), silence_days, threshold_days, gap_days (of the
      group, business days), reactivations, censored_on.
    Notes: dated by assumption A42 (ADR 0012): a loss is seen by its last order, everybody else is judged only up to
    the day from which a silence is still too short to tell (`censored_on`); a client leaves at some moment of the gap
    that never ends, so durations and late entries are longer by one drawn at random for each group (`delay_days`). A
    relationship older than the file enters at its first order in it, since one without any would not be there. Under a
    contract, a client is known until that ends (A43).
    """
    by_unit = found.table.set_index("unit").reindex(facts["unit"])
    spells = facts.copy()
    for column in (
        "silence_days",
        "threshold_days",
        "gap_days",
        "shape",
        "p_gap_longer",
        "reactivations",
        "censored_on",
    ):
        spells[column] = by_unit[column].to_numpy()
    last_on = by_unit["last_on"].to_numpy("datetime64[D]")
    first_on, cut_on = facts["first_on"].to_numpy("datetime64[D]"), spells["censored_on"].to_numpy("datetime64[D]")
    ends_on = found.ends_on
    opened_on = facts["opened_on"].to_numpy("datetime64[D]")
    origin = np.fmin(opened_on, first_on)
    opens_on = found.days.days.min() if len(found.days.days) else day_numbers(ends_on)
    judged_from = found.clock.at(opens_on) + spells["threshold_days"].to_numpy()
    spells["origin_known"] = ~np.isnat(opened_on) | (found.clock.at(day_numbers(first_on)) >= judged_from)
    silent = last_on < cut_on
    contract = _contracts(facts, last_on, ends_on)
    lost = np.where(contract == "running", False, np.where(contract == "ended", True, silent))
    lost_on = np.where(contract == "ended", facts["contract_end_on"].to_numpy("datetime64[D]"), last_on)
    until = np.where(contract == "running", ends_on + 1, cut_on)
    older = origin < EPOCH + int(opens_on)
    waited = moments_of_a_gap(facts["unit"].to_numpy(), spells["shape"].to_numpy()) * spells["gap_days"].to_numpy()
    delay = np.where(contract == "none", np.minimum(waited, spells["threshold_days"]), 0.0)
    spells["delay_days"] = delay
    spells["origin_on"] = pd.Series(origin).astype("datetime64[s]").to_numpy()
    spells["entry_days"] = np.where(older, _days(first_on - origin) + delay, 0.0)
    judged = np.where(lost, _days(lost_on - origin) + HALF_A_DAY, _days(until - origin))
    spells["duration_days"] = np.where(judged > 0, judged + delay, 0.0)
    spells["entry_months"] = spells["entry_days"] / DAYS_A_MONTH
    spells["duration_months"] = spells["duration_days"] / DAYS_A_MONTH
    spells["lost"] = lost.astype(bool)
    spells["until_on"] = pd.Series(np.where(lost, lost_on, until)).astype("datetime64[s]").to_numpy()
    closed = facts["closed_on"].notna().to_numpy()
    reason = facts["closure_reason"].where(facts["closure_reason"].notna(), LOSS)
    spells["event_kind"] = np.where(lost, np.where(closed, reason, LOSS), None)
    spells["lost_on"] = pd.Series(np.where(lost, lost_on, np.datetime64("NaT"))).astype("datetime64[s]").to_numpy()
    spells["alive"] = ~lost & ~closed
    return spells


def spells_at_risk(spells: pd.DataFrame) -> pd.DataFrame:
    """The spells that survival can be estimated from: of known origin, and in sight for some time after their entry.

    An account that came so late that no silence of it can be judged yet tells nothing about loss.
    """
    return spells[spells["origin_known"] & (spells["duration_days"] > spells["entry_days"])].reset_index(drop=True)


def moments_of_a_gap(units: np.ndarray, shape: np.ndarray | float) -> np.ndarray:
    """How far into a gap of mean 1 a moment lies that is drawn at random in time: one for each unit, from its name.

    Notes: a gap that holds a given moment is gamma of shape + 1 (longer gaps hold more), the moment uniform in it, so
    the mean is (1 + 1/shape) / 2. Drawn from the name, it is the same at every date and in any order of the units.
    """
    names = np.asarray(units, dtype=object).astype(str).astype(object)
    draws = [pd.util.hash_array(names, hash_key=key) / 2.0**64 for key in ("length of a gap.", "moment in a gap.")]
    length = gamma.ppf(draws[0].clip(1e-9, 1 - 1e-9), shape + 1) / shape
    return draws[1] * length


def _days(lengths: np.ndarray) -> np.ndarray:
    return lengths.astype("timedelta64[D]").astype(float)


def _contracts(facts: pd.DataFrame, last_on: np.ndarray, ends_on: np.datetime64) -> np.ndarray:
    """none, running (ends after the files do) or ended (by then, and nothing ordered since)."""
    contract_end_on = facts["contract_end_on"].to_numpy("datetime64[D]")
    running = contract_end_on > ends_on
    ended = (contract_end_on <= ends_on) & (last_on <= contract_end_on)
    kinds = np.where(running, "running", np.where(ended, "ended", "none"))
    # One account of a group under contract holds the whole group: it is lost as one.
    held = pd.Series(running).groupby(facts["unit"].to_numpy()).transform("any").to_numpy()
    return np.where(held, "running", kinds)


def _sizes(own: pd.DataFrame) -> np.ndarray:
    if "headcount" not in own:
        return np.full(len(own), None, dtype=object)
    headcount = own["headcount"].to_numpy(dtype=float, na_value=np.nan)
    named = np.array(SIZES, dtype=object)[np.searchsorted([SMALL, LARGE], np.nan_to_num(headcount), side="right")]
    return np.where(np.isnan(headcount), None, named)


def _texts(own: pd.DataFrame, column: str) -> np.ndarray:
    if column not in own:
        return np.full(len(own), None, dtype=object)
    values = own[column].astype(object)
    return values.where(values.notna(), None).to_numpy()
