"""The clients not taken for lost on a line each, with a sheet of its own behind each name."""

from dataclasses import dataclass
from html import escape

import pandas as pd

from workbench.language import said, word
from workbench.wording.numbers import number, share
from workbench.wording.shown import printed, unprinted

# Some 600 bytes each: more would make a page that opens slowly.
MOST_CLIENTS = 2_500
COLUMNS = ("segment", "lifetime_value_eur", "economic_eur", "p_loss_12m", "headroom_eur", "action")
KINDS = {"segment": "text", "p_loss_12m": "share", "action": "text"}


@dataclass(frozen=True)
class Directory:
    """A table of all living clients that can be searched and sorted; the name opens the client's sheet.

    table: customer_value of the living clients joined with what the other chapters tell of them.
    """

    table: pd.DataFrame
    unit: str
    horizon_months: int

    def _repr_html_(self) -> str:
        shown = self.table.head(MOST_CLIENTS)
        heads = {
            "segment": said("segment"),
            "lifetime_value_eur": said("lifetime value ({unit})", unit=self.unit),
            "economic_eur": said("margin a year ({unit})", unit=self.unit),
            "p_loss_12m": said("loss within 12 months (%)"),
            "headroom_eur": said("headroom ({unit} a year)", unit=self.unit),
            "action": said("action"),
        }
        head = f'<th scope="col">{escape(said("client"))}</th>' + "".join(
            f'<th scope="col"{"" if KINDS.get(column) == "text" else " class=num"}>{escape(heads[column])}</th>'
            for column in COLUMNS
        )
        rows = "".join(self._row(row) for row in shown.to_dict("records"))
        caption = said("Clients not taken for lost, by lifetime value; open a name for its sheet.")
        if len(shown) < len(self.table):
            caption += " " + said(
                "The first {n} of {all} have one here; all are in {file}.",
                n=number(len(shown)),
                all=number(len(self.table)),
                file="tables/customer_value.parquet",
            )
        return (
            f'<figure class="sheet-figure"><figcaption>{escape(caption)}</figcaption>'
            f'<table class="sheet clients"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'
            f"{unprinted(len(shown))}</figure>"
        )

    def _row(self, row: dict[str, object]) -> str:
        name = row["name"] if isinstance(row["name"], str) else row["customer_id"]
        lines = "<br>".join(escape(line) for line in self._sheet(row))
        first = f"<details class=client><summary>{escape(str(name))}</summary><p>{lines}</p></details>"
        cells = []
        for column in COLUMNS:
            told = row[column]
            if isinstance(told, str):
                told = word(told) if column == "action" else said(told)
            text = printed(told, KINDS.get(column, "money"))
            cells.append(f"<td{'' if KINDS.get(column) == 'text' else ' class=num'}>{escape(text)}</td>")
        return f"<tr><td>{first}</td>{''.join(cells)}</tr>\n"

    def _sheet(self, row: dict[str, object]) -> list[str]:
        """The lines of a client's sheet; what the study does not know is left out."""
        named = [row["customer_id"], row["group_id"], _worded(row["size_class"]), row["sector"]]
        lines = [" · ".join(str(part) for part in named if isinstance(part, str) and part)]
        if _known(row["lifetime_value_eur"]):
            values = {
                "low": self._money(row["lifetime_value_low_eur"]),
                "high": self._money(row["lifetime_value_high_eur"]),
            }
            lines.append(
                said("Value of {months} months: {low} to {high}", months=self.horizon_months, **values)
                + " · "
                + said("status quo {quo}", quo=self._money(row["status_quo_eur"]))
                + " · "
                + said("past {past}", past=self._money(row["past_value_eur"]))
            )
        if _known(row["remaining_months"]):
            why = ", ".join(word(row[one]) for one in ("driver_1", "driver_2", "driver_3") if isinstance(row[one], str))
            lines.append(
                said("Stays {months} months", months=number(row["remaining_months"], 0))
                + (" · " + said("risk from {drivers}", drivers=why) if why else "")
            )
        if _known(row["competitive"]):
            measured = said("measured") if row["measured"] is True else said("estimated")
            kind = f"{word(row['relation_type'])}, " if isinstance(row["relation_type"], str) else ""
            lines.append(said("Preference: {kind}{measured}", kind=kind, measured=measured))
        if _known(row["potential_eur"]):
            lines.append(
                said(
                    "Potential {potential} ({low} to {high}), {share} bought from us",
                    potential=self._money(row["potential_eur"]),
                    low=self._money(row["potential_low_eur"]),
                    high=self._money(row["potential_high_eur"]),
                    share=share(row["wallet_share"], 0),
                )
            )
        levels = "/".join(_worded(row[f"{name}_level"]) or "–" for name in ("economic", "competitive", "future"))
        weak = f" · {said('weakest: {value}', value=word(row['weakest']))}" if isinstance(row["weakest"], str) else ""
        key = f" · {said('key account')}" if isinstance(row["key_account"], str) else ""
        lines.append(said("Place: {levels}, sure to {p}", levels=levels, p=share(row["p_segment"], 0)) + weak + key)
        lines.append(" · ".join(said(row[one]) for one in ("service_level", "effort", "terms")))
        if isinstance(row["action"], str):
            lines.append(
                said(
                    "{action}: {gain} expected, in {p} of redrawn plans",
                    action=word(row["action"]),
                    gain=self._money(row["gain_eur"]),
                    p=share(row["p_chosen"], 0),
                )
            )
        return lines

    def _money(self, value: object) -> str:
        return f"{printed(value, 'money')}\u202f{self.unit}"


def _worded(name: object) -> str:
    return word(name) if isinstance(name, str) else ""


def _known(value: object) -> bool:
    return value is not None and value is not pd.NA and value == value


def client_directory(
    table: pd.DataFrame | None,
    *,
    upstream: dict[str, pd.DataFrame | None],
    unit: str,
    horizon_months: int,
) -> Directory | None:
    """The directory of the living clients; None where this run does not cross their values.

    Parameters: table, customer_value; upstream, potential, churn and customer_relation (None where not made).
    """
    if table is None:
        return None
    here = table[table["alive"]]
    wanted = {
        "potential": [
            "size_class",
            "sector",
            "potential_low_eur",
            "potential_high_eur",
            "headroom_eur",
            "wallet_share",
        ],
        "churn": ["p_loss_12m", "remaining_months", "driver_1", "driver_2", "driver_3"],
        "customer_relation": ["relation_type"],
    }
    for name, columns in wanted.items():
        told = upstream.get(name)
        known = told if told is not None else pd.DataFrame(columns=["customer_id"])
        here = here.merge(known.reindex(columns=["customer_id", *columns]), on="customer_id", how="left")
    order = here["lifetime_value_eur"].fillna(here["economic_eur"]).sort_values(ascending=False, kind="stable").index
    return Directory(here.loc[order], unit, horizon_months)
