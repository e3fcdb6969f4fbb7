"""BG/NBD, the buy-till-you-die model of Fader, Hardie & Lee (2005): a baseline that knows orders and nothing else."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from workbench.errors import DataError

LARGE = 50.0


@dataclass(frozen=True)
class BuyTillDie:
    """Orders come at a rate drawn from Gamma(r, alpha); after each one a client leaves with a chance from Beta(a, b).

    loglik: of the fit.
    """

    r: float
    alpha: float
    a: float
    b: float
    loglik: float

    def p_alive(self, *, repeats: np.ndarray, last: np.ndarray, age: np.ndarray) -> np.ndarray:
        """The probability (n,) to be a client still, from repeat orders, months to the last one, and months in all."""
        log_left = np.log(self.a / (self.b + np.maximum(repeats, 1) - 1))
        log_left = log_left + (self.r + repeats) * np.log((self.alpha + age) / (self.alpha + last))
        return np.where(repeats > 0, 1 / (1 + np.exp(np.minimum(log_left, 700))), 1.0)

    def p_kept(self, months: float, *, repeats: np.ndarray, last: np.ndarray, age: np.ndarray) -> np.ndarray:
        """The probability (n,) to be a client still `months` later.

        Notes: a client at rate l and chance p leaves at rate l p; its mean of exp(-l p months) over what is left of
        both distributions is a hypergeometric function, here by Pfaff's transformation: its argument then lies between
        0 and 1, where all terms are positive (the plain one gives 9.5 for a client of 48 orders in six months).
        """
        shape, rate = self.r + repeats, self.alpha + age
        both = self.a + self.b + repeats
        if self.a > LARGE:
            # The chance to leave hardly varies, and the function overflows: its mean stands for it.
            stays = (rate / (rate + months * self.a / both)) ** shape
            return self.p_alive(repeats=repeats, last=last, age=age) * stays
        stays = (rate / (rate + months)) ** self.a * hyp2f1(self.a, both - shape, both, months / (months + rate))
        return self.p_alive(repeats=repeats, last=last, age=age) * stays


def buy_till_die_fit(*, repeats: np.ndarray, last: np.ndarray, age: np.ndarray) -> BuyTillDie:
    """The maximum-likelihood BG/NBD.

    Parameters: of each client (n,): repeats, orders after the first (days with several count once); last, months from
    the first to the last order (0 without repeats); age, months from the first order to the end. Not modified.
    Raises: DataError where last exceeds age or nobody ordered twice.
    Notes: clients that entered before the files begin count from the files' first order on.
    References: Fader, Hardie & Lee, "Counting Your Customers the Easy Way", Marketing Science 24 (2005), equation 6.
    """
    repeats, last, age = (np.asarray(each, dtype=float) for each in (repeats, last, age))
    if (last > age).any() or (repeats < 0).any():
        raise DataError("buy till die: a last order after the end of observation, or a negative number of orders")
    if not (repeats > 0).any():
        raise DataError("buy till die: nobody ordered twice, so that rates of ordering cannot be told")
    unit = age.max() if age.max() > 0 else 1.0
    rows, n = np.unique(np.column_stack([repeats, last / unit, age / unit]), axis=0, return_counts=True)
    best = minimize(_minus_loglik, np.zeros(4), args=(rows.T, n), method="Nelder-Mead",
                    options={"maxiter": 4000, "maxfev": 4000, "xatol": 1e-5, "fatol": 1e-9})  # fmt: skip
    r, alpha, a, b = np.exp(best.x)
    loglik = -best.fun * n.sum() - repeats.sum() * np.log(unit)
    return BuyTillDie(float(r), float(alpha * unit), float(a), float(b), float(loglik))


def _minus_loglik(logs: np.ndarray, rows: np.ndarray, n: np.ndarray) -> float:
    """Minus the log-likelihood of a client, mean over rows counted n times each."""
    r, alpha, a, b = np.exp(np.clip(logs, -12, 12))
    repeats, last, age = rows
    common = gammaln(r + repeats) - gammaln(r) + r * np.log(alpha)
    stayed = betaln(a, b + repeats) - betaln(a, b) - (r + repeats) * np.log(alpha + age)
    left = betaln(a + 1, b + np.maximum(repeats, 1) - 1) - betaln(a, b) - (r + repeats) * np.log(alpha + last)
    either = np.where(repeats > 0, np.logaddexp(stayed, left), stayed)
    return float(-(n @ (common + either)) / n.sum())
