"""Future value in words."""

import pandas as pd

from workbench.potential.evaluation import ADDITIVE, CHOSEN, RAW, SIZE, Evaluation
from workbench.potential.sectors import SectorReading
from workbench.potential.wallet import Wallet
from workbench.wording.numbers import counted, number, share, short_money
from workbench.wording.shown import Card, Finding, Headline, Sheet

# A share of wallet of fewer clients is theirs, not their sector's.
SEVERAL = 5
NOTHING = "No potential is estimated for this study."
REASONS = {
    "lapsed": "lapsed",
    "new": "clients for less than three months",
    "few deliveries": "with too few deliveries",
    "no net revenue": "without net revenue",
}


def potential_headline(
    potential: pd.DataFrame, prospects: pd.DataFrame, judged: Evaluation | None, *, unit: str
) -> Headline:
    """The answer of the chapter: how much the active clients could still buy, where it is, and who else could."""
    active = _active(potential)
    if active.empty:
        return Headline(NOTHING, ())
    left, bought = active["headroom_eur"].sum(), active["current_eur"].clip(lower=0).sum()
    ranked = active["headroom_eur"].sort_values(ascending=False)
    half = int((ranked.cumsum() < left / 2).sum()) + 1
    margin = active["headroom_margin_eur"]
    saturated = int(active["saturated"].sum())
    answer = (
        f"{counted(len(active), 'active client')} buy {short_money(bought, unit)} a year and could buy "
        f"{short_money(left, unit)} more if each bought what the upper clients of its size and sector buy; half of "
        f"that is with {counted(half, 'client')}."
    )
    if judged is None or not judged.has_signal:
        answer += " But size and sector hardly tell here who could buy more."
    cards = [
        Card("Headroom", short_money(left, unit), f"a year, with {counted(len(active) - saturated, 'client')}"),
        Card("Headroom at margin", short_money(margin.sum() if margin.notna().any() else None, unit),
             "a year, at practical margin rates"),
        Card("Saturated clients", number(saturated), f"{share(saturated / len(active))} of active clients"),
    ]  # fmt: skip
    if prospects["total_potential_eur"].notna().any():
        total = short_money(prospects["total_potential_eur"].sum(), unit)
        cards.append(Card("Market beyond the clients", total, f"a year, {_companies(prospects)}, if they were won"))
    return Headline(answer, tuple(cards))


def say_comparable(spend: pd.DataFrame, *, unit: str) -> Finding:
    """How many clients can serve as the measure of others, what they buy, and why the rest cannot."""
    reference = spend["in_reference"]
    total = spend["current_eur"].clip(lower=0).sum()
    held = spend.loc[reference, "current_eur"].sum()
    counts = spend["why_not"].value_counts()
    rest = "; ".join(f"{number(counts[why])} {text}" for why, text in REASONS.items() if counts.get(why))
    bought = f"{short_money(held, unit)} of {short_money(total, unit)} a year"
    return Finding(
        f"{number(reference.sum())} of {counted(len(spend), 'account')} are comparable: active, with enough deliveries "
        f"a year; they buy {bought}." + (f" The others: {rest}." if rest else "")
    )


def say_sizes(spend: pd.DataFrame) -> Finding:
    """How many accounts have a size class, and what is done where none has."""
    known = spend["size_class"].notna()
    if not known.any():
        return Finding(
            "No account has a headcount or a turnover, so size says nothing here: the potential rests on sector alone.",
            tone="warning",
        )
    classes = spend["size_class"].value_counts()
    named = ", ".join(f"{number(classes[size])} {size}" for size in classes.index)
    unknown = int((~known).sum())
    rest = f" {counted(unknown, 'account')} of unknown size {'is' if unknown == 1 else 'are'} a class apart."
    alone = " All are of one size, so size says nothing here." if len(classes) == 1 else ""
    return Finding(f"Size classes: {named}.{alone}" + (rest if unknown else ""))


def say_sectors(reading: SectorReading, unmapped: pd.DataFrame, *, unit: str) -> Finding:
    """By which vintage the activity codes were read, how many have a sector, and what hangs on the others."""
    if reading.nomenclature is None:
        return Finding(
            "No account has an activity code, so sector says nothing here: the potential rests on size alone.",
            tone="warning",
        )
    text = (
        f"{number(reading.n_mapped)} of {counted(reading.n_coded, 'activity code')} belong to a sector of "
        f"{reading.nomenclature.name}. "
    )
    lost = int(unmapped["n_customers"].sum())
    if lost:
        text += f"Without a sector: {counted(lost, 'account')}, "
        text += f"buying {short_money(unmapped['revenue_eur'].sum(), unit)} a year."
    else:
        text += "No account is without a sector."
    foreign = reading.n_mapped < 0.5 * reading.n_coded
    if foreign:
        text += " Most codes are unknown to it: they are of another vintage; hand its table over as a sector file."
    if not reading.in_force:
        text += f" {reading.nomenclature.name} was not in force at the study's date."
    return Finding(text, tone="warning" if foreign or not reading.in_force else "finding")


