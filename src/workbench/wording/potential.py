"""Future value in words."""

import pandas as pd

from workbench.confidentiality import clients_of, is_shareable
from workbench.language import marked, said, word
from workbench.potential.evaluation import ADDITIVE, CHOSEN, RAW, SIZE, Evaluation
from workbench.potential.sectors import SectorReading
from workbench.potential.wallet import Wallet
from workbench.wording.numbers import counted, number, share, short_money
from workbench.wording.shown import Card, Finding, Headline

# A share of wallet of fewer clients is theirs, not their sector's.
SEVERAL = 5
# A client with more than this part of a cell of several is told of.
GIANT, FEWEST = 0.85, 3
PLAINER = (ADDITIVE, RAW, SIZE)
# As people call what the params call otherwise.
NOMENCLATURES = {"naf_rev2": "NAF rév. 2"}
NOTHING = marked("No potential is estimated for this study.")
REASONS = {
    "lapsed": marked("lapsed"),
    "new": marked("clients for less than three months"),
    "few deliveries": marked("with too few deliveries"),
    "no net revenue": marked("without net revenue"),
}


def potential_headline(
    potential: pd.DataFrame, prospects: pd.DataFrame, judged: Evaluation | None, *, unit: str, shared: bool = False
) -> Headline | None:
    """The answer of the chapter: how much the active clients could still buy, where it is, and who else could.

    shared: for readers who must not recognise a client; None where a sum would betray one.
    """
    active = _active(potential)
    if active.empty:
        return Headline(said(NOTHING), ())
    sums = active[["current_eur", "headroom_eur", "headroom_margin_eur", "likely_headroom_eur"]].dropna(
        axis=1, how="all"
    )
    by_client = sums.astype(float).fillna(0.0).groupby(clients_of(active).to_numpy()).sum()
    if shared and not all(is_shareable(by_client[column]) for column in by_client):
        return None
    left, bought = active["headroom_eur"].sum(), active["current_eur"].clip(lower=0).sum()
    ranked = active["headroom_eur"].sort_values(ascending=False)
    half = int((ranked.cumsum() < left / 2).sum()) + 1
    margin = active["headroom_margin_eur"]
    saturated = int(active["saturated"].sum())
    answer = said(
        "{more}; half of that is with {half}.",
        more=_could_buy(active, left, bought, unit=unit),
        half=counted(half, "client"),
    )
    if judged is None or not judged.has_signal:
        answer += " " + said("But size and sector hardly tell here who could buy more.")
    cards = [
        Card(said("Headroom"), short_money(left, unit),
             said("a year, with {clients}", clients=counted(len(active) - saturated, "client"))),
        Card(said("Headroom at margin"), short_money(margin.sum() if margin.notna().any() else None, unit),
             said("a year, at practical margin rates")),
        Card(said("Saturated clients"), number(saturated),
             said("{share} of active clients", share=share(saturated / len(active)))),
    ]  # fmt: skip
    likely = active["likely_headroom_eur"]
    if likely.notna().any():
        card = Card(said("Likely headroom"), short_money(likely.sum(), unit), said("a year, by the answers of clients"))
        cards.insert(1, card)
    if prospects["total_potential_eur"].notna().any():
        total = short_money(prospects["total_potential_eur"].sum(), unit)
        note = said("a year, {companies}, if they were won", companies=_companies(prospects))
        cards.append(Card(said("Market beyond the clients"), total, note))
    return Headline(answer, tuple(cards))


def say_comparable(spend: pd.DataFrame, *, unit: str) -> Finding:
    """How many clients can serve as the measure of others, what they buy, and why the rest cannot."""
    reference = spend["in_reference"]
    total = spend["current_eur"].clip(lower=0).sum()
    held = spend.loc[reference, "current_eur"].sum()
    counts = spend["why_not"].value_counts()
    rest = "; ".join(f"{number(counts[why])} {said(text)}" for why, text in REASONS.items() if counts.get(why))
    comparable = said(
        "{n} of {accounts} are comparable: active, with enough deliveries a year; they buy {held} of {total} a year.",
        n=number(reference.sum()),
        accounts=counted(len(spend), "account"),
        held=short_money(held, unit),
        total=short_money(total, unit),
    )
    return Finding(f"{comparable} {said('The others: {rest}.', rest=rest)}" if rest else comparable)


