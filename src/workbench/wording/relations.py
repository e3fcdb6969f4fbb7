"""Where clients and suppliers stand, in words, and whether satisfaction pays."""

import pandas as pd

from workbench.competitive.market_position import Position
from workbench.competitive.plane import TYPES
from workbench.competitive.relations import Relations
from workbench.competitive.response import DIMINISHING, Response
from workbench.competitive.scales import US
from workbench.language import marked, said, word
from workbench.wording.numbers import counted, number, share, short_money
from workbench.wording.shown import Card, Finding, Sheet

AT_RISK = ("dissatisfied", "disloyal")
# Below this share of variance told on accounts not seen, the model hardly places anybody.
HARDLY = 0.05
SURE_TYPE = SURE_BEST = 0.8
# A supplier that is the best less often is not named among those who may be.
LEAST_CHANCE = 0.1
# An interval this near to the others' is called like theirs.
ALIKE = 0.05


def at_risk(relations: Relations) -> list[Card]:
    """The card of clients who are dissatisfied or disloyal."""
    if relations.table.empty:
        return []
    measured = relations.table[relations.table["measured"]]
    n = int(measured["relation_type"].isin(AT_RISK).sum())
    sure = int((measured["relation_type"].isin(AT_RISK) & (measured["p_relation_type"] >= SURE_TYPE)).sum())
    return [
        Card(
            said("Dissatisfied or disloyal"),
            said("{n} of {all}", n=number(n), all=number(len(measured))),
            said("clients who answered; {sure} of them surely so", sure=number(sure)),
        )
    ]


def pays(responses: list[Response]) -> list[Card]:
    """The card of what one more point of satisfaction brings."""
    found = [each for each in responses if each.why_not is None and each.row["predictor"] == "satisfaction"]
    shares = [each for each in found if each.row["outcome"] == "purchases_share"]
    if not shares:
        return []
    row = shares[0].row
    low, high = row["slope_p50_low"], row["slope_p50_high"]
    if not (low > 0 or high < 0):
        return [
            Card(said("Ten more points of satisfaction"), said("not established"), said("on the share of purchases"))
        ]
    value = said("{points} points", points=number(1000 * row["slope_p50"], 1))
    note = said("of their purchases ({low} to {high})", low=number(1000 * low, 1), high=number(1000 * high, 1))
    return [Card(said("Ten more points of satisfaction"), value, note)]


def say_relations(relations: Relations) -> Finding:
    """How many clients are of each type, how sure the types are, and how many stay unplaced."""
    table = relations.table
    if table.empty:
        return Finding(relations.why_not or said("No client could be placed."), tone="warning")
    measured = table[table["measured"]]
    counts = measured["relation_type"].value_counts()
    named = ", ".join(f"{word(name)} {number(counts.get(name, 0))}" for name in TYPES)
    sure = int((measured["p_relation_type"] >= SURE_TYPE).sum())
    unplaced = relations.n_clients - len(table)
    return Finding(
        said(
            "Of {n} that answered: {named}. The type is at least {least} sure for {sure} of them; for the others read "
            "the place, not the name. {estimated} are placed by the model{unplaced}.",
            n=counted(len(measured), "client"),
            named=named,
            least=share(SURE_TYPE, 0),
            sure=number(sure),
            estimated=number(len(table) - len(measured)),
            unplaced=said(", {n} not at all", n=number(unplaced)) if unplaced else "",
        )
    )


def say_plane(relations: Relations) -> Finding:
    """Where the plane has its centre, and what to copy into the params so that the next run can be compared."""
    plane = relations.plane
    if plane is None:
        return Finding(relations.why_not or said("No client could be placed."), tone="warning")
    told = {name: number(getattr(plane, name), 2) for name in type(plane).model_fields}
    if relations.is_frozen:
        text = marked(
            "Centre and unit are those of the params: satisfaction {satisfaction_centre} ± {satisfaction_unit}, "
            "loyalty {loyalty_centre} ± {loyalty_unit}."
        )
        return Finding(said(text, **told))
    text = marked(
        "Centre and unit are those of this run. To compare the next one, freeze them under competitive.plane: "
        "satisfaction_centre {satisfaction_centre}, satisfaction_unit {satisfaction_unit}, loyalty_centre "
        "{loyalty_centre}, loyalty_unit {loyalty_unit}."
    )
    return Finding(said(text, **told), tone="warning")


