"""What one run says of the clients, read from its folder, to be held against another run."""

from dataclasses import dataclass, field

import pandas as pd

from workbench.tables.run_folder import RunFolder


@dataclass(frozen=True)
class Snapshot:
    """What one run says of the clients.

    as_of: its day. sales and clients: the tables `client_sales` and `client_year`. names: customer_id, name. value,
    churn and potential: the tables of these names, None where the run has no such chapter. months: month and practical
    margin of each month of its study period. intake: the table of that name. params: as in its manifest. frozen: its
    note value_reference, empty where it has none.
    """

    as_of: pd.Timestamp
    sales: pd.DataFrame
    clients: pd.DataFrame
    names: pd.DataFrame
    value: pd.DataFrame | None
    churn: pd.DataFrame | None
    potential: pd.DataFrame | None
    months: pd.DataFrame
    intake: pd.DataFrame
    params: dict[str, object]
    frozen: dict = field(default_factory=dict)


def earlier_snapshot(run: RunFolder) -> Snapshot | None:
    """What the study's last run before this one says; None where there is none."""
    earlier = run.earlier_run()
    return None if earlier is None else snapshot(earlier, earlier.read_manifest()["params"])


def snapshot(run: RunFolder, params: dict[str, object]) -> Snapshot:
    """What a run says of the clients.

    Parameters: run; params, of its manifest, or of the study that is being made.
    Raises: MissingTable, naming the command, where the run was made without the tables of chapter 02.
    """
    axes = run.read_table("axis_margin", made_by="02")
    months = axes[axes["axis"].eq("month")].rename(columns={"value": "month"})
    return Snapshot(
        as_of=pd.Timestamp(params["as_of"]),
        sales=run.read_table("client_sales", made_by="02"),
        clients=run.read_table("client_year", made_by="02"),
        names=run.read_table("customer_margin", made_by="02")[["customer_id", "name"]],
        value=run.table_if_made("customer_value"),
        churn=run.table_if_made("churn"),
        potential=run.table_if_made("potential"),
        months=months[["month", "practical_margin_eur"]].reset_index(drop=True),
        intake=run.read_table("intake", made_by="01"),
        params=params,
        frozen=run.read_note("value_reference"),
    )
