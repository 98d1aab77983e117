"""Documents in an editor, marked with where the cursor stands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlc_compiler.editor.session import look
from mlc_compiler.editor.view import View

CURSOR = "‸"

SHOP = """\
mlc: 1
name: shop
parameters: {least: {type: int, default: 3}}
sources:
  orders:
    read: {connection: db, table: orders}
    columns: {order_id: int, customer_id: int, amount: float, placed_at: timestamp, returned: bool}
    key: [order_id]
    time: placed_at
  customers:
    read: data/customers.csv
    columns: {customer_id: int, country: string, signed_up_at: timestamp}
    key: [customer_id]
    time: signed_up_at
  spend:
    sql: select o.order_id, o.amount, o.placed_at from orders o
    key: [order_id]
    time: placed_at
features:
  recent: {from: spend, join: [order_id], window: 30d, columns: {spent: sum(amount)}}
  who: {from: customers, join: [customer_id], columns: [country]}
  clock: {columns: {hour: hour(placed_at), much: recent.spent > $least}}
examples:
  sales:
    from: orders
    at: placed_at
    label: {from: orders, join: [customer_id], window: 0d..30d, value: count(*) = 0}
    split: {by: time, test: 30d, validation: 30d}
training:
  churn:
    examples: sales
    features: [recent, clock.much, who.country]
    prepare: {codes: {use: sklearn.preprocessing.OneHotEncoder, columns: [who.country]}}
    model: sklearn.linear_model.LogisticRegression
    grid: {C: [0.1, 1.0]}
    metrics: [roc_auc, "functions:cost"]
    select: {maximize: roc_auc}
  again:
    examples: sales
    features: [recent.spent]
    model: sklearn.linear_model.LogisticRegression
    fallback: churn
    each: customer_id
serving:
  scores: {model: churn, mode: batch, write: {connection: db, table: scores}, when: churn.test.roc_auc > drift.psi}
experiments:
  which:
    service: scores
    unit: customer_id
    arms: {control: {share: 50%, model: again}, treatment: {share: 50%}}
    outcome: {metric: brier, better: lower}
    detect: 5%
    daily_units: 1000
steps:
  drift: {use: "functions:drift", inputs: {now: sources.orders}, outputs: {psi: float}}
"""
ENVIRONMENT = """\
connections:
  db: {type: postgres, host: db.example, database: shop, password: db_password}
secrets: {db_password: {env: DB_PASSWORD}}
"""

Opened = tuple[View, int]


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Opened]:
    """What an editor has when a text is open in it, and where its cursor stands."""

    def do(marked: str, name: str = "pipeline.yaml", **others: str) -> Opened:
        text = marked.replace(CURSOR, "")
        texts = {str(tmp_path / name): text}
        if not name.startswith("environment"):
            (tmp_path / "environment.yaml").write_text(others.pop("environment", ENVIRONMENT), encoding="utf-8")
        for other, content in others.items():
            (tmp_path / other.replace("_", ".")).write_text(content, encoding="utf-8")
        return look(str(tmp_path / name), texts), marked.find(CURSOR)

    return do


@pytest.fixture
def shop() -> Callable[[str, str], str]:
    """The spec of a shop, in which a piece is replaced."""

    def do(old: str = "", new: str = "") -> str:
        assert SHOP.count(old) >= 1
        return SHOP.replace(old, new, 1)

    return do