def say_placement(relations: Relations) -> Finding:
    """How well the model places clients it has not seen."""
    placed = relations.placed
    if placed is None or placed.why_not is not None:
        return Finding(placed.why_not if placed else said("No client could be placed."), tone="warning")
    sentences = [
        said(
            "On accounts it has not seen the model tells {r2} of the differences in {dimension}; its error is {error} "
            "standard deviations, {mean} without a model.",
            r2=share(max(row.r2, 0), 0),
            dimension=word(row.dimension),
            error=number(row.error, 2),
            mean=number(row.error_of_mean, 2),
        )
        for row in placed.judged.itertuples()
    ]
    earlier = int(placed.judged["n_earlier"].max())
    sentences.append(
        said("An earlier answer is known of {n} of those it learns from.", n=number(earlier))
        if earlier
        else said("There is no earlier wave to learn from.")
    )
    weak = placed.judged["r2"].max() < HARDLY
    if weak:
        sentences.append(said("It hardly places anybody: estimated types are little better than chance."))
    return Finding(" ".join(sentences), tone="warning" if weak else "finding")


def say_relation_margins(counts: pd.DataFrame, *, unit: str) -> Finding:
    """What the clients at risk buy and earn."""
    if counts.empty or "revenue_eur" not in counts:
        return Finding(said("What each type buys and earns is not known."), tone="warning")
    risk = counts[counts["relation_type"].isin(AT_RISK)]
    revenue, margin = (risk[name].sum() for name in ("revenue_eur", "practical_margin_eur"))
    return Finding(
        said(
            "Dissatisfied and disloyal clients, measured and estimated together, stand for {revenue} of revenue "
            "({share} of that of all who are placed) and {margin} of practical margin.",
            revenue=short_money(revenue, unit),
            share=share(revenue / max(counts["revenue_eur"].sum(), 0.01), 0),
            margin=short_money(margin, unit),
        )
    )


def say_competitors(table: pd.DataFrame, position: Position) -> Finding:
    """On what we are behind the competitors that our own clients also use."""
    rated = table.dropna(subset=["relative_performance"])
    if rated.empty:
        return Finding(said("No competitor is rated by enough of our clients to compare."), tone="warning")
    below = rated[rated["relative_performance"] < 1].sort_values("relative_performance")
    sure = below["relative_performance_high"] < 1
    text = (
        said(
            "Rated by the same clients, we are behind the mean of competitors on: {names}.",
            names=", ".join(
                said(
                    "{attribute} ({gap}; {low} to {high})",
                    attribute=word(row.attribute),
                    gap=_percent_off(row.relative_performance),
                    low=_percent_off(row.relative_performance_low),
                    high=_percent_off(row.relative_performance_high),
                )
                for row in below[sure].itertuples()
            ),
        )
        if sure.any()
        else said("Rated by the same clients, we are surely behind the mean of competitors on nothing.")
    )
    if not sure.all():
        names = ", ".join(word(name) for name in below.loc[~sure, "attribute"])
        text += " " + said("Below it, but not surely: {names}.", names=names)
    best = rated.dropna(subset=["relative_to_best"])
    worst = best.loc[best["relative_to_best"].idxmin()] if len(best) else None
    if worst is not None and worst["relative_to_best"] < 1:
        text += " " + said(
            "Against the best competitor the largest gap is {attribute} ({gap}; {low} to {high}); the best there: "
            "{best}.",
            attribute=word(worst["attribute"]),
            gap=_percent_off(worst["relative_to_best"]),
            low=_percent_off(worst["relative_to_best_low"]),
            high=_percent_off(worst["relative_to_best_high"]),
            best=_leader({worst["best_competitor"]: worst["p_best_competitor"]}),
        )
    by_clients = position.scores[position.scores["rated_by"] == "clients"]
    thin = by_clients[(by_clients["supplier"] != US) & (by_clients["column"] == "satisfaction")]
    few = thin[thin["score"].isna()]
    if len(few):
        named = ", ".join(f"{row.supplier} ({row.n})" for row in few.itertuples())
        text += " " + said("Rated by too few to be shown: {names}.", names=named)
    return Finding(text)