def say_estimate(wallet: Wallet) -> Finding:
    """What the potential rests on, or why there is none."""
    if not wallet.is_estimated:
        return Finding(wallet.why_not, tone="warning")
    cells, strength = wallet.cells(), wallet.chosen[-1]
    thin = int((cells["n_clients"] < 10).sum())
    if len(cells) == 1:
        return Finding(
            f"All {number(wallet.n_reference)} comparable clients are in one cell of size and sector: everybody has "
            "the same potential, and only current spend tells clients apart.",
            tone="warning",
        )
    believed = _strength("a sector", strength.k_sector) + "; " + _strength("a cell", strength.k_cell)
    return Finding(
        f"Estimated on {counted(wallet.n_reference, 'client')} in {counted(len(cells), 'cell')} of size and sector, "
        f"{number(thin)} of them with fewer than 10. Cross-validation: {believed}."
    )


def say_signal(judged: Evaluation | None) -> Finding:
    """Whether size and sector tell who could buy more, and whether plainer estimates would do as well."""
    if judged is None:
        return Finding(NOTHING, tone="warning")
    losses = judged.losses.set_index("estimate")
    gain = f"{share(judged.gain_share)} ({share(judged.gain_low)} to {share(judged.gain_high)})"
    if not judged.has_signal:
        return Finding(
            f"There is hardly any signal: on clients it has not seen, the estimate saves only {gain} of the loss that "
            "one value for all would make. Size and sector do not tell here who could buy more; use the headroom of "
            "single clients with great care.",
            tone="warning",
        )
    beaten = [name for name in (ADDITIVE, RAW, SIZE) if losses.loc[name, "worse_by_low"] > 0]
    level = [name for name in (ADDITIVE, RAW, SIZE) if losses.loc[name, "worse_by_low"] <= 0]
    text = f"On clients it has not seen, the estimate saves {gain} of the pinball loss that one value for all makes."
    if beaten:
        text += f" It is surely better than: {', '.join(beaten)}."
    if level:
        text += f" Not told apart from: {', '.join(level)}."
    return Finding(text)


def say_held_out(judged: Evaluation | None) -> Finding:
    """Whether the meant share of held-out clients buys no more than its potential, overall and by size."""
    if judged is None:
        return Finding(NOTHING, tone="warning")
    overall = judged.losses.set_index("estimate").loc[CHOSEN, "coverage_share"]
    off = judged.coverage
    far = (off["coverage_share"] - judged.tau).abs()
    wrong = off[far > (2 * off["standard_error"]).clip(lower=0.02)]
    sizes = "Every size class is within two points or two standard errors of that."
    if len(wrong):
        sizes = "Further off than chance: " + ", ".join(
            f"{row.size_class or 'unknown size'} {share(row.coverage_share)}" for row in wrong.itertuples()
        )
        sizes += "."
    return Finding(
        f"{share(judged.tau, 0)} of clients are meant to buy no more than their potential; of clients it has not seen "
        f"{share(overall)} do. {sizes}",
        tone="warning" if len(wrong) or abs(overall - judged.tau) > 0.05 else "finding",
    )


def say_headroom(groups: pd.DataFrame, by: str, names: dict[str, str], *, unit: str) -> Finding:
    """Which sector or size has the most headroom, and where our share of wallet is smallest."""
    known = groups[groups[by].notna()]
    if known.empty:
        return Finding(NOTHING if groups.empty else f"The {by.replace('_', ' ')} of no client is known.", "warning")
    most = known.iloc[0]
    several = known[known["n_customers"] >= SEVERAL]
    of_all = share(most["headroom_eur"] / max(groups["headroom_eur"].sum(), 0.01), 0)
    text = (
        f"Most headroom: {names.get(most[by], most[by])}, {short_money(most['headroom_eur'], unit)} a year with "
        f"{counted(int(most['n_customers']), 'client')}, {of_all} of all."
    )
    if len(several) > 1:
        least = several.loc[several["wallet_share"].idxmin()]
        text += (
            f" Smallest share of wallet, of those with {SEVERAL} clients or more: {names.get(least[by], least[by])}, "
            f"{share(least['wallet_share'], 0)}."
        )
    return Finding(text)


