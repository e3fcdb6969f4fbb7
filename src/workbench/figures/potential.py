"""Figures of future value."""

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap, LogNorm

from workbench.figures.picture import Picture
from workbench.figures.theme import BLUE, GREY, INK, PALE, WARM, drawing, money, money_axis, shortened
from workbench.potential.evaluation import CHOSEN, Evaluation
from workbench.potential.sizes import SIZES

# Below so many reference clients a cell is nearly all borrowed from its size and sector.
THIN = 3
SHADES = LinearSegmentedColormap.from_list("potential", ["#f3f6f9", "#c9d6e3", BLUE])


def brief(name: str, length: int) -> str:
    """A sector's name that fits beside a row: makers are named by what they make."""
    made = name.removeprefix("Manufacture of ")
    return shortened(made[:1].upper() + made[1:], length)


def plot_spend_by_size(sizes: pd.DataFrame, *, tau: float, unit: str) -> Picture | None:
    """Median and tau quantile of annual spend by size class, before any model; None without comparable clients."""
    if sizes.empty:
        return None
    shown = sizes.iloc[::-1].reset_index(drop=True)
    names = shown["size_class"].fillna("unknown size")
    with drawing(height=0.62 * len(shown) + 1.4) as (figure, axes):
        place = np.arange(len(shown))
        axes.barh(place + 0.2, shown["quantile_eur"], height=0.36, color=BLUE, label=f"{tau:.0%} buy less than this")
        axes.barh(place - 0.2, shown["median_eur"], height=0.36, color=PALE, label="median")
        for at, row in zip(place, shown.itertuples(), strict=True):
            for up, value in ((0.2, row.quantile_eur), (-0.2, row.median_eur)):
                axes.annotate(money(value, unit), (value, at + up), (6, 0), textcoords="offset points", va="center")
        axes.set_yticks(place, [f"{name} (n = {n})" for name, n in zip(names, shown["n_customers"], strict=True)])
        axes.margins(x=0.14)
        axes.set_xlabel(f"spend of a comparable client ({unit} a year)")
        money_axis(axes.xaxis, unit)
        figure.legend(loc="outside lower center", frameon=False, ncols=2)
    return Picture(
        figure,
        alt="Annual spend by size: " + "; ".join(
            f"{name} median {money(row.median_eur, unit)}, upper {money(row.quantile_eur, unit)}"
            for name, row in zip(names, shown.itertuples(), strict=True)
        ) + ".",
        caption=f"Annual spend of comparable clients by size, n = {shown['n_customers'].sum():,}, before any model.",
    )  # fmt: skip


def plot_potential_map(cells: pd.DataFrame, names: dict[str, str], *, unit: str) -> Picture | None:
    """Potential by size and sector with the number of comparable clients in each cell; None without an estimate."""
    if cells.empty:
        return None
    named = cells.assign(
        size_class=cells["size_class"].fillna("unknown size"),
        sector=cells["sector"].map(lambda code: names.get(code, code), na_action="ignore").fillna("sector unknown"),
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
        axes.set_xticks(np.arange(len(columns)) + 0.5, columns)
        axes.set_yticks(np.arange(len(rows)) + 0.5, [brief(name, 46) for name in rows])
        axes.invert_yaxis()
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        axes.spines[:].set_visible(False)
    top = named.loc[named["potential_eur"].idxmax()]
    thin = int((cells["n_clients"] < THIN).sum())
    return Picture(
        figure,
        alt=f"Potential by size and sector in {len(cells)} cells; the highest is {top['sector']}, {top['size_class']}, "
        f"{money(top['potential_eur'], unit)} a year.",
        caption=f"Potential of one client ({unit} a year) by size and sector, n = {cells['n_clients'].sum():,} "
        f"comparable clients, their number in brackets. {thin} cells with fewer than {THIN} are marked *: "
        "nearly all of their value is that of their size and sector. Blank cells have no comparable client.",
    )


def plot_estimates(judged: Evaluation | None) -> Picture | None:
    """How much larger the held-out loss of plainer estimates is, with 90 % intervals; None without an estimate."""
    if judged is None:
        return None
    shown = judged.losses[judged.losses["estimate"] != CHOSEN].sort_values("worse_by_share", ascending=False)
    with drawing(height=0.5 * len(shown) + 1.2) as (figure, axes):
        place = np.arange(len(shown))
        worse = shown["worse_by_share"].to_numpy()
        axes.hlines(place, shown["worse_by_low"], shown["worse_by_high"], color=GREY, linewidth=2)
        axes.scatter(worse, place, color=np.where(shown["worse_by_low"] > 0, BLUE, GREY), s=46, zorder=3)
        for at, row in zip(place, shown.itertuples(), strict=True):
            axes.annotate(
                f"{row.worse_by_share:+.1%}", (row.worse_by_high, at), (8, 0), textcoords="offset points", va="center"
            )
        axes.axvline(0, color=INK, linewidth=1)
        axes.set_yticks(place, shown["estimate"])
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.margins(x=0.14)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:+.0%}" if round(value, 4) else "0%")
        axes.set_xlabel("pinball loss on held-out clients, compared with this estimate")
    n = int(judged.coverage["n_clients"].sum())
    return Picture(
        figure,
        alt="Held-out loss compared with this estimate: "
        + "; ".join(f"{row.estimate} {row.worse_by_share:+.1%}" for row in shown.itertuples()) + ".",
        caption=f"Plainer estimates on clients they have not seen, n = {n:,}. To the right: worse than this estimate; "
        "the line is the 90 % interval, blue where it does not reach zero.",
    )  # fmt: skip