def rivals_sheet(table: pd.DataFrame) -> Sheet:
    """Attribute by attribute, our score over that of competitors, and which of them is the best there."""
    columns = ["attribute", "relative_performance", "relative_performance_low", "relative_performance_high",
               "relative_to_best", "relative_to_best_low", "relative_to_best_high", "best_competitor",
               "p_best_competitor"]  # fmt: skip
    shown = table[columns].assign(attribute=table["attribute"].map(word))
    caption = marked(
        "Our score over that of competitors, as the same respondents rate both: of their mean, and of the best of them."
    )
    return Sheet(shown.sort_values("relative_performance", na_position="last"), caption, "")


def say_client_gaps(position: Position) -> Finding:
    """How much better or worse we look to those who know us only from outside."""
    gaps = position.gaps.dropna(subset=["gap"])
    if gaps.empty:
        return Finding(said("Companies that are not clients did not rate us often enough to compare."), tone="warning")
    sure = gaps[gaps["established"]]
    better = sure[sure["gap"] > 0].sort_values("gap", ascending=False)
    if sure.empty:
        return Finding(said("No difference between clients and others is established."))
    text = said("Differences are established for {n} of {all}.", n=number(len(sure)), all=counted(len(gaps), "item"))
    if len(better):
        first = better.iloc[0]
        text += " " + said(
            "Clients see us better most clearly on {name}: {gap} points ({low} to {high}).",
            name=word(first["column"]),
            gap=number(first["gap"], 1),
            low=number(first["low"], 1),
            high=number(first["high"], 1),
        )
    return Finding(text)


def say_value_map(position: Position, *, us: str) -> Finding:
    """Where we stand on quality and price."""
    known = position.values[position.values["placed"].astype(bool)].set_index("supplier")
    if US not in known.index or len(known) < 2:
        return Finding(
            said("Quality and price cannot be held against competitors': too few respondents rate two suppliers, or "
                 "the params name no price attribute."),
            tone="warning",
        )  # fmt: skip
    ours = known.loc[US]
    quality = _side(ours["quality_low"], ours["quality_high"], marked("better"), marked("worse"))
    price = _side(ours["price_low"], ours["price_high"], marked("better"), marked("worse"))
    return Finding(
        said(
            "Held against the others by clients who use both, our quality is {quality} and our price {price}. Best "
            "quality: {leader}; best price: {cheapest}.",
            quality=quality,
            price=price,
            leader=_leader(known["p_best_quality"].rename({US: us}).to_dict()),
            cheapest=_leader(known["p_best_price"].rename({US: us}).to_dict()),
        )
    )


def say_needs(position: Position) -> Finding:
    """What those who buy elsewhere would need from us."""
    if position.needs.empty or position.needs["gap"].isna().all():
        return Finding(said("What companies that are not clients would need is not known."), tone="warning")
    sure = position.needs[position.needs["established"]].head(3)
    by = position.needs["rated_by"].iloc[0]
    source = (
        said("as those who know us see it")
        if by == "non_clients"
        else said("as our clients see it, too few others know us")
    )
    if sure.empty:
        return Finding(said("Their suppliers are not surely ahead of us on anything, {source}.", source=source))
    named = ", ".join(
        said("{attribute} (+{gap} points)", attribute=word(row.attribute), gap=number(row.gap, 1))
        for row in sure.itertuples()
    )
    return Finding(
        said("To win them we would have to catch up first on {named}, {source}.", named=named, source=source)
    )


def say_responses(responses: list[Response], *, wave: str, unit: str) -> Finding:
    """What one more point brings, whether it brings less and less, and where it no longer surely pays."""
    if not responses:
        return Finding(said("Satisfaction cannot be held against purchases: the answers are missing."), tone="warning")
    sentences = [said("Answers of wave {wave} are held against what was bought after it or with it.", wave=wave)]
    sentences += [each.why_not for each in responses if each.why_not is not None]
    judged = [each for each in responses if each.why_not is None]
    rising = [each for each in judged if not _may_be_nothing(each)]
    sentences += [_say_response(each, unit) for each in rising]
    flat = "; ".join(
        said("{predictor} on {outcome} ({range} a point)", range=_slope(each, unit)[1], **_names(each))
        for each in judged
        if _may_be_nothing(each)
    )
    if flat:
        sentences.append(said("No effect is established at the median of: {cases}.", cases=flat))
    if judged and not any(each.row["shape_verdict"] == DIMINISHING for each in judged):
        sentences.append(said("A diminishing return is not established."))
    return Finding(" ".join(sentences))