def say_sizes(spend: pd.DataFrame) -> Finding:
    """How many accounts have a size class, and what is done where none has."""
    known = spend["size_class"].notna()
    if not known.any():
        return Finding(
            said(
                "No account has a headcount or a turnover, so size says nothing here: the potential rests on sector "
                "alone."
            ),
            tone="warning",
        )
    classes = spend["size_class"].value_counts()
    named = ", ".join(f"{number(classes[size])} {word(size)}" for size in classes.index)
    sentences = [said("Size classes: {sizes}.", sizes=named)]
    if len(classes) == 1:
        sentences.append(said("All are of one size, so size says nothing here."))
    unknown = int((~known).sum())
    if unknown:
        accounts = counted(unknown, "account of unknown size is", "accounts of unknown size are")
        sentences.append(said("{accounts} a class apart.", accounts=accounts))
    return Finding(" ".join(sentences))


def say_sectors(reading: SectorReading, unmapped: pd.DataFrame, *, unit: str) -> Finding:
    """By which vintage the activity codes were read, how many have a sector, and what hangs on the others."""
    if reading.nomenclature is None:
        return Finding(
            said("No account has an activity code, so sector says nothing here: the potential rests on size alone."),
            tone="warning",
        )
    name = NOMENCLATURES.get(reading.nomenclature.name, reading.nomenclature.name)
    sentences = [
        said(
            "{n} of {codes} belong to a sector of {nomenclature}.",
            n=number(reading.n_mapped),
            codes=counted(reading.n_coded, "activity code"),
            nomenclature=name,
        )
    ]
    lost = int(unmapped["n_customers"].sum())
    if lost:
        values = {
            "accounts": counted(lost, "account"),
            "bought": short_money(unmapped["revenue_eur"].sum(), unit),
        }
        sentences.append(said("Without a sector: {accounts}, buying {bought} a year.", **values))
    else:
        sentences.append(said("No account is without a sector."))
    foreign = reading.n_mapped < 0.5 * reading.n_coded
    if foreign:
        sentences.append(
            said("Most codes are unknown to it: they are of another vintage; hand its table over as a sector file.")
        )
    if not reading.in_force:
        sentences.append(said("{nomenclature} was not in force at the study's date.", nomenclature=name))
    return Finding(" ".join(sentences), tone="warning" if foreign or not reading.in_force else "finding")


def say_hidden_map(cells: pd.DataFrame, *, shared: bool) -> Finding | None:
    """Why the map of the potential is not there for readers who must not recognise a client; None where it is."""
    if len(cells) or not shared:
        return None
    return Finding(
        said(
            "No cell of size and sector has enough comparable clients to be shown in this edition; the next figures "
            "show sizes and sectors by themselves."
        ),
        tone="warning",
    )


def say_estimate(wallet: Wallet) -> Finding:
    """What the potential rests on, or why there is none."""
    if not wallet.is_estimated:
        return Finding(wallet.why_not, tone="warning")
    cells, strength = wallet.cells(), wallet.chosen[-1]
    thin = int((cells["n_clients"] < 10).sum())
    if len(cells) == 1:
        return Finding(
            said(
                "All {n} comparable clients are in one cell of size and sector: everybody has the same potential, and "
                "only current spend tells clients apart.",
                n=number(wallet.n_reference),
            ),
            tone="warning",
        )
    one_axis = _by_one_axis(cells, thin, wallet.n_reference)
    giants = int((cells["n_clients"].ge(FEWEST) & cells["largest_share"].gt(GIANT)).sum())
    of_giants = ""
    if giants:
        of_giants = " " + said(
            "In {cells} one client buys more than {share} of all that is bought: a quantile is hardly moved by it.",
            cells=counted(giants, "cell"),
            share=share(GIANT, 0),
        )
    if one_axis:
        return Finding(f"{one_axis}{of_giants}")
    believed = f"{_strength(said('a sector'), strength.k_sector)}; {_strength(said('a cell'), strength.k_cell)}"
    text = said(
        "Estimated on {clients} in {cells} of size and sector, {thin} of them with fewer than 10. "
        "Cross-validation: {believed}.",
        clients=counted(wallet.n_reference, "client"),
        cells=counted(len(cells), "cell"),
        thin=number(thin),
        believed=believed,
    )
    return Finding(f"{text}{of_giants}")


