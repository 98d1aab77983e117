"""The header: what is said once for the whole pipeline."""

from typing import Any

import pytest

from mlc_runtime.errors import InvalidInputError


def test_mlc_name_description_timezone(workshop: Any) -> None:
    workshop.write({"t.csv": "id,at\n1,2024-07-01 23:30\n"})
    finished = workshop.run(
        """
mlc: 1
name: local-hours
description: An hour is that of the spec's zone.
timezone: Asia/Tokyo
sources: {t: {read: t.csv, columns: {id: int, at: timestamp}, key: [id], time: at}}
features: {clock: {columns: {hour: hour(at)}}}
examples: {e: {from: t, where: clock.hour = 23}}
"""
    )
    assert finished.run.plan.name == "local-hours"
    assert finished.rows("sources.t")["at"][0].timestamp() == 1719844200  # 14:30 in UTC
    assert finished.rows("examples.e")["id"] == [1]


def test_seed_changes_what_is_drawn(shop: Any, untimed: str) -> None:
    spec = untimed + "examples: {e: {from: plants, label: tall, split: {by: random, test: 50%}}}\n"
    parts = [shop.run(f"seed: {seed}\n{spec}").rows("examples.e.parts")["$test"] for seed in (0, 0, 1)]
    assert parts[0] == parts[1] != parts[2]
    assert {sum(part) for part in parts} != {60} or parts[0] != parts[2]


def test_schedule_is_kept_for_targets(workshop: Any) -> None:
    workshop.write({"t.csv": "id\n1\n"})
    plan = workshop.compile(
        """
mlc: 1
name: nightly
schedule: [{cron: "0 2 * * *", run: [say]}]
steps: {say: {use: "words:say", outputs: {word: string}}}
"""
    ).plan
    assert plan.spec["schedule"] == [{"cron": "0 2 * * *", "run": ["say"]}]
    daily = workshop.compile("mlc: 1\nname: nightly\nschedule: '0 3 * * *'\n").plan
    assert daily.spec["schedule"] == [{"cron": "0 3 * * *"}]


def test_include_brings_sources_and_features(shop: Any) -> None:
    shop.level = 0
    shop.write(
        {
            "common/crm.yaml": """
            mlc: 1
            name: crm
            sources:
              orders:
                read: data/orders.csv
                columns: {order_id: int, customer_id: int, amount: float, placed_at: timestamp}
                key: [order_id]
                time: placed_at
            features:
              recent: {from: orders, join: [customer_id], window: 30d, columns: {spent: sum(amount)}}
            """
        }
    )
    finished = shop.run(
        """
mlc: 1
name: churn
include: {crm: common/crm.yaml}
features: {more: {from: crm.orders, join: [customer_id], window: 30d, columns: {orders: count(*)}}}
examples:
  e:
    from: crm.orders
    where: more.orders > 1
    label: {from: crm.orders, join: [customer_id], window: 0d..7d, value: count(*)}
    split: {by: time, test: 14d}
training: {next: {examples: e, features: [crm.recent, more], model: sklearn.linear_model.LinearRegression}}
"""
    )
    assert finished.failures() == {}
    assert 0 < len(finished.rows("examples.e")["order_id"]) < 480
    assert {"crm.recent.spent", "more.orders"} < set(finished.rows("next.rows"))


def test_groups_of_an_included_file_read_each_other(shop: Any, timed: str) -> None:
    """By their own names: in an expression, as a key, as a function's input; the spec's groups stand apart."""
    shop.write(
        {
            "common/crm.yaml": """
            mlc: 1
            name: crm
            sources:
              customers:
                read: data/customers.csv
                columns: {customer_id: int, country: string, signed_up_at: timestamp}
                key: [customer_id]
                time: signed_up_at
            features:
              who: {from: customers, join: [customer_id], columns: [country, customer_id]}
              place: {columns: {abroad: who.country <> 'CH'}}
              peers: {from: customers, join: {who.country: country}, columns: {count: count(*)}}
              sign: {use: "signs:sign", inputs: {number: peers.count}, columns: {twice: int}}
            """,
            "signs.py": """
            import pandas as pd


            def sign(rows):
                return pd.DataFrame({"twice": rows["number"] * 2})
            """,
        }
    )
    finished = shop.run(
        timed
        + """
include: {crm: common/crm.yaml}
features: {who: {columns: {amount: amount}}}
examples:
  e: {from: orders, label: late, split: {by: time, test: 14d}}
training:
  next: {examples: e, features: [who, crm.place, crm.peers, crm.sign],
         model: sklearn.ensemble.HistGradientBoostingClassifier}
"""
    )
    assert finished.failures() == {}
    rows = finished.rows("next.rows")
    assert set(rows["crm.place.abroad"]) == {True, False}
    assert set(rows["crm.peers.count"]) == {10}
    assert set(rows["crm.sign.twice"]) == {20}


@pytest.mark.parametrize(
    ("type_", "default", "given", "expected"),
    [
        ("int", "2", "3", 3),
        ("float", "2.5", "0.5", 0.5),
        ("string", "a", "b", "b"),
        ("bool", "false", "true", True),
        ("date", "2024-01-01", "2024-02-01", "2024-02-01"),
        ("timestamp", "2024-01-01", "2024-02-01T12:00", "2024-02-01T12:00:00+00:00"),
    ],
)
def test_parameters_of_each_type(workshop: Any, type_: str, default: str, given: str, expected: object) -> None:
    workshop.write({"say.py": "def it(value):\n    return {'kind': type(value).__name__, 'text': str(value)}\n"})
    spec = f"""
mlc: 1
name: said
parameters: {{value: {{type: {type_}, default: {default}}}}}
steps: {{say: {{use: "say:it", with: {{value: $value}}, outputs: {{kind: string, text: string}}}}}}
"""
    finished = workshop.run(spec, given={"value": given})
    assert finished.value("say", "text") == str(expected)
    assert finished.value("say", "kind") == type(expected).__name__


def test_parameters_are_held_to_one_of_min_and_max(workshop: Any) -> None:
    spec = """
mlc: 1
name: bounded
parameters:
  share: {type: float, default: 0.5, min: 0, max: 1}
  mode: {type: string, default: fast, one_of: [fast, slow]}
"""
    workshop.start(spec, given={"share": "0.9", "mode": "slow"})
    for given in ({"share": "2"}, {"share": "-1"}, {"mode": "other"}, {"nothing": "1"}):
        with pytest.raises(InvalidInputError):
            workshop.start(spec, given=given)


def test_parameters_in_expressions(shop: Any, timed: str) -> None:
    spec = f"""{timed}
parameters: {{dear: {{type: float, default: 90}}}}
features: {{past: {{from: orders, join: [customer_id], columns: {{dear: count(*) filter (where amount > $dear)}}}}}}
examples: {{e: {{from: orders, where: past.dear > 0}}}}
"""
    few = shop.run(spec).rows("examples.e")["order_id"]
    many = shop.run(spec, given={"dear": "20"}).rows("examples.e")["order_id"]
    assert len(few) < len(many)