def needs_sheet(position: Position) -> Sheet:
    """What non-clients would need, attribute by attribute."""
    columns = [
        "attribute",
        "theirs",
        "ours",
        "gap",
        "low",
        "high",
        "importance_share",
        "established",
        "n_theirs",
        "n_ours",
    ]
    shown = position.needs[columns].assign(attribute=position.needs["attribute"].map(word))
    shown = shown.rename(columns={"n_theirs": "n_their_raters", "n_ours": "n_our_raters"})
    return Sheet(shown, "Scores (0 to 100) that non-clients give their suppliers and us; gaps with 90 % intervals.", "")


def relations_sheet(table: pd.DataFrame, names: pd.Series) -> Sheet:
    """Every client with its type, measured first, the surest first."""
    shown = table.assign(name=table["customer_id"].map(names)).sort_values(
        ["measured", "p_relation_type"], ascending=False
    )
    columns = ["customer_id", "name", "relation_type", "p_relation_type", "measured", "satisfaction", "loyalty",
               "jones_sasser", "n_respondents"]  # fmt: skip
    shown = shown[columns].assign(measured=shown["measured"].map({True: said("yes"), False: said("no, estimated")}))
    return Sheet(shown, "Clients by type of relation; estimated ones did not answer.", "")


def _say_response(found: Response, unit: str) -> str:
    """What one more point goes with, where that is established."""
    slope, range_ = _slope(found, unit)
    text = marked("One more point of {predictor} at the median goes with {slope} of {outcome} ({range}).")
    sentences = [said(text, slope=slope, range=range_, **_names(found))]
    if found.row["shape_verdict"] == DIMINISHING:
        sentences.append(said("Returns diminish."))
    paying = found.curve[found.curve["slope_low"] > 0]
    if len(paying) and paying["score"].max() < found.curve["score"].max() - 1:
        sentences.append(
            said("Above {score} of 100 another point no longer surely pays.", score=number(paying["score"].max()))
        )
    return " ".join(sentences)


def _may_be_nothing(found: Response) -> bool:
    return not (found.row["slope_p50_low"] > 0 or found.row["slope_p50_high"] < 0)


def _names(found: Response) -> dict[str, str]:
    row = found.row
    return {"predictor": word(str(row["predictor"])), "outcome": word(str(row["outcome"]).removesuffix("_eur"))}


def _slope(found: Response, unit: str) -> tuple[str, str]:
    """The slope at the median and its interval, in money or in points of the share."""
    slopes = [found.row[name] for name in ("slope_p50", "slope_p50_low", "slope_p50_high")]
    if found.row["outcome"] == "revenue_eur":
        middle, low, high = (short_money(slope, unit) for slope in slopes)
        return middle, said("{low} to {high}", low=low, high=high)
    middle, low, high = (number(100 * slope, 2) for slope in slopes)
    return said("{points} points", points=middle), said("{low} to {high} points", low=low, high=high)


def _side(low: float, high: float, above: str, below: str) -> str:
    if low > 1:
        return said(above)
    if high < 1:
        return said(below)
    if low >= 1 - ALIKE and high <= 1 + ALIKE:
        return said("like theirs")
    return said("not surely different ({low} to {high})", low=_percent_off(low), high=_percent_off(high))


def _leader(chances: dict[str, float]) -> str:
    """Which supplier is the best, where that is told apart; by supplier, the share of the draws in which it is."""
    ranked = sorted(chances.items(), key=lambda one: -one[1])
    first, p = ranked[0]
    if p >= SURE_BEST:
        return said("{supplier} (in {share} of the bootstrap samples)", supplier=first, share=share(p, 0))
    likely = [one for one in ranked if one[1] >= LEAST_CHANCE] or ranked[:1]
    named = ", ".join(f"{supplier} {share(chance, 0)}" for supplier, chance in likely)
    return said("not told apart ({suppliers} of the bootstrap samples)", suppliers=named)


def _percent_off(ratio: float) -> str:
    return f"−{share(1 - ratio, 0)}" if ratio < 1 else f"+{share(ratio - 1, 0)}"
