"""A shop whose models are trained and live, and servers over it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from mlc_compiler.driver import compile_online
from mlc_compiler.graph.online import described, online_graph
from mlc_runtime.plan import Plan, dump, load
from mlc_runtime.serving.service import Service, load_description

START = datetime(2024, 1, 1)
CUSTOMERS = 30
ORDERS = 600

SPEC = """\
mlc: 1
name: shop
timezone: Europe/Zurich
parameters: {grace: {type: int, default: 3}}
sources:
  customers:
    read: data/customers.csv
    columns: {customer_id: int, country: string, born: date, signed_up_at: timestamp}
    key: [customer_id]
    time: signed_up_at
  countries: {read: data/countries.csv, columns: {country: string, people: int}, key: [country], static: true}
  orders:
    read: data/orders.csv
    columns: {order_id: int, customer_id: int, amount: float, day: date, placed_at: timestamp, late: bool,
              delivered_at: timestamp}
    key: [order_id]
    time: placed_at
    known: {"*": placed_at, late: delivered_at, delivered_at: delivered_at}
features:
  past: {from: orders, join: [customer_id], window: 30d,
         columns: {n: count(*), spent: sum(amount), late: avg(late::int), dearest: max(amount),
                   kinds: count(distinct amount)}}
  last: {from: orders, join: [customer_id], window: 60d, columns: [amount]}
  slow: {from: orders, join: [customer_id], window: 20d, refresh: 1d, columns: {n: count(*)}}
  dear: {from: orders, join: [customer_id], window: 40d, where: amount > 50, columns: {n: count(*)}}
  recent: {from: orders, join: [customer_id], window: 20d, where: epoch($at) - epoch(placed_at) < 432000,
           columns: {n: count(*)}}
  who: {from: customers, join: [customer_id], columns: [country]}
  home: {from: countries, join: {who.country: country}, columns: [people]}
  order: {columns: {amount: amount, hour: hour(placed_at), more: amount - last.amount, graced: amount + $grace}}
  made: {use: "functions:double", columns: {twice: float}, inputs: {amount: amount}}
examples:
  e: {from: orders, label: late, split: {by: time, test: 20d, validation: 20d}}
training:
  t:
    examples: e
    features: [past, last, slow, dear, recent, home, order, made]
    each: who.country
    fallback: all
    min_rows: 5
    prepare: {gaps: {use: sklearn.impute.SimpleImputer, with: {keep_empty_features: true}}}
    model: {use: sklearn.ensemble.HistGradientBoostingClassifier, with: {max_iter: 20, min_samples_leaf: 5}}
    threshold: {maximize: f1}
    metrics: [roc_auc]
  all:
    examples: e
    features: [past, last, slow, dear, recent, home, order, made]
    prepare: {gaps: {use: sklearn.impute.SimpleImputer, with: {keep_empty_features: true}}}
    model: sklearn.linear_model.LogisticRegression
    metrics: [roc_auc]
serving:
  ask: {model: t, mode: online, request: [order_id]}
  tell: {model: t, mode: online, request: [customer_id, amount, placed_at]}
experiments:
  simple:
    service: tell
    unit: customer_id
    arms: {control: {share: 40%}, plain: {share: 40%, model: all}}
    where: past.n > 2
    outcome: {from: orders, join: [customer_id], window: 0d..10d, value: sum(amount), better: higher}
    guardrails: [{from: orders, join: [customer_id], window: 0d..10d, value: count(*), better: higher, at_most: 10%}]
    covariate: past.spent
    segments: [who.country]
    detect: 20%
  strict:
    service: ask
    unit: order_id
    arms: {control: {share: 50%}, strict: {share: 50%, threshold: 0.9}}
    outcome: {metric: accuracy, better: higher}
    detect: 20%
"""


def _time(moment: datetime) -> str:
    return moment.isoformat(sep=" ")


@pytest.fixture
def trained(workshop: Any) -> Any:
    """The workshop with data, and `finished`: a whole run of the spec."""
    customers = [
        f"{i},{('CH', 'FR', 'DE')[i % 3]},19{60 + i}-05-01,{_time(START - timedelta(days=5 - i))}"
        for i in range(CUSTOMERS)
    ]
    orders = []
    for i in range(ORDERS):
        placed = START + timedelta(hours=5 * i, minutes=i % 7)
        amount = round(10 + (i * 37) % 90 + (i % 3) / 10, 2)
        late = (amount + (i * 13) % 40) > 75
        done = _time(placed + timedelta(days=2))
        orders.append(f"{i},{(i * 7) % CUSTOMERS},{amount},{placed.date()},{_time(placed)},{late},{done}")
    workshop.write(
        {
            "data/customers.csv": "\n".join(["customer_id,country,born,signed_up_at", *customers]) + "\n",
            "data/orders.csv": "\n".join(["order_id,customer_id,amount,day,placed_at,late,delivered_at", *orders])
            + "\n",
            "data/countries.csv": "country,people\nCH,9\nFR,68\nDE,84\n",
            "functions.py": "def double(rows):\n    return rows.assign(twice=rows['amount'] * 2.0)[['twice']]\n",
        }
    )
    workshop.finished = workshop.run(SPEC)
    assert workshop.finished.failures() == {}
    return workshop


@pytest.fixture
def serve(trained: Any) -> Callable[[str], Service]:
    """A service of the trained shop, by its serving's name."""

    def made(name: str) -> Service:
        trained.build = partial(online_graph, name=name)
        compiled = trained.compile(SPEC, 0)
        plan, program = compiled.plan, compiled.program
        asked = {step.name for step in plan.steps if step.name.startswith(f"{name}.")}
        fixed = replace(plan, steps=tuple(step for step in plan.steps if step.name not in asked))
        run = trained.prepared(fixed)
        finished = trained.finish(run)
        assert finished.failures() == {}
        snapshot = {step.name: {port: finished.value(step.name, port) for port in step.outputs} for step in fixed.steps}
        return Service(
            load_description(described(program, program.servings[name])),
            plan,
            run.bind,
            snapshot,
            trained.store,
            trained.root,
        )

    return made


@pytest.fixture
def online_plan(trained: Any) -> Callable[[str], Plan]:
    """Makes the plan of a serving of the shop, as a server in a container reads it."""
    return lambda name: load(dump(compile_online(trained.check(SPEC), trained.root, name)))
