"""Names of ours that pages print in words (columns of shown tables, rules, steps, axes), to be in every catalogue."""

WORDS = (
    # columns of tables that are shown
    "activity", "activity_cost", "amount", "axis", "booked", "booked_state", "capacity",
    "column", "corrected_margin", "cost", "customer_id", "difference", "direct_purchases", "file",
    "filled", "full_margin", "full_margin_high", "full_margin_low", "group_id", "highest", "idle", "key", "kind",
    "ledger", "lowest", "mapped", "margin", "margin_origin", "max", "month", "name",
    "negative_margin", "not_attributable", "overdriven", "pool", "practical_margin", "practical_margin_high",
    "practical_margin_low", "read", "accepted", "quarantined", "reference", "revenue", "revenue_cost_ratio",
    "rows", "rows_read", "rows_accepted", "rows_quarantined", "rule", "running", "deliveries", "share", "state",
    "step", "sustaining", "table", "total", "unassigned", "used", "value",
    "alert", "by_rule", "by_test", "cost_per_delivery", "cost_to_serve", "credited", "credited_document_id",
    "days_after", "delivered_on", "delivery_id", "document_id", "estimated", "estimated_minutes_per_unit",
    "high_minutes_per_unit", "invoiced", "late", "low_minutes_per_unit", "margin_change", "minutes_ratio", "months",
    "observations", "origin", "rank_high", "rank_low", "reason_1", "reason_2", "reason_3", "revenue_change",
    "revenue_per_delivery", "robust_score", "stated_minutes_per_unit", "term", "worked",
    # axes
    "customer", "group", "product", "delivery_zone", "salesperson", "order", "range",
    # tables
    "customers", "products", "interactions", "capacity", "timesheets", "price_changes",
    # rules
    "malformed_row", "unreadable_value", "missing_value", "out_of_range", "not_allowed_value", "after_as_of",
    "duplicate_key", "unknown_customer",
    # states of a booked margin
    "credit_note_matched", "credit_note_unmatched", "missing", "implausible",
    # credit notes, origins of minutes, trends, items of cost, objects that are counted
    "partial", "above the invoice", "unmatched", "params", "growing", "shrinking", "not_established", "booked_costs",
    "orders", "active_months", "stops", "rounds",
    # potential: columns, sizes, plainer estimates
    "active", "current", "headroom", "headroom_margin", "likely_headroom", "naf_code", "potential", "potential_high",
    "potential_low", "saturated", "sector", "size_class", "wallet", "companies", "prospect_id",
    "total_potential", "total_margin", "market",
    "unknown", "unknown_size", "microenterprise", "SME", "mid-size", "large", "code",
    "this estimate", "size + sector", "cell alone", "size alone", "one for all",
    # survival models and families of durations
    "survival", "recency", "constant_hazard", "BG/NBD", "Weibull", "log-normal", "log-logistic", "better", "worse",
    # crossing: columns, components, levels, choices, and the actions of the demonstration
    "lifetime_value", "lifetime_value_low", "lifetime_value_high", "status_quo", "past_value", "economic",
    "competitive", "future", "economic_value", "competitive_value", "future_value", "economic_level",
    "competitive_level", "future_level", "weakest", "segment", "measured", "service_level", "effort", "terms",
    "key_account", "action", "gain", "gain_low", "gain_high", "chosen", "at_most", "hazard_ratio", "price_change",
    "volume_change", "effect_variation", "low", "middle", "high", "plan",
    "account_review", "growth_offer", "price_correction", "online_service", "campaigns",
    # churn: covariates, segments, alerts, columns
    "covariate", "lower_quarter", "upper_quarter", "time_ratio", "time_ratio_low", "time_ratio_high",
    "order_gap", "company_size", "late_deliveries", "claims", "volume_trend", "usual_volume", "price_rises",
    "headcount", "customer_zone", "fewer than 10", "10 to 249", "250 and more", "silent beyond its rhythm",
    "volume eroded", "due for contact", "last_order_on", "due_on", "silence_days", "gap_days", "yearly_margin",
    "margin_at_risk", "remaining_months", "quantile", "threshold_days",
    "lost", "reactivated", "alive_12", "alive_24", "still_a_client", "drivers", "lost_within_3_months",
    "lost_within_6_months", "lost_within_12_months", "lost_within_12_months_low", "lost_within_12_months_high",
    # steps of the bridge
    "booked_margin", "unreadable_rows", "duplicates", "orphan_deliveries", "outside_period", "credit_notes_matched",
    "credit_notes_unmatched", "missing_booked_margins", "implausible_booked_margins", "standard_costs_replaced",
    "unused_capacity", "overdriven_capacity", "sustaining_costs", "books_beyond_files", "retreated_margin",
    # activities of the demonstration and what their minutes are told per
    "sorting", "line_haul", "delivery", "customs_clearance", "order_taking", "sales_visits",
    "invoicing_and_collection", "account_administration", "parcels", "weight_kg", "distance_km", "customs_lines",
    "sales_visit", "quote", "claim", "invoice", "deliveries_express_9h", "deliveries_europe_world",
    # tariffs and comparisons: columns, quantities, levels, states
    "scenario", "horizon_months", "margin_change", "margin_change_low", "margin_change_high", "more_clients_lost",
    "expected_volume_loss", "break_even_volume_loss", "segment", "price_change", "margin_before", "lost_more",
    "margin_at_risk", "adjusted_estimate", "naive_estimate", "placebo_estimate", "volume_elasticity", "loss_elasticity",
    "hazard", "volume", "loss", "high margin", "low margin", "negative margin", "not a client", "before", "after",
    "margin_after", "main_reason", "mix", "price", "purchase_costs", "activity_costs", "account_costs", "arrival",
    "departure", "loss_before", "loss_after", "potential_before", "potential_after", "rows_earlier", "rows_later",
    "same", "grown", "replaced", "new", "gone",
    # kinds of columns, margins, origins
    "id", "text", "count", "money", "date", "driver", "number", "practical", "full", "accepted_rows",
    "time-driven ABC",
    # competitive value: targets, types, quadrants, factor types, columns, the attributes of the simulated survey
    "satisfaction", "loyalty", "differentiation", "volume", "purchases_share", "over_satisfied", "dissatisfied",
    "over_loyal", "disloyal", "loyalist", "mercenary", "hostage", "defector", "strength", "to_improve", "secondary",
    "undecided", "basic", "performance", "excitement", "key", "plus", "relation_type", "jones_sasser", "measured",
    "respondents", "target", "attribute", "importance", "importance_low", "importance_high", "stated_importance",
    "relative_performance", "quadrant", "factor_type", "tetraclasse", "sign_conflict", "n", "theirs", "ours", "gap",
    "low", "middle", "high", "established", "their_raters", "our_raters", "before", "after", "revenue_band", "others",
    "off_the_scale", "survey", "score", "punctuality", "undamaged_parcels", "pick_up", "tracking", "customs",
    "claims_handling", "sales_contact", "courtesy", "price", "invoicing", "relative_performance_low",
    "relative_performance_high", "relative_to_best", "relative_to_best_low", "relative_to_best_high", "best_competitor",
)  # fmt: skip
