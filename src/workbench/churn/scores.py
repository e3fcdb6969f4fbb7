"""Each client's outlook: probabilities of loss, remaining months, what drives them, and draws for the crossing."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from workbench.churn.cox import Z90
from workbench.churn.outlook import SurvivalModel, months_ahead
from workbench.churn.proportionality import later
from workbench.errors import DataError
from workbench.language import decimal_text, said

LOSS_MONTHS = (3, 6, 12)
# A covariate that moves a client's hazard by less than this share is not named among its drivers.
HARDLY = 0.02
N_DRIVERS = 3


@dataclass(frozen=True)
class Scores:
    """What each client's next months hold, given that it is a client today.

    customers: customer_id, p_loss_3m, p_loss_6m, p_loss_12m and remaining_months, each with _low and _high (90 %, of
    the expectation), extrapolated (whether the horizon goes beyond ages that enough clients lived), driver_1..3 (names
    of covariates, null where fewer matter) and driver_1_ratio.. (what each multiplies the hazard by, against the mean
    of those at risk: above 1 it speeds the loss). survival: customer_id, months_ahead, p_alive, p_alive_low,
    p_alive_high, of the clients alive where `people` tell who is. profile: customer_id and a column per coefficient.
    draw: draw, a column per coefficient, baseline; the log cumulative hazard of client i in draw d is off by
    profile_i . draw_d + baseline_d. notes: sentences.
    """

    customers: pd.DataFrame
    survival: pd.DataFrame
    profile: pd.DataFrame
    draw: pd.DataFrame
    notes: tuple[str, ...]


def scores(
    model: SurvivalModel, people: pd.DataFrame, *, horizon_months: int = 36, draws: int = 200, seed: int
) -> Scores:
    """Score people at the present with a fitted model.

    Parameters: people, a row per client: customer_id, age_months, the model's covariates as known now; not modified.
    draws, of the coefficients and the baseline; seed, of their chance.
    Raises: DataError where nothing was fitted (ask `model.why_not` before), or a covariate is unknown.
    Notes: covariates count with the share of their effects that lasts (A52). `profile` is the gradient of the log
    cumulative hazard of the next 12 months, so it is centred at the mean of those at risk at the client's own ages.
    Beyond the oldest ages known the last band's hazard goes on (A54); `extrapolated` and a note say for whom.
    """
    fit = model.fit
    if model.bands is None:
        raise DataError(f"scores: there is no model to score with. {fit.why_not}")
    further = {later(name) for name in model.mended.cut_months}
    needed = [*(name for name in fit.covariates if name not in further), "age_months", *fit.strata]
    for name in needed:
        if name not in people or people[name].isna().any():
            raise DataError(f"scores: {name} is missing or unknown for some clients; the model needs it of each")
    covariance = fit.covariance.to_numpy(float)
    middle, low, high = (np.empty((len(people), horizon_months)) for _ in range(3))
    for ahead in range(1, horizon_months + 1):
        lived = months_ahead(model, people, ahead)
        spread = Z90 * np.sqrt(_relative_variance(lived, covariance))
        middle[:, ahead - 1] = np.exp(-lived.hazard)
        low[:, ahead - 1], high[:, ahead - 1] = (np.exp(-lived.hazard * np.exp(sign * spread)) for sign in (1, -1))
    customers = pd.DataFrame({"customer_id": people["customer_id"].to_numpy()})
    for months in LOSS_MONTHS:
        if months <= horizon_months:
            customers[f"p_loss_{months}m"] = 1 - middle[:, months - 1]
            customers[f"p_loss_{months}m_low"] = 1 - high[:, months - 1]
            customers[f"p_loss_{months}m_high"] = 1 - low[:, months - 1]
    for column, curve in (("", middle), ("_low", low), ("_high", high)):
        customers[f"remaining_months{column}"] = 0.5 + curve[:, :-1].sum(axis=1) + curve[:, -1] / 2
    known = np.array([*model.bands.known_until, np.nan])[fit.stratum_of(people)]
    customers["extrapolated"] = people["age_months"].to_numpy(float) + horizon_months > known
    customers = customers.join(_drivers(model, people))
    year = months_ahead(model, people, 12)
    # A row a client and month: of a million clients the lost ones would take a gigabyte.
    here = people["alive"].to_numpy(bool) if "alive" in people else np.ones(len(people), dtype=bool)
    return Scores(
        customers=customers,
        survival=pd.DataFrame(
            {
                "customer_id": np.repeat(customers["customer_id"].to_numpy()[here], horizon_months),
                "months_ahead": np.tile(np.arange(1, horizon_months + 1, dtype="int16"), here.sum()),
                "p_alive": middle[here].ravel(),
                "p_alive_low": low[here].ravel(),
                "p_alive_high": high[here].ravel(),
            },
            copy=False,
        ),
        profile=customers[["customer_id"]].join(
            pd.DataFrame(year.gradient / _positive(year.hazard)[:, None], columns=fit.covariates)
        ),
        draw=_draws(fit.covariance, year, draws=draws, seed=seed),
        notes=_notes(customers, horizon_months),
    )


def _positive(hazard: np.ndarray) -> np.ndarray:
    return np.where(hazard > 0, hazard, 1.0)


def _relative_variance(lived, covariance: np.ndarray) -> np.ndarray:
    """The variance (n,) of the log cumulative hazard: of the coefficients, and of the baseline."""
    through = np.einsum("np,pq,nq->n", lived.gradient, covariance, lived.gradient, optimize=True)
    return (through + lived.baseline_variance) / _positive(lived.hazard) ** 2


def _draws(covariance: pd.DataFrame, year, *, draws: int, seed: int) -> pd.DataFrame:
    """Coefficients and log baseline less their estimates; the baseline as unsure as it is for a usual client."""
    rng = np.random.default_rng([seed, 50])
    values, vectors = np.linalg.eigh(covariance.to_numpy(float)) if len(covariance) else (np.zeros(0), np.zeros((0, 0)))
    drawn = (rng.standard_normal((draws, len(covariance))) * np.sqrt(np.clip(values, 0, None))) @ vectors.T
    usual = np.sqrt(np.nanmean(year.baseline_variance / _positive(year.hazard) ** 2))
    table = pd.DataFrame(drawn, columns=covariance.columns)
    table.insert(0, "draw", np.arange(draws))
    return table.assign(baseline=rng.normal(0.0, usual, draws))


def _drivers(model: SurvivalModel, people: pd.DataFrame) -> pd.DataFrame:
    """The covariates that move each client's hazard most now, further effects added to those of their covariate."""
    fit = model.fit
    now = model.rows_at(people, after_cut=people["age_months"].to_numpy(float) >= model.cut_months)
    moved = (now[fit.covariates] - fit.centre) * fit.coefficients.set_index("covariate")["coefficient"]
    for name in model.mended.cut_months:
        if later(name) in moved:
            moved[name] = moved.get(name, 0.0) + moved.pop(later(name))
    names, values = np.array([*moved.columns, *[None] * N_DRIVERS], dtype=object), moved.to_numpy(float)
    values = np.column_stack([values, np.zeros((len(people), N_DRIVERS))])
    first = np.argsort(-np.abs(values), axis=1, kind="stable")[:, :N_DRIVERS]
    ratio = np.exp(np.take_along_axis(values, first, axis=1))
    matters = np.abs(ratio - 1) >= HARDLY
    table = {}
    for place in range(N_DRIVERS):
        table[f"driver_{place + 1}"] = np.where(matters[:, place], names[first[:, place]], None)
        table[f"driver_{place + 1}_ratio"] = np.where(matters[:, place], ratio[:, place], np.nan)
    return pd.DataFrame(table)


def _notes(customers: pd.DataFrame, horizon_months: int) -> tuple[str, ...]:
    beyond = int(customers["extrapolated"].sum())
    if beyond == 0:
        return ()
    return (
        said(
            "For {n} of {all} clients the {months} months go beyond ages that enough clients have lived: the hazard of "
            "the oldest ages known is taken to go on.",
            n=decimal_text(beyond), all=decimal_text(len(customers)), months=horizon_months,
        ),
    )  # fmt: skip
