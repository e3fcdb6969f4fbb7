"""Groups of accounts told by parent: each chain of parents followed up to the account at its top."""

import duckdb
import pandas as pd


def write_top_accounts(account: str, parent: str, *, sound: str, connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `top_accounts` (account, top): the accounts that have a parent, and the top of their chain.

    Parameters: account, parent, names of the columns of `sound`, an SQL relation of the rows to go by.
    """
    rows = connection.execute(
        f"SELECT {account}, first({parent}) FROM {sound} "
        f"WHERE {parent} IS NOT NULL AND {parent} <> {account} GROUP BY {account}"
    ).fetchall()
    tops = top_accounts(dict(rows))
    frame = pd.DataFrame({"account": list(tops), "top": list(tops.values())}, dtype="string")
    connection.register("found_tops", frame)
    connection.execute(
        "CREATE TABLE top_accounts AS SELECT account::VARCHAR AS account, top::VARCHAR AS top FROM found_tops"
    )
    connection.unregister("found_tops")


def top_accounts(parents: dict[str, str]) -> dict[str, str | None]:
    """The account at the top of each account's chain of parents; None where the chain runs in a circle.

    A parent that is no key of `parents` is a top, whether or not it is an account itself.

    >>> top_accounts({"shop": "branch", "branch": "holding", "egg": "hen", "hen": "egg"})
    {'shop': 'holding', 'branch': 'holding', 'egg': None, 'hen': None}
    """
    tops: dict[str, str | None] = {}
    for account in parents:
        chain, at = [], account
        on_chain = set()
        while at in parents and at not in tops and at not in on_chain:
            chain.append(at)
            on_chain.add(at)
            at = parents[at]
        top = None if at in on_chain else tops.get(at, at)
        tops |= dict.fromkeys(chain, top)
    return {account: tops[account] for account in parents}
