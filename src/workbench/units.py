"""Numbers that mean the same in every analysis."""

from statistics import NormalDist

# A month of the calendar on the average, leap years included.
DAYS_A_MONTH = 365.25 / 12
# Standard errors from the middle to either end of an interval of 90 %.
Z90 = NormalDist().inv_cdf(0.95)
