"""The block of the params file that crosses the three values: the usual strategy, the company's actions, its budget."""

from workbench.carrier.effects import ACTIONS, Action
from workbench.params import StrategyRule
from workbench.params.crossing import USUAL_STRATEGY

BUDGET_EUR = 6000
LEAST_KEY_REVENUE_EUR = 20000
LEAST_KEY_SCORE = 6.5

_VALUE = """
value:

  margin_months: 12                           # the last months, whose practical margin counts as today's
  horizon_months: 36                          # how far ahead lifetime value looks
  discount_rate: 0.08                         # a year
  levels: 2                                   # of each value: low and high, cut at the median of this run's clients
  # reference: value_reference.json           # the next dated run: cut points and merged cells as that run froze them;
                                              # with a survey, competitive.plane as well

  # The strategy, one line a segment; the first line that holds for a client counts. A level left out is any level;
  # unknown: the study lacks that value.
  strategy:
{strategy}

  key_accounts:                               # by revenue a year, or by our own people's scores
    least_revenue_eur: {least_revenue}
    least_score: {least_score}

  # What can be done with a client, what it is believed to change, and how unsure that is (effect_variation).
  actions:
{actions}
  budget_eur: {budget}
"""


def value_text() -> str:
    """The block `value` of the params file."""
    poor = [rule.segment for rule in USUAL_STRATEGY if rule.economic == ["low"]]
    return _VALUE.format(
        strategy="\n".join(_rule_text(rule) for rule in USUAL_STRATEGY),
        least_revenue=LEAST_KEY_REVENUE_EUR,
        least_score=LEAST_KEY_SCORE,
        actions="".join(_action_text(action, poor if action.price_change_share else []) for action in ACTIONS),
        budget=BUDGET_EUR,
    )


def _rule_text(rule: StrategyRule) -> str:
    told = {name: getattr(rule, name) for name in ("economic", "competitive", "future")}
    levels = [f"{name}: [{', '.join(one)}]" for name, one in told.items() if one]
    treated = [f'{name}: "{getattr(rule, name)}"' for name in ("service_level", "effort", "terms")]
    first = ", ".join([f'segment: "{rule.segment}"', *levels])
    return f"    - {{{first},\n       {', '.join(treated)}}}"


def _action_text(action: Action, segments: list[str]) -> str:
    lines = [f"    - action: {action.action}", f"      cost_eur: {action.cost_eur:.0f}"]
    if action.capacity is not None:
        lines.append(f"      capacity: {action.capacity}")
    if segments:
        lines.append("      segments: [" + ", ".join(f'"{name}"' for name in segments) + "]")
    if action.hazard_ratio != 1:
        lines.append(f"      hazard_ratio: {action.hazard_ratio}")
    changes = ("headroom_share", "price_change_share", "volume_change_share", "cost_to_serve_share")
    lines += [f"      {name}: {getattr(action, name)}" for name in changes if getattr(action, name)]
    lines.append(f"      effect_variation: {action.effect_variation}")
    return "\n".join(lines) + "\n"