def plot_headroom(groups: pd.DataFrame, by: str, names: dict[str, str], *, unit: str, most: int = 15) -> Picture | None:
    """Spend and headroom of the active clients by sector or size, the largest headroom first; None without any."""
    if groups.empty:
        return None
    shown = groups.head(most).iloc[::-1].reset_index(drop=True)
    labels = [brief(names.get(value, value) or "unknown", 40) for value in shown[by]]
    with drawing(height=0.4 * len(shown) + 1.4) as (figure, axes):
        place = np.arange(len(shown))
        within = shown["potential_eur"] - shown["headroom_eur"]
        axes.barh(place, within, color=BLUE, height=0.62, label="bought from us, within the potential")
        axes.barh(place, shown["headroom_eur"], left=within, color=PALE, height=0.62, label="headroom")
        for at, row in zip(place, shown.itertuples(), strict=True):
            axes.annotate(
                f"+{money(row.headroom_eur, unit)}  ({row.wallet_share:.0%} bought, n = {row.n_customers})",
                (row.potential_eur, at), (6, 0), textcoords="offset points", va="center", fontsize=9,
            )  # fmt: skip
        axes.set_yticks(place, labels)
        axes.margins(x=0.34)
        axes.set_xlim(left=0)
        axes.set_xlabel(f"{unit} a year, active clients")
        money_axis(axes.xaxis, unit)
        figure.legend(loc="outside lower center", frameon=False, ncols=2)
    return Picture(
        figure,
        alt=f"Headroom by {by.replace('_', ' ')}: " + "; ".join(
            f"{label} {money(amount, unit)}"
            for label, amount in zip(labels[::-1], shown["headroom_eur"].iloc[::-1], strict=True)
        ) + ".",
        caption=f"Potential of active clients by {by.replace('_', ' ')}, split into what they buy from us and what is "
        f"left; {len(shown)} of {len(groups)} values, n = {int(shown['n_customers'].sum()):,} clients.",
    )  # fmt: skip


def plot_room(potential: pd.DataFrame, *, unit: str, most: int = 15) -> Picture | None:
    """The active clients with the largest headroom: what they buy, and their potential with its interval."""
    active = potential[potential["active"] & potential["headroom_eur"].gt(0)]
    if active.empty:
        return None
    shown = active.head(most).iloc[::-1]
    with drawing(height=0.36 * len(shown) + 1.4) as (figure, axes):
        place = np.arange(len(shown))
        bought = shown["current_eur"].clip(lower=0)
        axes.barh(place, shown["potential_eur"], color=PALE, height=0.62, label="potential")
        axes.barh(place, bought, color=BLUE, height=0.62, label="current spend")
        axes.hlines(place, shown["potential_low_eur"], shown["potential_high_eur"], color=INK, linewidth=1.4)
        for at, row in zip(place, shown.itertuples(), strict=True):
            axes.annotate(
                f"+{money(row.headroom_eur, unit)}", (row.potential_high_eur, at), (6, 0), textcoords="offset points",
                va="center", fontsize=9, color=INK if row.margin_rate_share > 0 else WARM,
            )  # fmt: skip
        names = shown["name"].fillna(shown["customer_id"])
        axes.set_yticks(place, [shortened(name, 34) for name in names])
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.margins(x=0.1)
        axes.set_xlim(left=0)
        axes.set_xlabel(f"{unit} a year")
        money_axis(axes.xaxis, unit)
        figure.legend(loc="outside lower center", frameon=False, ncols=2)
    return Picture(
        figure,
        alt="Clients with the largest headroom: " + "; ".join(
            f"{name} {money(room, unit)}"
            for name, room in zip(names.iloc[::-1], shown["headroom_eur"].iloc[::-1], strict=True)
        ) + ".",
        caption=f"The {len(shown)} active clients with the largest headroom, of n = {len(active):,} with any. The line "
        "is the 90 % interval of the potential of their size and sector, not of the single client's wallet; the "
        "amount is red where the client's margin rate is not positive.",
    )  # fmt: skip


def plot_market(sectors: pd.DataFrame, names: dict[str, str], *, unit: str, most: int = 12) -> Picture | None:
    """Total potential of companies that are not clients, by sector; None without a scored market."""
    shown = sectors[sectors["total_potential_eur"].gt(0)].head(most).iloc[::-1].reset_index(drop=True)
    if shown.empty:
        return None
    labels = [brief(names.get(value, value) or "unknown", 40) for value in shown["sector"]]
    with drawing(height=0.36 * len(shown) + 1.0) as (figure, axes):
        place = np.arange(len(shown))
        axes.barh(place, shown["total_potential_eur"], color=BLUE, height=0.62)
        for at, row in zip(place, shown.itertuples(), strict=True):
            axes.annotate(
                f"{money(row.total_potential_eur, unit)}  ({row.n_companies:,} companies)",
                (row.total_potential_eur, at), (6, 0), textcoords="offset points", va="center", fontsize=9,
            )  # fmt: skip
        axes.set_yticks(place, labels)
        axes.margins(x=0.26)
        axes.set_xlabel(f"total potential ({unit} a year)")
        money_axis(axes.xaxis, unit)
    return Picture(
        figure,
        alt="Potential of companies that are not clients: " + "; ".join(
            f"{label} {money(amount, unit)}"
            for label, amount in zip(labels[::-1], shown["total_potential_eur"].iloc[::-1], strict=True)
        ) + ".",
        caption=f"Where the untouched potential is: {len(shown)} of {len(sectors)} sectors, n = "
        f"{int(shown['n_companies'].sum()):,} companies that are not clients.",
    )  # fmt: skip
