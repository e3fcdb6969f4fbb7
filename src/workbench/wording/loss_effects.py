"""What moves the risk of loss, and how long clients stay, in words."""

import pandas as pd

from workbench.churn.aft import AftFits
from workbench.churn.effects import effect_name
from workbench.churn.foresight import Foresight
from workbench.language import said, word
from workbench.wording.numbers import number, share
from workbench.wording.shown import Finding, Sheet

# What moves the risk, or the time, by less than this share is no news, however sure; nor is a share that fades.
NO_NEWS = 0.05
TIME_HEADINGS = {
    "low_value": "lower_quarter", "high_value": "upper_quarter", "low": "time_ratio_low", "high": "time_ratio_high",
}  # fmt: skip


def say_effects(effects: pd.DataFrame, seen: Foresight) -> Finding:
    """What surely raises or lowers the risk, and what was done where an effect changes with age."""
    if seen.model is None:
        return Finding(str(seen.why_not), tone="warning")
    told = effects[(effects["ratio"] - 1).abs() >= NO_NEWS]
    raising = [_effect(row) for row in told.itertuples() if row.low > 1]
    lowering = [_effect(row) for row in told.itertuples() if row.high < 1]
    sentences = []
    if raising:
        sentences.append(said("Surely raises the risk of loss: {names}.", names="; ".join(raising)))
    if lowering:
        sentences.append(said("Surely lowers it: {names}.", names="; ".join(lowering)))
    if not sentences:
        sentences.append(said("Nothing in the files surely moves the risk of loss."))
    if seen.model.lasting < 1 - NO_NEWS:
        sentences.append(
            said(
                "Of what moves the risk today {share} is left on average half a year on, as the past shows; what is "
                "foreseen counts with that much.",
                share=share(seen.model.lasting, 0),
            )
        )
    sentences += [*seen.model.mended.done, *seen.model.mended.fit.notes, *seen.scores.notes]
    return Finding(" ".join(sentences))


def say_durations(effects: pd.DataFrame, fits: AftFits | None, seen: Foresight) -> Finding:
    """Which family of durations fits best, what surely makes clients stay longer or less long, and when to read it."""
    if fits is None or fits.best is None:
        notes = () if fits is None else fits.notes
        return Finding(" ".join([said("No durations could be fitted."), *notes]), tone="warning")
    families = [word(name) for name in fits.comparison["family"]]
    behind = [
        said("{family} {points} behind", family=family, points=number(points, 1))
        for family, points in zip(families[1:], fits.comparison["aic_difference"].iloc[1:], strict=True)
    ]
    sentences = [
        said(
            "By AIC, {family} durations fit best ({behind}; n = {n} months of clients).",
            family=families[0],
            behind="; ".join(behind),
            n=number(fits.n),
        )
        if behind
        else said("Only {family} durations could be fitted.", family=families[0])
    ]
    told = effects[(effects["time_ratio"] - 1).abs() >= NO_NEWS]
    longer = [_time_effect(row) for row in told.itertuples() if row.low > 1]
    shorter = [_time_effect(row) for row in told.itertuples() if row.high < 1]
    if longer:
        sentences.append(said("Clients surely stay longer with more of: {names}.", names="; ".join(longer)))
    if shorter:
        sentences.append(said("They surely stay less long with more of: {names}.", names="; ".join(shorter)))
    if not longer and not shorter:
        sentences.append(said("Nothing in the files surely moves how long they stay."))
    if seen.model.mended.is_proportional:
        sentences.append(said("The effects on the risk are proportional: read those first."))
    else:
        sentences.append(said("The effects on the risk still change with age: read these durations instead of them."))
    return Finding(" ".join([*sentences, *fits.notes]))


def durations_sheet(effects: pd.DataFrame) -> Sheet:
    """How much longer clients stay, by covariate."""
    shown = effects.assign(covariate=effects["covariate"].map(word)).rename(columns=TIME_HEADINGS)
    return Sheet(
        shown, "How many times as long clients stay in the upper quarter of a covariate as in the lower, whatever "
        "their age: accelerated failure times of the best family, with their 90 % intervals.", "",
    )  # fmt: skip


def _time_effect(row) -> str:
    values = {"name": word(row.covariate), **_ratio(row.time_ratio, row)}
    return said("{name} (× {ratio} as long, {low} to {high})", **values)


def _effect(row) -> str:
    values = {"name": effect_name(row), **_ratio(row.ratio, row)}
    return said("{name} (× {ratio}, {low} to {high}, from the lower to the upper quarter of clients)", **values)


def _ratio(ratio: float, row) -> dict[str, str]:
    """A ratio and its interval with two digits; a third one where an end that is not 1 would be printed as 1."""
    digits = 3 if number(1, 2) in (number(row.low, 2), number(row.high, 2)) else 2
    return {"ratio": number(ratio, 2), "low": number(row.low, digits), "high": number(row.high, digits)}