def say_clients(potential: pd.DataFrame, *, unit: str) -> Finding:
    """How sure headroom is, client by client, and how many are saturated."""
    active = _active(potential)
    if active.empty:
        return Finding(NOTHING, tone="warning")
    sure = int((active["potential_low_eur"] > active["current_eur"]).sum())
    lapsed = potential[~potential["active"] & potential["headroom_eur"].notna()]
    return Finding(
        f"{counted(sure, 'active client')} of {number(len(active))} buy less than even the low end of their potential; "
        f"{number(active['saturated'].sum())} buy more than their potential and are labelled saturated. "
        f"{counted(len(lapsed), 'lapsed account')}, not counted here, bought "
        f"{short_money(lapsed['current_eur'].sum(), unit)} in the window and could buy "
        f"{short_money(lapsed['headroom_eur'].sum(), unit)} more."
    )


def say_market(prospects: pd.DataFrame, names: dict[str, str], *, unit: str) -> Finding:
    """How much is out there, and in which sector and size most of it is."""
    if prospects.empty:
        return Finding("The study has no market table, so who else could buy is not estimated.", tone="warning")
    if prospects["total_potential_eur"].isna().all():
        return Finding(NOTHING, tone="warning")
    sums = prospects.groupby(["sector", "size_class"])["total_potential_eur"].sum().sort_values(ascending=False)
    where = ""
    if len(sums):
        (sector, size), total = sums.index[0], sums.iloc[0]
        where = f" Most of it in one place: {names.get(sector, sector)}, {size}, {short_money(total, unit)}."
    return Finding(
        f"{_companies(prospects)} that are not clients would buy "
        f"{short_money(prospects['total_potential_eur'].sum(), unit)} a year if each bought as the upper clients of "
        f"its size and sector do.{where}"
    )


def say_potential(potential: pd.DataFrame | None, *, unit: str) -> Finding:
    """The chapter in a sentence, for the summary; potential is None where this run did not make it."""
    if potential is None:
        return Finding("What clients could still buy is not part of this run.")
    active = _active(potential)
    if active.empty:
        return Finding(NOTHING, tone="warning")
    room = active.nlargest(10, "headroom_eur")["headroom_eur"].sum()
    left = active["headroom_eur"].sum()
    first = f" The ten with most room hold {share(room / left, 0)} of it." if len(active) > 10 and left else ""
    return Finding(
        f"{counted(len(active), 'active client')} buy {short_money(active['current_eur'].clip(lower=0).sum(), unit)} a "
        f"year and could buy {short_money(left, unit)} more if each bought what the upper clients of its size and "
        f"sector buy.{first} The chapter on potential says how far that can be believed."
    )


def clients_sheet(potential: pd.DataFrame, names: dict[str, str], *, unit: str) -> Sheet:
    """Every account with its potential, the largest headroom first."""
    shown = potential.assign(sector=potential["sector"].replace(names), saturated=potential["saturated"].map(
        {True: "yes", False: "no"}), active=potential["active"].map({True: "yes", False: "no"}))  # fmt: skip
    columns = [
        "customer_id", "name", "size_class", "sector", "active", "current_eur", "potential_eur", "potential_low_eur",
        "potential_high_eur", "headroom_eur", "headroom_margin_eur", "wallet_share", "saturated",
    ]  # fmt: skip
    return Sheet(shown[columns], "Accounts by headroom; amounts a year, potential with its 90 % interval.", unit)


def prospects_sheet(prospects: pd.DataFrame, names: dict[str, str], *, unit: str) -> Sheet:
    """Prospects and market cells, the largest total potential first."""
    shown = prospects.assign(sector=prospects["sector"].replace(names))
    return Sheet(shown, "Prospects and market cells; amounts a year, potential of one company with its interval.", unit)


def _active(potential: pd.DataFrame) -> pd.DataFrame:
    return potential[potential["active"] & potential["potential_eur"].notna()]


def _companies(prospects: pd.DataFrame) -> str:
    return counted(int(prospects["n_companies"].sum()), "company", "companies")


def _strength(what: str, k: float) -> str:
    if k == float("inf"):
        return f"the own difference of {what} is left out"
    if k == 0:
        return f"the own difference of {what} counts in full"
    return f"the own difference of {what} counts half at {counted(int(k), 'client')}"
