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
    "active", "current", "headroom", "headroom_margin", "naf_code", "potential", "potential_high", "potential_low",
    "saturated", "sector", "size_class", "wallet", "companies", "prospect_id",
    "total_potential", "total_margin", "market",
    "unknown", "unknown_size", "microenterprise", "SME", "mid-size", "large", "code",
    "this estimate", "size + sector", "cell alone", "size alone", "one for all",
    # survival models and families of durations
    "survival", "recency", "constant_hazard", "BG/NBD", "Weibull", "log_normal", "log_logistic", "better", "worse",
    # churn: covariates, segments, alerts, columns
    "order_gap", "company_size", "late_deliveries", "claims", "volume_trend", "usual_volume", "price_rises",
    "headcount", "customer_zone", "fewer than 10", "10 to 249", "250 and more", "silent beyond its rhythm",
    "volume eroded", "due for contact", "last_order_on", "due_on", "silence_days", "gap_days", "yearly_margin",
    "margin_at_risk", "remaining_months", "driver_1", "driver_2", "driver_3", "quantile", "threshold_days",
    "lost",
    "reactivated",
    "alive_12", "alive_24", "still_a_client", "loss_3m", "loss_6m", "loss_12m", "loss_12m_low", "loss_12m_high",
    # steps of the bridge
    "booked_margin", "unreadable_rows", "duplicates", "orphan_deliveries", "outside_period", "credit_notes_matched",
    "credit_notes_unmatched", "missing_booked_margins", "implausible_booked_margins", "standard_costs_replaced",
    "unused_capacity", "overdriven_capacity", "sustaining_costs", "books_beyond_files", "retreated_margin",
    # kinds of columns, margins, origins
    "id", "text", "count", "money", "date", "driver", "number", "practical", "full", "accepted_rows",
    "time-driven ABC",
)  # fmt: skip
