"""Every form of a feature group, held against the same computed by hand."""

from datetime import timedelta
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def unread(shop: Any) -> None:
    """Columns that nothing reads are looked at too."""
    shop.level = 0


def orders(finished: Any) -> list[dict[str, Any]]:
    """The rows of the shop's orders."""
    rows = finished.rows("sources.orders")
    return [dict(zip(rows, values, strict=True)) for values in zip(*rows.values(), strict=True)]


def before(finished: Any, one: dict[str, Any], days: int) -> list[dict[str, Any]]:
    """The customer's orders in the days before one of them."""
    return [
        row
        for row in orders(finished)
        if row["customer_id"] == one["customer_id"]
        and one["placed_at"] - timedelta(days=days) <= row["placed_at"] < one["placed_at"]
    ]


def run(shop: Any, timed: str, features: str, reads: str, **more: Any) -> Any:
    """Run a spec whose examples read some columns."""
    return shop.run(f"{timed}features:\n{features}examples: {{e: {{from: orders, where: {reads}}}}}\n", **more)


def test_aggregates_over_a_window(shop: Any, timed: str) -> None:
    finished = run(
        shop,
        timed,
        "  past: {from: orders, join: [customer_id], window: 30d, columns: {n: count(*), spent: sum(amount)}}\n",
        "past.n is not null",
    )
    found = finished.rows("examples.e.features.past")
    for one, n, spent in zip(orders(finished), found["n"], found["spent"], strict=True):
        past = before(finished, one, 30)
        assert n == len(past)
        assert spent == (sum(row["amount"] for row in past) if past else None)


def test_latest_row_and_list_of_columns(shop: Any, timed: str) -> None:
    finished = run(
        shop,
        timed,
        "  last: {from: orders, join: [customer_id], columns: [amount, late]}\n",
        "last.amount is not null and last.late is null or true",
    )
    found = finished.rows("examples.e.features.last")
    for one, amount, late in zip(orders(finished), found["amount"], found["late"], strict=True):
        past = before(finished, one, 10_000)
        delivered = [row for row in past if row["delivered_at"] is not None and row["delivered_at"] <= one["placed_at"]]
        assert amount == (past[-1]["amount"] if past else None)
        assert late == (delivered[-1]["late"] if delivered else None)


def test_computed_and_chained(shop: Any, timed: str) -> None:
    finished = run(
        shop,
        timed,
        """\
  who: {from: customers, join: [customer_id], columns: [country]}
  here: {from: orders, join: {who.country: country_code}, columns: {n: count(*)}}
  shown: {columns: {double: amount * 2, customer_id: customer_id, country: who.country}}
""".replace("{who.country: country_code}", "{customer_id: customer_id}"),
        "shown.double > 0 and here.n >= 0 and shown.country is not null",
    )
    found = finished.rows("examples.e.features.shown")
    rows = orders(finished)
    assert found["double"] == [row["amount"] * 2 for row in rows]
    assert set(found["country"]) == {"CH", "FR", "DE", "AT"}


def test_join_on_another_groups_column(shop: Any, timed: str) -> None:
    shop.write({"data/taxes.csv": "land,rate\nCH,8\nFR,20\nDE,19\n"})
    finished = run(
        shop,
        timed + "  taxes: {read: data/taxes.csv, columns: {land: string, rate: int}, key: [land], static: true}\n",
        """\
  who: {from: customers, join: [customer_id], columns: [country]}
  tax: {from: taxes, join: {who.country: land}, columns: [rate]}
""",
        "tax.rate is not null or true",
    )
    rates = {"CH": 8, "FR": 20, "DE": 19, "AT": None}
    land = [("CH", "FR", "DE", "AT")[row["customer_id"] % 4] for row in orders(finished)]
    assert finished.rows("examples.e.features.tax")["rate"] == [rates[one] for one in land]


def test_join_on_nothing(shop: Any, timed: str) -> None:
    finished = run(shop, timed, "  all: {from: orders, join: [], window: 1d, columns: {n: count(*)}}\n", "all.n >= 0")
    assert finished.rows("examples.e.features.all")["n"][:6] == [0, 1, 2, 3, 4, 4]


def test_where(shop: Any, timed: str) -> None:
    finished = run(
        shop,
        timed,
        "  dear: {from: orders, join: [customer_id], where: amount > 50, columns: {n: count(*)}}\n",
        "dear.n >= 0",
    )
    assert finished.rows("examples.e.features.dear")["n"] == [
        sum(row["amount"] > 50 for row in before(finished, one, 10_000)) for one in orders(finished)
    ]


def test_refresh_rounds_down(shop: Any, timed: str) -> None:
    finished = run(shop, timed, "  day: {from: orders, join: [], refresh: 1d, columns: {n: count(*)}}\n", "day.n >= 0")
    assert finished.rows("examples.e.features.day")["n"][:9] == [0, 0, 0, 0, 4, 4, 4, 4, 8]


def test_window_forward_over_what_is_announced(shop: Any) -> None:
    shop.write({"data/fairs.csv": "id,at,said\n1,2024-01-03,2023-12-01\n2,2024-01-03,2024-01-02 12:00\n"})
    finished = (
        shop.run(
            """
mlc: 1
name: fairs
sources:
  fairs: {read: data/fairs.csv, columns: {id: int, at: timestamp, said: timestamp}, key: [id], time: at, known: said}
  days: {read: data/days.csv, columns: {day: timestamp}, key: [day], time: day}
features: {ahead: {from: fairs, join: [], window: 0d..2d, columns: {n: count(*)}}}
examples: {e: {from: days, where: ahead.n >= 0}}
"""
        )
        if (shop.root / "data/days.csv").write_text("day\n2024-01-01\n2024-01-02\n2024-01-03\n2024-01-04\n")
        else None
    )
    assert finished.rows("examples.e.features.ahead")["n"] == [0, 1, 2, 0]


def test_function_with_arguments_and_inputs(shop: Any, timed: str) -> None:
    shop.write(
        {
            "words.py": """
            import pandas as pd

            def shout(rows, mark):
                return pd.DataFrame({"word": rows["land"].str.lower() + mark, "twice": rows["spent"] * 2})
            """
        }
    )
    finished = run(
        shop,
        timed,
        """\
  who: {from: customers, join: [customer_id], columns: [country]}
  loud: {use: "words:shout", with: {mark: "!"}, inputs: {land: who.country, spent: amount},
         columns: {word: string, twice: float}}
""",
        "loud.twice > 0",
    )
    found = finished.rows("examples.e.features.loud")
    assert found["word"][:4] == ["ch!", "at!", "de!", "fr!"]
    assert found["twice"] == [row["amount"] * 2 for row in orders(finished)]


def test_function_that_looks_at_other_rows_is_refused(shop: Any, timed: str) -> None:
    shop.write({"words.py": "def rank(rows):\n    return rows.rank()\n"})
    finished = run(
        shop, timed, '  r: {use: "words:rank", inputs: {amount: amount}, columns: {amount: float}}\n', "r.amount > 0"
    )
    assert "does not work row by row" in finished.failures()["examples.e.features.r"]


def test_expression_reads_at_and_as_of(shop: Any, timed: str) -> None:
    finished = run(
        shop,
        timed,
        "  age: {columns: {days: \"date_diff('day', placed_at, $as_of)\", same: placed_at = $at}}\n",
        "age.same and age.days > 30",
        as_of=1706745600_000_000,  # 2024-02-01
    )
    assert finished.rows("examples.e")["order_id"] == [0, 1, 2, 3]
