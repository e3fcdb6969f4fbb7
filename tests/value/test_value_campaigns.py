import numpy as np
import pandas as pd
import pytest

from workbench import value, wording
from workbench.carrier.campaigns import HAZARD_RATIO
from workbench.carrier.lives import simulated_lives

AS_OF = pd.Timestamp("2025-12-31")
DAY = pd.Timestamp("2024-07-01")


def campaign(sides: list[int], lost: list[int | None], groups: list[str | None] | None = None, randomised: int = 1):
    """Clients with the day of loss, in months after the contact."""
    ids = [f"c{n}" for n in range(len(sides))]
    days = [pd.NaT if months is None else DAY + pd.DateOffset(months=months) for months in lost]
    rows = pd.DataFrame({"campaign_id": "visits", "customer_id": ids, "contacted_on": DAY, "treated": sides,
                         "randomised": randomised})  # fmt: skip
    return rows, pd.DataFrame({"customer_id": ids, "group_id": groups or [None] * len(ids), "lost_on": days})


def test_losses_per_month_of_both_sides():
    rows, churn = campaign([1, 1, 1, 0, 0, 0], [6, None, 20, 3, 9, None])
    found = value.campaign_effects(rows, churn, as_of=AS_OF).iloc[0]
    assert found[["n_treated", "n_control", "lost_treated", "lost_control"]].tolist() == [3, 3, 1, 2]
    months = np.array([(184 + 365 + 365) / 30.4375, (92 + 274 + 365) / 30.4375])
    assert found["hazard_ratio"] == pytest.approx((1 / months[0]) / (2 / months[1]))
    wide = np.exp(1.6448536 * np.sqrt(1 + 1 / 2))
    assert found["hazard_ratio_high"] == pytest.approx(found["hazard_ratio"] * wide)


def test_a_group_counts_once_and_not_at_all_where_it_is_on_both_sides():
    rows, churn = campaign([1, 1, 0, 1, 0], [2, 2, 2, None, None], ["g", "g", "h", "both", "both"])
    found = value.campaign_effects(rows, churn, as_of=AS_OF).iloc[0]
    assert found[["n_treated", "n_control", "lost_treated", "lost_control"]].tolist() == [1, 1, 1, 1]


def test_who_never_ordered_after_the_contact_says_nothing_of_it():
    """Losses are dated at the last order: one dated before the contact had gone, or was going, already."""
    rows, churn = campaign([1, 1, 0, 0], [-1, 6, -2, 3])
    found = value.campaign_effects(rows, churn, as_of=AS_OF).iloc[0]
    assert found[["n_treated", "n_control", "lost_treated", "lost_control"]].tolist() == [1, 1, 1, 1]


def test_losses_are_told_over_the_months_that_were_followed():
    rows, churn = campaign([1, 0], [None, 0])
    young = value.campaign_effects(rows, churn, as_of=DAY + pd.Timedelta(days=61))
    assert young["followed_months"].iloc[0] == pytest.approx(2.0, abs=0.05)
    assert "lost within 2 months" in wording.say_campaigns(young).text


def test_a_side_without_losses_has_no_ratio_and_a_choice_by_hand_is_said():
    rows, churn = campaign([1, 0], [None, 2], randomised=0)
    found = value.campaign_effects(rows, churn, as_of=AS_OF)
    assert np.isnan(found["hazard_ratio"].iloc[0])
    told = wording.say_campaigns(found)
    assert told.tone == "warning" and "no measure of the effect" in told.text and "times that" not in told.text
    assert value.campaign_effects(rows, None, as_of=AS_OF).empty
    assert "hypothesis" in wording.say_campaigns(found.iloc[:0]).text


@pytest.mark.parametrize(
    ("sides", "groups", "said"),
    [
        (
            [1, 1, 1],
            None,
            "nobody was held out to compare with those contacted (3). In the next campaign hold some back",
        ),
        ([0, 0], None, "none of those contacted can be compared with those held out (2)"),
        # The only account held out belongs to a group of which another was contacted.
        ([1, 1, 0], [None, "g", "g"], "nobody was held out to compare with those contacted (1)"),
    ],
)
def test_a_campaign_without_a_side_teaches_nothing_and_says_so(sides, groups, said):
    rows, churn = campaign(sides, [None] * len(sides), groups)
    told = wording.say_campaigns(value.campaign_effects(rows, churn, as_of=AS_OF))
    assert told.tone == "warning" and "visits (1 July 2024): nothing can be learnt of it" in told.text
    assert said in told.text and "were lost within" not in told.text


def test_a_campaign_with_both_sides_and_one_without_are_told_apart():
    rows, churn = campaign([1, 0, 1], [None, 2, None])
    rows["campaign_id"] = ["letters", "letters", "visits"]
    told = wording.say_campaigns(value.campaign_effects(rows, churn, as_of=AS_OF))
    assert told.tone == "warning" and told.text.count("nothing can be learnt") == 1
    assert told.text.count("were lost within") == 1


def test_the_true_ratio_of_the_carriers_campaign_is_recovered():
    """Over worlds, with the true days of loss: nearly unbiased on the log scale, nine in ten intervals hold the truth.

    Groups differ in hazard and those held out thin out faster, which draws the ratio towards 1: some 0.06 on the log.
    """
    found = []
    for seed in range(1, 31):
        lives = simulated_lives(customers=400, months=20, seed=seed)
        churn = lives.accounts[["customer_id", "group_id", "lost_on"]]
        churn = churn.assign(lost_on=churn["lost_on"].where(churn["lost_on"] <= AS_OF))
        rows = lives.campaign.rows(lives.accounts, lives.calendar)
        assert rows["treated"].mean() == pytest.approx(0.5, abs=0.2) and (rows["contacted_on"] == DAY).all()
        found.append(value.campaign_effects(rows, churn, as_of=AS_OF).iloc[0])
    table = pd.DataFrame(found)
    logs = np.log(table["hazard_ratio"].astype(float))
    assert logs.mean() == pytest.approx(np.log(HAZARD_RATIO), abs=2.5 * logs.std() / np.sqrt(len(logs)) + 0.06)
    assert logs.mean() < -2.5 * logs.std() / np.sqrt(len(logs))  # an effect there is
    held = table["hazard_ratio_low"].le(HAZARD_RATIO) & table["hazard_ratio_high"].ge(HAZARD_RATIO)
    assert held.mean() >= 0.8
