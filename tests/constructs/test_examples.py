"""Every form of examples: moments, populations, labels, weights, splits."""

from datetime import timedelta
from typing import Any

import pytest


def test_at_defaults_to_the_sources_time(shop: Any, timed: str) -> None:
    rows = shop.run(timed + "examples: {e: {from: orders}}\n").rows("examples.e")
    assert rows["$at"] == rows["placed_at"]


def test_at_expression_and_where(shop: Any, timed: str) -> None:
    rows = shop.run(
        timed + "examples: {e: {from: orders, at: placed_at + interval 1 hour, where: amount > 50}}\n"
    ).rows("examples.e")
    assert rows["$at"] == [moment + timedelta(hours=1) for moment in rows["placed_at"]]
    assert min(rows["amount"]) > 50


@pytest.mark.parametrize(
    ("spine", "days"),
    [
        ("{every: 7d, from: 2024-01-01, until: 2024-01-20}", [1, 8, 15]),
        ("{every: month, from: 2024-01-01, until: $as_of}", [1, 32, 61, 92]),
    ],
)
def test_spine(shop: Any, timed: str, spine: str, days: list[int]) -> None:
    rows = shop.run(f"{timed}examples: {{e: {{from: customers, at: {spine}}}}}\n", as_of=1712000000_000_000).rows(
        "examples.e"
    )
    assert sorted({moment.timetuple().tm_yday for moment in rows["$at"]}) == days
    assert len(rows["$at"]) == 40 * len(days)


def test_spine_by_makes_entities_of_events(shop: Any, timed: str) -> None:
    rows = shop.run(
        timed
        + "examples: {e: {from: orders, at: {every: 30d, from: 2024-02-01, until: 2024-03-10, by: [customer_id]}}}\n"
    ).rows("examples.e")
    assert len(rows["$at"]) == 80
    assert len(set(zip(rows["$at"], rows["customer_id"], strict=True))) == 80
    assert all(placed < at for placed, at in zip(rows["placed_at"], rows["$at"], strict=True))


def test_where_on_features(shop: Any, timed: str) -> None:
    finished = shop.run(
        timed
        + """
features: {past: {from: orders, join: [customer_id], columns: {n: count(*)}}}
examples: {e: {from: orders, where: past.n >= 5}}
"""
    )
    assert 0 < len(finished.rows("examples.e")["order_id"]) < 480


def test_label_expression_and_its_short_form(shop: Any, timed: str) -> None:
    for label in ("late", "{value: late}"):
        rows = shop.run(f"{timed}examples: {{e: {{from: orders, label: {label}}}}}\n").rows("examples.e")
        known = [one is not None for one in rows["delivered_at"]]
        assert [one is not None for one in rows["$label"]] == known
        assert rows["$label_known"] == rows["delivered_at"]


def test_label_over_a_window(shop: Any, timed: str) -> None:
    finished = shop.run(
        timed
        + """
examples:
  e:
    from: customers
    at: {every: 14d, from: 2024-01-15, until: 2024-02-20}
    label: {from: orders, join: [customer_id], window: 0d..14d, where: amount > 30, value: count(*)}
"""
    )
    rows, orders = finished.rows("examples.e"), finished.rows("sources.orders")
    for at, customer, label in zip(rows["$at"], rows["customer_id"], rows["$label"], strict=True):
        assert label == sum(
            who == customer and amount > 30 and at <= placed < at + timedelta(days=14)
            for who, amount, placed in zip(orders["customer_id"], orders["amount"], orders["placed_at"], strict=True)
        )
    assert rows["$label_known"] == [at + timedelta(days=14) for at in rows["$at"]]


def test_label_join_with_a_map(shop: Any, timed: str) -> None:
    rows = shop.run(
        timed
        + """
examples:
  e:
    from: customers
    at: {every: 14d, from: 2024-01-15, until: 2024-01-20}
    label: {from: orders, join: {customer_id: customer_id}, window: 0d..14d, value: count(*) = 0}
"""
    ).rows("examples.e")
    assert set(rows["$label"]) <= {True, False}


