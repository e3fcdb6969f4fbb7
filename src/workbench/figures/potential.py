"""Figures of future value."""

import re
from functools import partial

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, LogNorm

from workbench.figures.picture import Picture
from workbench.figures.rows import drawn_rows
from workbench.figures.theme import (
    BLUE,
    GREY,
    INK,
    PALE,
    WARM,
    drawing,
    money,
    percent,
    signed_percent,
)
from workbench.language import decimal_text, said, word
from workbench.potential.evaluation import CHOSEN, Evaluation
from workbench.potential.sizes import SIZES

# Below so many reference clients a cell is nearly all borrowed from its size and sector.
THIN = 3
# How the names of makers begin, in each language.
MAKERS = ("Manufacture of ", "Fabrication de ", "Fabrication d'")
# What a name cut after a word does not end with.
LINKS = re.compile(r"(?:\s*[,;]|\s(?:and|of|other|non|n\.e\.c\.|et|de|des|du|la|le|les|autres?))+$")
SHADES = LinearSegmentedColormap.from_list("potential", ["#f3f6f9", "#c9d6e3", BLUE])


def brief(name: str, length: int) -> str:
    """A sector's name that fits beside a row: makers are named by what they make, a long name by its first words."""
    made = name
    for maker in MAKERS:
        made = made.removeprefix(maker)
    made = made[:1].upper() + made[1:]
    if len(made) <= length:
        return made
    words = made[:length].rpartition(" ")[0] or made[: length - 1]
    return f"{LINKS.sub('', words)}…"


def plot_spend_by_size(sizes: pd.DataFrame, *, tau: float, unit: str) -> Picture | None:
    """Median and tau quantile of annual spend by size class, before any model; None without comparable clients."""
    if sizes.empty:
        return None
    names = sizes["size_class"].fillna("unknown size").map(word)
    labels = [f"{name} (n = {decimal_text(n)})" for name, n in zip(names, sizes["n_customers"], strict=True)]
    label = said("spend of a comparable client ({unit} a year)", unit=unit)
    with drawn_rows(labels, label=label, scale=partial(money, unit=unit), each=0.62) as rows:
        for level, column, colour, named in (
            (-0.2, "quantile_eur", BLUE, said("{share} buy less than this", share=percent(tau))),
            (0.2, "median_eur", PALE, said("median")),
        ):
            rows.bars(sizes[column], colour=colour, level=level, thick=0.36, label=named)
            rows.values((money(value, unit) for value in sizes[column]), level=level)
    return Picture(
        rows.figure,
        alt=said(
            "Annual spend by size: {sizes}.",
            sizes="; ".join(
                said(
                    "{size} median {median}, upper {upper}",
                    size=name,
                    median=money(row.median_eur, unit),
                    upper=money(row.quantile_eur, unit),
                )
                for name, row in zip(names, sizes.itertuples(), strict=True)
            ),
        ),
        caption=said(
            "Annual spend of comparable clients by size, n = {n}, before any model.",
            n=decimal_text(sizes["n_customers"].sum()),
        ),
    )


