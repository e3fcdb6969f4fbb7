"""How long a tariff scenario takes on the clients and cells of so many deliveries: `python -m bench.tariffs`.

Two hundred thousand clients with 2.36 million cells of client, product and zone: what 10 million evenly spread
deliveries leave. Summing the cells of a scope is done once; moving its price is then priced client by client.
"""

import argparse
import statistics
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from workbench.params import Scope
from workbench.value.price_surface import price_surface
from workbench.value.tariff_base import Stay, TariffBase, side_of
from workbench.value.tariffs import Answer, Horizon, price_change


def main() -> None:
    """Print milliseconds of the scope's sums and of one price, with a constant hazard and with one by month."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=200_000)
    parser.add_argument("--cells", type=int, default=2_360_000)
    asked = parser.parse_args()
    base = drawn_base(asked.clients, asked.cells)
    side, answer = side_of(base, Scope()), Answer(np.full(asked.clients, -0.8), np.full(asked.clients, 5.0))
    by_month = Stay(np.cumsum(np.full((36, asked.clients), -0.013), axis=0), 0.1, "survival")
    short, long = Horizon(12, False), Horizon(36, True)
    rng = np.random.default_rng(2)
    draws = {
        "volume": rng.normal(-0.8, 0.2, (500, 1)),
        "loss": rng.normal(5, 1, (500, 1)),
        "hazard": np.exp(rng.normal(0, 0.1, 500)),
    }
    told = {"hazard": draws["hazard"], "loss": draws["loss"], "sizes": np.zeros(asked.clients, dtype=int)}
    surfaces = {
        name: lambda changes=changes: price_surface(side, by_month, long, changes=np.array(changes), **told)
        for name, changes in (("one price", [0.03]), ("prices from -6 to +15 %", [-0.06, 0.15]))
    }
    wide = surfaces["prices from -6 to +15 %"]()
    runs = {
        "sums of all products": lambda: side_of(base, Scope()),
        "sums of two products": lambda: side_of(base, Scope(products=["a", "b"])),
        "one price, 12 months": lambda: price_change(side, base.stay, answer, short, change=0.03),
        "one price, 36 months": lambda: price_change(side, base.stay, answer, long, change=0.03),
        "one price, 36 months of chapter 04": lambda: price_change(side, by_month, answer, long, change=0.03),
        **{f"surface of chapter 04 for {name}": make for name, make in surfaces.items()},
        "totals of 500 draws at one more price": lambda: wide.totals(long, change=0.04, **draws, cost=draws["hazard"]),
        "total at one more price": lambda: wide.totals(
            long, change=0.04, **{name: each[:1] for name, each in draws.items()}, cost=np.ones(1)
        ),
    }
    for name, run in runs.items():
        print(f"{name}: {milliseconds(run):.1f} ms")


def drawn_base(clients: int, cells: int) -> TariffBase:
    """A base of random clients: gamma revenue, purchases and work in fixed proportion."""
    rng = np.random.default_rng(1)
    table = pd.DataFrame({"client": np.sort(rng.integers(0, clients, cells)), "revenue_eur": rng.gamma(2, 20, cells)})
    table["product"] = pd.Categorical(rng.choice(list("abcdef"), cells))
    table["delivery_zone"] = pd.Categorical(rng.choice(list("vwxyz"), cells))
    table["direct_purchases_eur"] = 0.15 * table["revenue_eur"]
    table["activity_cost_eur"] = 0.6 * table["revenue_eur"]
    ids = np.arange(clients).astype(str)
    own = pd.DataFrame({"customer_id": ids, "name": ids, "size_class": "SME", "segment": None, "account_cost_eur": 5.0})
    return TariffBase(own, table, Stay(np.array([[-0.013]]), 0.1, "files"))


def milliseconds(run: Callable[[], object], times: int = 3) -> float:
    """The median of several runs, in milliseconds of processor time."""
    spent = []
    for _ in range(times):
        begun = time.process_time()
        run()
        spent.append(1000 * (time.process_time() - begun))
    return statistics.median(spent)


if __name__ == "__main__":
    main()
