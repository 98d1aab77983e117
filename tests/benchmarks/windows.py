"""Point-in-time windows: the mean delay and the number of a carrier's flights over 14 days, only what was known.

Prints, for a table with the shape of a year of flights, the seconds of a join of each example with the rows of its
window, of the bare sweep in SQL, and of the `features` operation, for sums and for other aggregates.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa

from mlc_runtime.ops.features import features_at
from mlc_runtime.sql import open_session

FLIGHTS = 336_776
DAY = 86_400_000_000
WINDOW = 14 * DAY


def flights(count: int = FLIGHTS) -> pa.Table:
    """Synthetic flights: 16 carriers of uneven size, a year, whole minutes of delay, known at arrival."""
    random = np.random.default_rng(2013)
    weight = 0.75 ** np.arange(16)
    carrier = random.choice(16, size=count, p=weight / weight.sum())
    departure = np.sort(random.integers(0, 365 * 24 * 60, size=count)) * 60_000_000 + 15_706 * DAY
    delay = random.integers(-60, 200, size=count)
    known = departure + (random.integers(60, 400, size=count) + delay) * 60_000_000
    instant = pa.timestamp("us", tz="UTC")
    return pa.table(
        {
            "$row": np.arange(count),
            "$at": pa.array(departure - 3_600_000_000, instant),
            "carrier": pa.array([f"C{index:02}" for index in carrier]),
            "departure": pa.array(departure, instant),
            "arrival": pa.array(known, instant),
            "delay": pa.array(delay, mask=random.random(count) < 0.03),
            "delay_f": pa.array(delay * 0.1, mask=random.random(count) < 0.03),
        }
    )


def column(
    name: str, function: str, *args: str, kind: str = "float", known: str | None = '"arrival"'
) -> dict[str, Any]:
    """One aggregate as a column of the plan."""
    call = {"as": "a0", "function": function, "args": list(args), "filter": None, "distinct": False, "order": []}
    return {"name": name, "type": kind, "known": [known] if known else [], "aggregates": [call], "value": "a0"}


SUMS = [column("late", "avg", '"delay"'), column("flights", "count", kind="int", known='"departure" - INTERVAL 30 DAY')]
OTHERS = {
    "one mean of floats": [column("late", "avg", '"delay_f"')],
    "stddev": [column("late", "stddev_samp", '"delay"')],
    "stddev of floats": [column("late", "stddev_samp", '"delay_f"')],
    "kurtosis of floats": [column("late", "kurtosis", '"delay_f"')],
    "correlation of floats": [column("late", "corr", '"delay_f"', '"delay"')],
    "max": [column("late", "max", '"delay"', kind="int")],
    "median": [column("late", "median", '"delay"')],
    "count distinct": [
        {
            **(c := column("late", "count", '"delay"', kind="int")),
            "aggregates": [{**c["aggregates"][0], "distinct": True}],
        }
    ],
    "mode": [column("late", "mode", '"delay"', kind="int")],
    "latest": [{"name": "late", "type": "int", "known": ['"arrival"'], "latest": '"delay"'}],
}

JOIN = f"""
SELECT e."$row", avg(f.delay) FILTER (WHERE f.arrival <= e."$at") AS late, count(f.departure) AS flights
FROM examples e LEFT JOIN flights f
  ON f.carrier = e.carrier AND f.t < e.at AND f.t >= e.at - {WINDOW}
GROUP BY 1
"""

SWEEP = f"""
WITH spans AS (
  SELECT carrier, greatest(t + 1, epoch_us(arrival)) AS s, t + {WINDOW} + 1 AS e, delay
  FROM flights WHERE delay IS NOT NULL
), events AS (
  SELECT carrier, s AS x, delay AS v, 1 AS n FROM spans WHERE s < e
  UNION ALL SELECT carrier, e, -delay, -1 FROM spans WHERE s < e
), known AS (
  SELECT carrier, x, sum(sum(v)) OVER w AS v, sum(sum(n)) OVER w AS n FROM events GROUP BY carrier, x
  WINDOW w AS (PARTITION BY carrier ORDER BY x)
), seen AS (
  SELECT carrier, t + 1 AS x, 1 AS n FROM flights UNION ALL SELECT carrier, t + {WINDOW} + 1, -1 FROM flights
), counts AS (
  SELECT carrier, x, sum(sum(n)) OVER (PARTITION BY carrier ORDER BY x) AS n FROM seen GROUP BY carrier, x
)
SELECT e."$row", k.v / nullif(k.n, 0) AS late, coalesce(c.n, 0) AS flights
FROM examples e ASOF LEFT JOIN known k ON k.carrier = e.carrier AND k.x <= e.at
ASOF LEFT JOIN counts c ON c.carrier = e.carrier AND c.x <= e.at
"""


def in_sql(sql: str, examples: pa.Table, source: pa.Table) -> pa.Table:
    """One statement, in the session that `features` uses."""
    with open_session({}, "UTC") as session:
        session.register("flights_", source)
        session.register("examples_", examples)
        sources = """flights AS (SELECT *, epoch_us(departure) AS t FROM flights_),
            examples AS (SELECT *, epoch_us("$at") AS at FROM examples_)"""
        head = f"WITH {sources} " if not sql.strip().startswith("WITH") else f"WITH {sources}, "
        return session.query(head + sql.strip().removeprefix("WITH "))


def with_features(columns: list[dict[str, Any]], examples: pa.Table, source: pa.Table) -> pa.Table:
    """The operation itself."""
    params = {
        "join": [["carrier", "carrier"]],
        "window": [-WINDOW, 0],
        "time": "departure",
        "date_time": False,
        "refresh": None,
        "key": [],
        "where": None,
        "columns": columns,
    }
    with open_session({}, "UTC") as session:
        return features_at(examples, source, params, session)[0]


def seconds(work: Callable[[], Any], repeat: int = 3) -> float:
    """The median of a few runs."""
    taken = []
    for _ in range(repeat):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


def main() -> None:
    """Prints method, examples, seconds and the ratio to the sweep over as many examples."""
    source = flights()
    few = source.take(np.sort(np.random.default_rng(0).choice(FLIGHTS, 20_000, replace=False)))
    print(f"{'method':<28}{'examples':>10}{'seconds':>10}{'x sweep':>10}")

    def line(method: str, examples: pa.Table, taken: float, base: float) -> None:
        print(f"{method:<28}{len(examples):>10}{taken:>10.2f}{taken / base:>10.1f}")

    for examples in (few, source):
        base = seconds(lambda examples=examples: in_sql(SWEEP, examples, source))  # type: ignore[misc]
        line("sweep in SQL", examples, base, base)
        if len(examples) < FLIGHTS:
            joined = seconds(lambda examples=examples: in_sql(JOIN, examples, source), repeat=1)  # type: ignore[misc]
            line("join with the window", examples, joined, base)
        for name, columns in {"mean and count": SUMS, **OTHERS}.items():
            taken = seconds(lambda columns=columns, examples=examples: with_features(columns, examples, source))  # type: ignore[misc]
            line(f"features: {name}", examples, taken, base)


if __name__ == "__main__":
    main()