def _by_one_axis(cells: pd.DataFrame, thin: int, n_reference: int) -> str:
    """What the estimate rests on where all comparable clients are of one sector or of one size; else nothing."""
    told = {"clients": counted(n_reference, "client"), "n": number(len(cells)), "thin": number(thin)}
    if cells["sector"].nunique(dropna=False) == 1:
        return said("Estimated on {clients} by size alone: {n} classes, {thin} of them with fewer than 10.", **told)
    if cells["size_class"].nunique(dropna=False) == 1:
        return said("Estimated on {clients} by sector alone: {n} sectors, {thin} of them with fewer than 10.", **told)
    return ""


def say_signal(judged: Evaluation | None) -> Finding:
    """Whether size and sector tell who could buy more, and whether plainer estimates would do as well."""
    if judged is None:
        return Finding(said(NOTHING), tone="warning")
    losses = judged.losses.set_index("estimate")
    bounds = {"low": share(judged.gain_low), "high": share(judged.gain_high)}
    gain = said("{gain} ({low} to {high})", gain=share(judged.gain_share), **bounds)
    if not judged.has_signal:
        return Finding(
            said(
                "There is hardly any signal: on clients it has not seen, the estimate saves only {gain} of the loss "
                "that one value for all would make. Size and sector do not tell here who could buy more; use the "
                "headroom of single clients with great care.",
                gain=gain,
            ),
            tone="warning",
        )
    beaten = [word(name) for name in PLAINER if name in losses.index and losses.loc[name, "worse_by_low"] > 0]
    level = [word(name) for name in PLAINER if name in losses.index and losses.loc[name, "worse_by_low"] <= 0]
    sentences = [
        said(
            "On clients it has not seen, the estimate saves {gain} of the pinball loss that one value for all makes.",
            gain=gain,
        )
    ]
    if beaten:
        sentences.append(said("It is surely better than: {names}.", names=", ".join(beaten)))
    if level:
        sentences.append(said("Not told apart from: {names}.", names=", ".join(level)))
    return Finding(" ".join(sentences))


def say_held_out(judged: Evaluation | None) -> Finding:
    """Whether the meant share of held-out clients buys no more than its potential, overall and by size."""
    if judged is None:
        return Finding(said(NOTHING), tone="warning")
    overall = judged.losses.set_index("estimate").loc[CHOSEN, "coverage_share"]
    off = judged.coverage
    far = (off["coverage_share"] - judged.tau).abs()
    wrong = off[far > (2 * off["standard_error"]).clip(lower=0.02)]
    sizes = said("Every size class is within two points or two standard errors of that.")
    if len(wrong):
        named = ", ".join(
            f"{word(row.size_class or 'unknown size')} {share(row.coverage_share)}" for row in wrong.itertuples()
        )
        sizes = said("Further off than chance: {sizes}.", sizes=named)
    meant = said(
        "{share} of clients are meant to buy no more than their potential; of clients it has not seen {overall} do.",
        share=share(judged.tau, 0),
        overall=share(overall),
    )
    return Finding(
        f"{meant} {sizes}",
        tone="warning" if len(wrong) or abs(overall - judged.tau) > 0.05 else "finding",
    )


def say_headroom(groups: pd.DataFrame, by: str, names: dict[str, str], *, unit: str) -> Finding:
    """Which sector or size has the most headroom, and where our share of wallet is smallest."""
    known = groups[groups[by].notna()]
    if known.empty:
        unknown = said("The {axis} of no client is known.", axis=word(by))
        return Finding(said(NOTHING) if groups.empty else unknown, "warning")
    most = known.iloc[0]
    several = known[known["n_customers"] >= SEVERAL]
    of_all = share(most["headroom_eur"] / max(groups["headroom_eur"].sum(), 0.01), 0)
    text = said(
        "Most headroom: {value}, {headroom} a year with {clients}, {share} of all.",
        value=names.get(most[by], word(most[by])),
        headroom=short_money(most["headroom_eur"], unit),
        clients=counted(int(most["n_customers"]), "client"),
        share=of_all,
    )
    if len(several) > 1:
        least = several.loc[several["wallet_share"].idxmin()]
        text += " " + said(
            "Smallest share of wallet, of those with {several} clients or more: {value}, {share}.",
            several=SEVERAL,
            value=names.get(least[by], word(least[by])),
            share=share(least["wallet_share"], 0),
        )
    return Finding(text)