def plot_potential_map(
    cells: pd.DataFrame, names: dict[str, str], *, unit: str, shared: bool = False
) -> Picture | None:
    """Potential by size and sector with the number of comparable clients in each cell; None without a cell to show.

    shared: whether cells are only those of `shareable_map`, which the caption then says.
    """
    if cells.empty:
        return None
    named = cells.assign(
        size_class=cells["size_class"].fillna("unknown size"),
        sector=cells["sector"]
        .map(lambda code: names.get(code, code), na_action="ignore")
        .fillna(said("sector unknown")),
    )
    columns = [size for size in (*SIZES, "unknown size") if size in set(named["size_class"])]
    rows = named.groupby("sector")["n_clients"].sum().sort_values(ascending=False, kind="stable").index.tolist()
    value = named.pivot(index="sector", columns="size_class", values="potential_eur").reindex(rows)[columns]
    count = named.pivot(index="sector", columns="size_class", values="n_clients").reindex(rows)[columns]
    with drawing(height=0.27 * len(rows) + 1.1) as (figure, axes):
        scale = LogNorm(value.min().min() * 0.9, value.max().max() * 1.1)
        axes.pcolormesh(value.to_numpy(), cmap=SHADES, norm=scale, edgecolors="white", linewidth=1.5)
        for (at, to), amount in np.ndenumerate(value.to_numpy()):
            if np.isnan(amount):
                continue
            n = int(count.iat[at, to])
            dark = scale(amount) > 0.7
            axes.text(
                to + 0.5, at + 0.5, f"{money(amount, unit)}  ({n}{'*' if n < THIN else ''})", ha="center", va="center",
                fontsize=8.5, color="white" if dark else INK, style="italic" if n < THIN else "normal",
            )  # fmt: skip
        axes.set_xticks(np.arange(len(columns)) + 0.5, [word(size) for size in columns])
        axes.set_yticks(np.arange(len(rows)) + 0.5, [brief(name, 46) for name in rows])
        axes.invert_yaxis()
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    top = named.loc[named["potential_eur"].idxmax()]
    thin = int((cells["n_clients"] < THIN).sum())
    return Picture(
        figure,
        alt=said(
            "Potential by size and sector in {n} cells; the highest is {sector}, {size}, {amount} a year.",
            n=len(cells),
            sector=top["sector"],
            size=word(top["size_class"]),
            amount=money(top["potential_eur"], unit),
        ),
        caption=" ".join(
            [
                said(
                    "Potential of one client ({unit} a year) by size and sector, n = {n} comparable clients, their "
                    "number in brackets.",
                    unit=unit,
                    n=decimal_text(cells["n_clients"].sum()),
                ),
                said(
                    "Amounts have two digits; blank cells and sectors left out have no comparable client, or too few "
                    "to be shown."
                )
                if shared
                else said(
                    "{thin} cells with fewer than {few} are marked *: nearly all of their value is that of their size "
                    "and sector. Blank cells have no comparable client.",
                    thin=thin,
                    few=THIN,
                ),
            ]
        ),
    )


def plot_estimates(judged: Evaluation | None) -> Picture | None:
    """How much larger the held-out loss of plainer estimates is, with 90 % intervals; None without an estimate."""
    if judged is None:
        return None
    shown = judged.losses[judged.losses["estimate"] != CHOSEN].sort_values("worse_by_share")
    label = said("pinball loss on held-out clients, compared with this estimate")
    with drawn_rows(map(word, shown["estimate"]), label=label, scale=signed_percent) as rows:
        rows.intervals(shown["worse_by_low"], shown["worse_by_high"], colour=GREY, width=2.0)
        rows.points(shown["worse_by_share"], colour=np.where(shown["worse_by_low"] > 0, BLUE, GREY))
        rows.values(signed_percent(worse, 1) for worse in shown["worse_by_share"])
    n = int(judged.coverage["n_clients"].sum())
    return Picture(
        rows.figure,
        alt=said(
            "Held-out loss compared with this estimate: {estimates}.",
            estimates="; ".join(
                f"{word(row.estimate)} {signed_percent(row.worse_by_share, 1)}" for row in shown.itertuples()
            ),
        ),
        caption=said(
            "Plainer estimates on clients they have not seen, n = {n}. To the right: worse than this estimate; the "
            "line is the 90 % interval, blue where it does not reach zero.",
            n=decimal_text(n),
        ),
    )


