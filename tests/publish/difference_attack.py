"""An attack on a shared report: totals that are both published, and whose difference is a single client's amount."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd

AMOUNTS = ("revenue_eur", "practical_margin_eur", "full_margin_eur", "activity_cost_eur", "direct_purchases_eur")
EXACT = 0.011  # euros: a difference known so well names a client; a coarser one is met by chance
SMALLEST = 100.0
TOTAL = 1000.0  # euros: what is below is no total, but a ratio, a count or a number of minutes
WRITTEN = re.compile(r"[-−]?\d[\d,\u202f\u00a0]*(?:\.\d+)?")


class _Numbers(HTMLParser):
    """Numbers of a page: of its texts, of what describes its figures, and, exact, what its tables are sorted by."""

    DESCRIBING = ("aria-label", "alt", "title", "data-sort")

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.columns: list[dict[int, list[str]]] = []
        self._place, self._unseen = 0, False

    def handle_starttag(self, tag, attrs):
        self._unseen = tag in ("style", "script")
        if tag == "table":
            self.columns.append({})
        if tag == "tr":
            self._place = 0
        told = dict(attrs)
        for name in self.DESCRIBING:
            self.found += WRITTEN.findall(told.get(name) or "")
        if tag == "td":
            if told.get("data-sort") and self.columns:
                self.columns[-1].setdefault(self._place, []).append(told["data-sort"])
            self._place += 1

    def handle_endtag(self, tag):
        self._unseen = False

    def handle_data(self, data):
        if not self._unseen:
            self.found += WRITTEN.findall(data)


def read(text: str) -> tuple[float, float]:
    """A written number and half the unit of its last digit."""
    plain = re.sub(r"[,\u202f\u00a0]", "", text).replace("−", "-")
    decimals = len(plain.partition(".")[2])
    return float(plain), 0.5 * 10.0**-decimals


def published_numbers(folder: Path) -> np.ndarray:
    """Every number of a report's pages and manifest, and the sum of each column of its tables: value, half unit."""
    numbers = []
    for page in folder.glob("*.html"):
        parser = _Numbers()
        parser.feed(page.read_text(encoding="utf-8"))
        numbers += [read(text) for text in parser.found]
        for column in (texts for table in parser.columns for texts in table.values()):
            cells = [read(text) for text in column if WRITTEN.fullmatch(text)]
            if cells:
                numbers.append(tuple(np.sum(cells, axis=0)))

    def within(value):
        if isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                within(inner)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            numbers.append((float(value), 0.005))

    within(json.loads((folder / "manifest.json").read_text(encoding="utf-8")))
    return np.unique(np.array(numbers), axis=0)


def clients_amounts(margins: pd.DataFrame) -> pd.DataFrame:
    """What must not be found: each account's and each group's amounts. Rows: client, amount, eur."""
    accounts = margins.assign(client=margins["customer_id"])
    groups = margins[margins["group_id"].notna()].assign(client=margins["group_id"])
    sums = pd.concat([accounts, groups]).groupby("client")[list(AMOUNTS)].sum().round(2)
    long = sums.rename_axis(columns="amount").stack().rename("eur").reset_index()
    return long[long["eur"].abs() >= SMALLEST]


def isolated(numbers: np.ndarray, targets: pd.DataFrame) -> pd.DataFrame:
    """The clients of whom two amounts are published numbers, or differences of two, to the cent."""
    totals = numbers[np.abs(numbers[:, 0]) >= TOTAL]
    with_nothing = np.vstack([totals, [0.0, 0.0]])
    one, other = np.triu_indices(len(with_nothing), 1)
    apart = np.abs(with_nothing[one, 0] - with_nothing[other, 0])
    half = with_nothing[one, 1] + with_nothing[other, 1]
    # Of two whole numbers none tells cents.
    exact = (half <= EXACT) & (apart >= SMALLEST) & (np.abs(apart - apart.round()) > 1e-6)
    one, other, apart = one[exact], other[exact], apart[exact]
    order = np.argsort(apart)
    sorted_apart = apart[order]
    low, high = (
        np.searchsorted(sorted_apart, targets["eur"].abs() + sign * EXACT, side=side)
        for sign, side in ((-1, "left"), (1, "right"))
    )
    rows = [
        (client, amount, eur, with_nothing[one[at], 0], with_nothing[other[at], 0])
        for (client, amount, eur), first, last in zip(targets.itertuples(index=False), low, high, strict=True)
        for at in order[first:last]
    ]
    found = pd.DataFrame(rows, columns=["client", "amount", "eur", "one", "other"])
    # Two numbers of thousands meet one amount of some client by chance, but not two of the same client.
    return found[found.groupby("client")["eur"].transform("nunique") > 1]