def say_clients(potential: pd.DataFrame, *, unit: str) -> Finding:
    """How sure headroom is, client by client, and how many are saturated."""
    active = _active(potential)
    if active.empty:
        return Finding(said(NOTHING), tone="warning")
    sure = int((active["potential_low_eur"] > active["current_eur"]).sum())
    lapsed = potential[~potential["active"] & potential["headroom_eur"].notna()]
    return Finding(
        said(
            "{sure} of {all} buy less than even the low end of their potential; {saturated} buy more than their "
            "potential and are labelled saturated. {lapsed}, not counted here, bought {bought} in the window and could "
            "buy {more} more.",
            sure=counted(sure, "active client"),
            all=number(len(active)),
            saturated=number(active["saturated"].sum()),
            lapsed=counted(len(lapsed), "lapsed account"),
            bought=short_money(lapsed["current_eur"].sum(), unit),
            more=short_money(lapsed["headroom_eur"].sum(), unit),
        )
    )


def say_market(prospects: pd.DataFrame, names: dict[str, str], *, unit: str) -> Finding:
    """How much is out there, and in which sector and size most of it is."""
    if prospects.empty:
        text = said("The study has no market table, so who else could buy is not estimated.")
        return Finding(text, tone="warning")
    if prospects["total_potential_eur"].isna().all():
        return Finding(said(NOTHING), tone="warning")
    sums = prospects.groupby(["sector", "size_class"])["total_potential_eur"].sum().sort_values(ascending=False)
    where = ""
    if len(sums):
        (sector, size), total = sums.index[0], sums.iloc[0]
        values = {"sector": names.get(sector, sector), "size": word(size), "amount": short_money(total, unit)}
        where = " " + said("Most of it in one place: {sector}, {size}, {amount}.", **values)
    text = said(
        "{companies} that are not clients have a potential of {amount} a year, by their size and sector.",
        companies=_companies(prospects),
        amount=short_money(prospects["total_potential_eur"].sum(), unit),
    )
    return Finding(f"{text}{where}")


def say_potential(potential: pd.DataFrame | None, *, unit: str) -> Finding:
    """The chapter in a sentence, for the summary; potential is None where this run did not make it."""
    if potential is None:
        return Finding(said("What clients could still buy is not part of this run."))
    active = _active(potential)
    if active.empty:
        return Finding(said(NOTHING), tone="warning")
    room = active.nlargest(10, "headroom_eur")["headroom_eur"].sum()
    left = active["headroom_eur"].sum()
    sentences = [f"{_could_buy(active, left, active['current_eur'].clip(lower=0).sum(), unit=unit)}."]
    if len(active) > 10 and left:
        sentences.append(said("The ten with most room hold {share} of it.", share=share(room / left, 0)))
    sentences.append(said("The chapter on potential says how far that can be believed."))
    return Finding(" ".join(sentences))


def _active(potential: pd.DataFrame) -> pd.DataFrame:
    return potential[potential["active"] & potential["potential_eur"].notna()]


def _could_buy(active: pd.DataFrame, left: float, bought: float, *, unit: str) -> str:
    """What the active clients buy and could buy more, and by what measure; without a full stop."""
    amounts = {
        "clients": counted(len(active), "active client"),
        "bought": short_money(bought, unit),
        "left": short_money(left, unit),
    }
    if active["calibrated"].astype(bool).all():
        return said(
            "{clients} buy {bought} a year and could buy {left} more if each bought from us all that companies of its "
            "size and sector buy, by the shares of purchases that clients tell",
            **amounts,
        )
    return said(
        "{clients} buy {bought} a year and could buy {left} more if each bought what the upper clients of its size and "
        "sector buy",
        **amounts,
    )


def _companies(prospects: pd.DataFrame) -> str:
    return counted(int(prospects["n_companies"].sum()), "company", "companies")


def _strength(what: str, k: float) -> str:
    if k == float("inf"):
        return said("the own difference of {what} is left out", what=what)
    if k == 0:
        return said("the own difference of {what} counts in full", what=what)
    clients = counted(int(k), "client")
    return said("the own difference of {what} counts half at {clients}", what=what, clients=clients)
