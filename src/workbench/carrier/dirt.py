"""The dirt of real files, laid over the clean tables as the last step: every fault is listed with its file and row."""

import numpy as np
import pandas as pd

from workbench.carrier.chance import stream
from workbench.carrier.window import AS_OF

# Shares of the rows of deliveries that are neither credit notes nor credited; at least one row of each kind.
DELIVERY_FAULTS = {
    "duplicate_row": 0.006,
    "orphan_delivery": 0.005,
    "unreadable_date": 0.003,
    "unreadable_amount": 0.003,
    "missing_booked_margin": 0.03,
    "implausible_booked_margin": 0.005,
    "late_entry": 0.01,
}
SURVEY_FAULTS = {"entered_twice": 0.005, "off_the_scale": 0.003, "unknown_customer": 0.002, "score_in_words": 0.002}
UNMATCHED_SHARE = 0.05
DUPLICATED_CUSTOMER_SHARE = 0.01
MISSING_SIZE_SHARE = 0.04
DUPLICATES_FOLLOW_WITHIN = 2000

UNREADABLE_DATES = ("31/02/{year}", "n.c.", "00/00/0000")
UNREADABLE_AMOUNTS = ("n.c.", "#VALEUR!", "12,O5", "--")
HOSTILE_NAMES = (
    'Ateliers "Le Grand Écart"',
    "Dupré; Fils & Associés",
    "=cmd|' /C calc'!A0",
    '<script>alert("client")</script>',
    "Étoile $\\frac{$ & Cie",
    "+33 Téléphonie d'Ailleurs",
    "@SUM(A1:A9) Conseil",
)