def plot_headroom(
    groups: pd.DataFrame, by: str, names: dict[str, str], *, unit: str, shared: bool = False, most: int = 15
) -> Picture | None:
    """Spend and headroom of the active clients by sector or size, the largest headroom first; None without any.

    shared: whether groups are those of `shareable_headroom`, which the caption then says.
    """
    if groups.empty:
        return None
    shown = groups.head(most)
    unknown = "unknown size" if by == "size_class" else "unknown"
    labels = [brief(names.get(value) or word(value or unknown), 40) for value in shown[by]]
    label = said("{unit} a year, active clients", unit=unit)
    with drawn_rows(labels, label=label, scale=partial(money, unit=unit)) as rows:
        within = shown["potential_eur"] - shown["headroom_eur"]
        rows.bars(within, colour=BLUE, label=said("bought from us, within the potential"))
        rows.bars(shown["headroom_eur"], left=within, colour=PALE, label=said("headroom"))
        rows.values(
            f"+{money(row.headroom_eur, unit)} "
            + said("({share} bought, n = {n})", share=percent(row.wallet_share), n=decimal_text(row.n_customers))
            for row in shown.itertuples()
        )
    return Picture(
        rows.figure,
        alt=said(
            "Headroom by {axis}: {values}.",
            axis=word(by),
            values=rows.in_words,
        ),
        caption=" ".join(
            [
                said(
                    "Potential of active clients by {axis}, split into what they buy from us and what is left; {shown} "
                    "of {all} values, n = {n} clients.",
                    axis=word(by),
                    shown=len(shown),
                    all=len(groups),
                    n=decimal_text(shown["n_customers"].sum()),
                ),
                *([said("Amounts have two digits; values with too few clients are together.")] if shared else []),
            ]
        ),
    )


def plot_room(potential: pd.DataFrame, *, unit: str, most: int = 15) -> Picture | None:
    """The active clients with the most room: what they buy, what is left, and their potential with its interval.

    Room is likely headroom where answers tell it, else headroom; None without any.
    """
    likely = bool(potential["likely_headroom_eur"].notna().any())
    room, left = ("likely_headroom_eur", said("likely headroom")) if likely else ("headroom_eur", said("headroom"))
    active = potential[potential["active"] & potential[room].gt(0)]
    if active.empty:
        return None
    shown = active.sort_values([room, "customer_id"], ascending=[False, True]).head(most)
    names = shown["name"].fillna(shown["customer_id"])
    bought = shown["current_eur"].clip(lower=0)
    with drawn_rows(names, label=said("{unit} a year", unit=unit), scale=partial(money, unit=unit)) as rows:
        rows.bars(bought, colour=BLUE, label=said("current spend"))
        rows.bars(shown[room], left=bought, colour=PALE, label=left)
        rows.intervals(shown["potential_low_eur"], shown["potential_high_eur"], label=said("potential, 90 % interval"))
        rows.values(
            (f"+{money(amount, unit)}" for amount in shown[room]),
            colours=np.where(shown["margin_rate_share"] > 0, INK, WARM),
        )
    return Picture(
        rows.figure,
        alt=said(
            "Clients with the most room: {clients}.",
            clients=rows.in_words,
        ),
        caption=said(
            "The {shown} active clients with the largest {room}, of n = {n} with any. The line is the 90 % interval of "
            "the potential of their size and sector, not of the single client's wallet; the amount is red where the "
            "client's margin rate is not positive.",
            shown=len(shown),
            room=left,
            n=decimal_text(len(active)),
        ),
    )


def plot_market(sectors: pd.DataFrame, names: dict[str, str], *, unit: str, most: int = 12) -> Picture | None:
    """Total potential of companies that are not clients, by sector; None without a scored market."""
    shown = sectors[sectors["total_potential_eur"].gt(0)].head(most)
    if shown.empty:
        return None
    labels = [brief(names.get(value, value) or word("unknown"), 40) for value in shown["sector"]]
    label = said("total potential ({unit} a year)", unit=unit)
    with drawn_rows(labels, label=label, scale=partial(money, unit=unit)) as rows:
        rows.bars(shown["total_potential_eur"])
        rows.values(
            said(
                "{amount}  ({n} companies)",
                amount=money(row.total_potential_eur, unit),
                n=decimal_text(row.n_companies),
            )
            for row in shown.itertuples()
        )
    return Picture(
        rows.figure,
        alt=said(
            "Potential of companies that are not clients: {sectors}.",
            sectors=rows.in_words,
        ),
        caption=said(
            "Where the untouched potential is: {shown} of {all} sectors, n = {n} companies that are not clients.",
            shown=len(shown),
            all=len(sectors),
            n=decimal_text(shown["n_companies"].sum()),
        ),
    )