def test_weight(shop: Any, timed: str) -> None:
    rows = shop.run(timed + "examples: {e: {from: orders, label: late, weight: amount / 10}}\n").rows("examples.e")
    assert rows["$weight"] == [amount / 10 for amount in rows["amount"]]


def parts(finished: Any) -> dict[str, list[Any]]:
    """The parts of the examples' rows."""
    assert finished.failures() == {}
    found: dict[str, list[Any]] = finished.rows("examples.e.parts")
    return found


def test_split_by_time(shop: Any, timed: str) -> None:
    finished = shop.run(
        timed + "examples: {e: {from: orders, label: late, split: {by: time, test: 20d, validation: 20d}}}\n"
    )
    found, at = parts(finished), finished.rows("examples.e")["$at"]
    train = [moment for moment, part in zip(at, found["$fold.0"], strict=True) if part == "train"]
    validation = [moment for moment, part in zip(at, found["$fold.0"], strict=True) if part == "validation"]
    test = [moment for moment, chosen in zip(at, found["$test"], strict=True) if chosen]
    assert max(train) < min(validation) <= max(validation) < min(test)
    assert max(validation) - min(validation) <= timedelta(days=20)


def test_split_by_time_with_folds_train_and_gap(shop: Any, timed: str) -> None:
    finished = shop.run(
        timed
        + """
examples:
  e: {from: orders, label: late, split: {by: time, test: 14d, validation: 14d, folds: 3, train: 28d, gap: 3d}}
"""
    )
    found, at = parts(finished), finished.rows("examples.e")["$at"]
    for fold in range(3):
        of = {
            name: [moment for moment, part in zip(at, found[f"$fold.{fold}"], strict=True) if part == name]
            for name in ("train", "validation")
        }
        assert max(of["train"]) - min(of["train"]) <= timedelta(days=28)
        assert min(of["validation"]) - max(of["train"]) >= timedelta(days=3)


def test_split_at_random_with_folds(shop: Any, untimed: str) -> None:
    finished = shop.run(
        untimed + "examples: {e: {from: plants, label: tall, split: {by: random, test: 20%, folds: 4}}}\n"
    )
    found = parts(finished)
    folds = [found[f"$fold.{fold}"] for fold in range(4)]
    for *chosen, test in zip(*folds, found["$test"], strict=True):
        assert chosen.count("validation") == (0 if test else 1)


def test_split_at_random_with_validation(shop: Any, untimed: str) -> None:
    found = parts(
        shop.run(
            untimed + "examples: {e: {from: plants, label: tall, split: {by: random, test: 20%, validation: 30%}}}\n"
        )
    )
    assert 10 < found["$fold.0"].count("validation") < 60
    assert 5 < sum(found["$test"]) < 50


def test_split_at_random_by_group(shop: Any, timed: str) -> None:
    finished = shop.run(
        timed + "examples: {e: {from: orders, label: late, split: {by: random, test: 40%, group: customer_id}}}\n"
    )
    found, customers = parts(finished), finished.rows("examples.e")["customer_id"]
    sides: dict[int, set[bool]] = {}
    labels = finished.rows("examples.e")["$label"]
    for customer, test, label in zip(customers, found["$test"], labels, strict=True):
        if label is not None:
            sides.setdefault(customer, set()).add(test)
    assert all(len(side) == 1 for side in sides.values())


def test_split_by_expression(shop: Any, untimed: str) -> None:
    by = "case when plant_id < 60 then 'train' when plant_id < 90 then 'validation' else 'test' end"
    finished = shop.run(f'{untimed}examples: {{e: {{from: plants, label: tall, split: {{by: "{by}"}}}}}}\n')
    found = parts(finished)
    assert found["$fold.0"] == ["train"] * 60 + ["validation"] * 30 + [None] * 30
    assert found["$test"] == [False] * 90 + [True] * 30