def dirty_deliveries(deliveries: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The deliveries as handed over, and the faults in them.

    Parameters: deliveries, the clean table of the world (not modified).
    Returns: the dirty table in file order, still typed, with two columns of text that stand for what cannot be typed
    (delivered_text, revenue_text, None elsewhere); the faults: row (0 for the first), kind.
    """
    rng = stream(seed, "dirt of deliveries")
    rows = deliveries.assign(delivered_text=None, revenue_text=None)
    chosen = _chosen_deliveries(rows, rng)
    _spoil_texts(rows, chosen, rng)
    orphans = chosen["orphan_delivery"]
    rows.loc[orphans, "customer_id"] = [f"X{number:05d}" for number in rng.integers(1, 99_999, len(orphans))]
    rows.loc[chosen["missing_booked_margin"], "booked_margin_eur"] = np.nan
    implausible = chosen["implausible_booked_margin"]
    factor = np.where(_wrong_sign_shows(rows.loc[implausible]) & (rng.random(len(implausible)) < 0.5), -10, 10)
    rows.loc[implausible, "booked_margin_eur"] = (rows.loc[implausible, "booked_margin_eur"] * factor).round(2)
    late = chosen["late_entry"]
    delay = rng.integers(30, 81, len(late))
    rows.loc[late, "recorded_on"] = rows.loc[late, "delivered_on"].to_numpy("datetime64[D]") + delay
    unmatched = chosen["unmatched_credit_note"]
    rows.loc[unmatched, "credited_document_id"] = [f"F7{n:07d}" for n in rng.integers(1, 9_999_999, len(unmatched))]
    rows["kind"] = None
    for kind, labels in chosen.items():
        rows.loc[labels, "kind"] = None if kind == "duplicate_row" else kind
    rows = rows.sort_values(["recorded_on", "delivery_id"], kind="stable")
    rows["place"] = np.arange(len(rows), dtype=float)
    copies = rows.loc[chosen["duplicate_row"]].assign(kind="duplicate_row")
    copies["place"] += rng.integers(0, DUPLICATES_FOLLOW_WITHIN, len(copies)) + 0.5
    rows = pd.concat([rows, copies]).sort_values("place", kind="stable", ignore_index=True)
    faults = rows["kind"].dropna()
    return rows.drop(columns=["kind", "place"]), pd.DataFrame({"row": faults.index, "kind": faults.to_numpy()})


def dirty_customers(customers: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The customers as handed over, and the faults in them (row from 0, kind): hostile names, missing sizes, accounts
    listed twice (the second time in capitals, at the end of the file).
    """
    rng = stream(seed, "dirt of customers")
    rows = customers.copy()
    order = rng.permutation(len(rows))
    hostile, rest = order[: len(HOSTILE_NAMES)], order[len(HOSTILE_NAMES) :]
    rows.loc[hostile, "name"] = HOSTILE_NAMES
    sizeless = rest[: _at_least_one(MISSING_SIZE_SHARE, len(rows))]
    rows["headcount"] = rows["headcount"].astype("Int64")
    rows.loc[sizeless, "headcount"] = pd.NA
    rows.loc[sizeless, "turnover_eur"] = np.nan
    twice = rows.loc[rest[-_at_least_one(DUPLICATED_CUSTOMER_SHARE, len(rows)) :]]
    faults = [(row, "hostile_name") for row in hostile] + [(row, "missing_size") for row in sizeless]
    faults += [(len(rows) + number, "duplicated_customer") for number in range(len(twice))]
    rows = pd.concat([rows, twice.assign(name=twice["name"].str.upper())], ignore_index=True)
    return rows, pd.DataFrame(sorted(faults), columns=["row", "kind"])


def dirty_survey(survey: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The survey as handed over, and the faults in it (row from 0, kind): rows entered twice, scores off the scale,
    clients that the client file does not have, and scores in words (in the column price_text, None elsewhere).
    """
    rng = stream(seed, "dirt of survey")
    rows = survey.assign(price_text=None)
    clients = rng.permutation(np.flatnonzero(rows["customer_id"].notna()))
    each = {kind: _at_least_one(share, len(rows)) for kind, share in SURVEY_FAULTS.items()}
    chosen = dict(zip(each, np.split(clients, np.cumsum(list(each.values())))[:-1], strict=True))
    rows.loc[chosen["off_the_scale"], "punctuality"] = rng.choice((0.0, 11.0, 55.0), each["off_the_scale"])
    rows.loc[chosen["unknown_customer"], "customer_id"] = "X00000"
    rows.loc[chosen["score_in_words"], "price_text"] = "trop cher"
    faults = [(row, kind) for kind, labels in chosen.items() if kind != "entered_twice" for row in labels]
    twice = rows.loc[chosen["entered_twice"]]
    faults += [(len(rows) + place, "entered_twice") for place in range(len(twice))]
    rows = pd.concat([rows, twice], ignore_index=True)
    return rows, pd.DataFrame(sorted(faults), columns=["row", "kind"])


def _chosen_deliveries(rows: pd.DataFrame, rng) -> dict[str, np.ndarray]:
    """The labels of the rows of each fault; no row has two, and none is a credit note or credited by one.

    A fault that would quarantine a credited invoice line would make a second fault of its credit note.
    """
    note = rows["credited_document_id"].notna()
    plain = ~note & ~rows["document_id"].isin(rows.loc[note, "credited_document_id"])
    fit = dict.fromkeys(DELIVERY_FAULTS, plain)
    fit["implausible_booked_margin"] = plain & (rows["booked_margin_eur"] > 0.15 * rows["revenue_eur"])
    fit["late_entry"] = plain & (rows["delivered_on"] <= pd.Timestamp(AS_OF - 80))
    left = rng.permutation(rows.index[plain])
    chosen = {}
    for kind, share in DELIVERY_FAULTS.items():
        able = np.flatnonzero(fit[kind].to_numpy()[left])
        taken = able[: _at_least_one(share, len(rows))]
        chosen[kind] = left[taken]
        left = np.delete(left, taken)
    notes = rng.permutation(rows.index[note])
    chosen["unmatched_credit_note"] = notes[: _at_least_one(UNMATCHED_SHARE, len(notes))]
    return chosen


def _spoil_texts(rows: pd.DataFrame, chosen: dict[str, np.ndarray], rng) -> None:
    dates = chosen["unreadable_date"]
    years = rows.loc[dates, "delivered_on"].dt.year
    texts = np.array(UNREADABLE_DATES)[rng.integers(0, len(UNREADABLE_DATES), len(dates))]
    rows.loc[dates, "delivered_text"] = [text.format(year=year) for text, year in zip(texts, years, strict=True)]
    amounts = chosen["unreadable_amount"]
    texts = np.array(UNREADABLE_AMOUNTS)[rng.integers(0, len(UNREADABLE_AMOUNTS), len(amounts))]
    rows.loc[amounts, "revenue_text"] = texts


def _wrong_sign_shows(rows: pd.DataFrame) -> np.ndarray:
    """Where ten times the margin with the wrong sign makes a cost above three times the revenue."""
    return (rows["booked_margin_eur"] > 0.21 * rows["revenue_eur"]).to_numpy()


def _at_least_one(share: float, count: int) -> int:
    return max(1, round(share * count))
