"""What the rule of time finds out on the way: horizons, gaps, the known times of derived sources."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from mlc_compiler.check.facts import Program, Source
from mlc_compiler.driver import check_file
from mlc_compiler.expression.duration import parse_duration
from mlc_compiler.graph.build import build

WORLD = yaml.safe_load((Path(__file__).parent / "world.yaml").read_text())
ORDERS = {
    **WORLD["orders"],
    "known": {"*": "placed + interval 6 hour", "amount": "placed - interval 1 day", "returned": "returned"},
}


def program(folder: Path, **sections: Any) -> tuple[Program, list[tuple[str, str]]]:
    path = folder / "p.yaml"
    path.write_text(yaml.safe_dump({"mlc": 1, "name": "p", **sections}))
    checked = check_file(path)
    # A case does not read all of the world.
    return checked.program, [(d.code, d.message) for d in checked.diagnostics if d.code != "MLC209"]


def outcome(window: str, value: str = "count(*)", source: str = "orders", **more: Any) -> dict[str, Any]:
    return {"from": source, "join": {"customer": "customer"}, "window": window, "value": value, **more}


@pytest.mark.parametrize(
    ("source", "at", "label", "horizon"),
    [
        ("trips", "start", "fare", None),
        ("trips", "finish - interval 1 hour", "fare", "1h"),
        ("trips", "finish - interval 1 hour", "greatest(fare, tip)", "1h"),
        ("flights", "due - interval 1 hour", "boarding", "30m"),
        ("flights", "due - interval 1 hour", "boarding + late", None),
        ("flights", "due - interval 1 hour", "boarding + distance", "30m"),
        ("flights", "due - interval 1 hour", "truth.minutes", "30m"),
        ("sales", "day + 1", outcome("0d..2d", "sum(sold)", "sales", join=["shop"]), "3d"),
        ("customers", "since", outcome("0d..30d"), "726h"),
        ("customers", "since", outcome("0d..30d", "sum(amount)"), "726h"),
        ("customers", "since", outcome("0d..30d", "count(returned)"), None),
        ("customers", "since", outcome("0d..30d", source="customers"), "30d"),
        ("customers", "since", outcome("7d..30d", source="trips", join={"customer": "driver"}), None),
        ("customers", "since", outcome("0d..30d", source="customers", join={"gone.left": "since"}), "30d"),
        ("customers", "since", outcome("0d..30d", source="customers", join=["left"]), None),
        ("customers", {"every": "7d", "from": "2024-01-01"}, outcome("0d..30d"), "726h"),
        ("customers", {"every": "7d", "from": "2024-01-01"}, "left is null", None),
    ],
)
def test_horizon(tmp_path: Path, source: str, at: Any, label: Any, horizon: str | None) -> None:
    features = {
        "truth": {"columns": {"minutes": "boarding"}},
        "gone": {"from": "customers", "join": ["customer"], "columns": ["left"]},
    }
    facts, _ = program(
        tmp_path,
        sources={**WORLD, "orders": ORDERS},
        features=features,
        examples={"e": {"from": source, "at": at, "label": label, "split": {"by": "time", "test": "90d"}}},
    )
    expected = None if horizon is None else parse_duration(horizon)
    assert facts.examples["e"].horizon == (None if expected is None else expected.micros)
    assert facts.examples["e"].gap == (0 if expected is None else expected.micros)


@pytest.mark.parametrize(
    ("split", "codes"),
    [
        ({"by": "time", "test": "5d", "gap": "2d"}, []),
        ({"by": "time", "test": "5d", "gap": "47h"}, ["MLC450"]),
        ({"by": "time", "test": "5d", "gap": "3d", "validation": "2d", "folds": 3}, ["MLC550"]),
        ({"by": "time", "test": "5d", "validation": "2d", "folds": 3}, ["MLC550"]),
        ({"by": "time", "test": "5d", "validation": "1d", "folds": 3}, []),
        ({"by": "time", "test": "5d", "folds": 3}, ["MLC550"]),
        ({"by": "random", "test": "20%", "validation": "20%", "folds": 4}, ["MLC452"]),
        ({"by": "random", "test": "20%", "validation": "80%"}, ["MLC452", "MLC550"]),
        ({"by": "random", "test": "0%"}, ["MLC452", "MLC550"]),
        ({"by": "case when customer > 3 then 'train' end"}, []),
        ({"by": "case when customer > 3 then 'test' end"}, ["MLC550"]),
        ({"by": "case when customer > 3 then 'train' else 'valid' end"}, ["MLC551"]),
        ({"by": "country"}, []),
    ],
)
def test_split(tmp_path: Path, split: Any, codes: list[str]) -> None:
    at = {"every": "12h", "from": "2024-01-01", "until": "2024-01-10"}
    label = outcome("0d..2d", source="customers")
    examples = {"e": {"from": "customers", "at": at, "label": label, "split": split}}
    _, found = program(tmp_path, sources=WORLD, examples=examples)
    assert sorted(code for code, _ in found) == codes


def known(source: Source) -> dict[str, set[str]]:
    columns = {name: {time.text for time in times} for name, times in source.known.items()}
    return {"*": {time.text for time in source.row_known}, **columns}


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        (
            "select placed, amount, returned from orders",
            {
                "*": {"$known.*"},
                "placed": {"$known.*"},
                "amount": {"$known.*"},
                "returned": {"$known.*", "returned"},
            },
        ),
        (
            "select loaded, amount * 2 as twice from orders",
            {"*": {"loaded"}, "loaded": {"loaded"}, "twice": {"loaded"}},
        ),
        (
            "select hour as h, temp from weather",
            {"*": {"h + interval 1 hour"}, "h": {"h + interval 1 hour"}, "temp": {"h + interval 1 hour"}},
        ),
        (
            "select loaded from orders where returned > placed",
            {"*": {"$known.*"}, "loaded": {"$known.*"}},
        ),
        (
            "select loaded, returned from orders where returned > placed",
            {"*": {"loaded", "returned"}, "loaded": {"loaded", "returned"}, "returned": {"loaded", "returned"}},
        ),
        (
            "select loaded, amount, since from orders join customers using (customer)",
            {
                "*": {"loaded", "since"},
                "loaded": {"loaded", "since"},
                "amount": {"loaded", "since"},
                "since": {"loaded", "since"},
            },
        ),
        (
            "select a.loaded, b.loaded as second from orders a join orders b on a.customer = b.customer",
            {"*": {"loaded", "second"}, "loaded": {"loaded", "second"}, "second": {"loaded", "second"}},
        ),
        (
            "select loaded as time from orders union all select since from customers",
            {"*": {"time"}, "time": {"time"}},
        ),
        (
            "select loaded as time from orders union all select start from trips",
            {"*": {"$known.*"}, "time": {"$known.*"}},
        ),
        (
            "select day, sold from sales",
            {"*": {"((day) + 1)::timestamp"}, "day": {"((day) + 1)::timestamp"}} | {"sold": {"((day) + 1)::timestamp"}},
        ),
        ("select day as d from sales", {"*": {"(d + 1)::timestamp"}, "d": {"(d + 1)::timestamp"}}),
        ("select seats, count(*) as planes from planes group by seats", {"*": set(), "seats": set(), "planes": set()}),
    ],
)
def test_known_times_follow_through_sql(tmp_path: Path, sql: str, expected: dict[str, set[str]]) -> None:
    facts, found = program(tmp_path, sources={**WORLD, "derived": {"sql": sql}})
    assert found == []
    assert known(facts.sources["derived"]) == expected


def test_what_the_author_states_goes_before_what_follows(tmp_path: Path) -> None:
    sql = "select loaded, amount, returned from orders"
    facts, found = program(tmp_path, sources={**WORLD, "d": {"sql": sql, "known": {"amount": "returned"}}})
    assert found == []
    assert facts.sources["d"].asserted
    assert known(facts.sources["d"]) == {
        "*": {"loaded"},
        "loaded": {"loaded"},
        "amount": {"returned"},
        "returned": {"loaded", "returned"},
    }


def test_one_cause_gives_one_finding(tmp_path: Path) -> None:
    examples = {"e": {"from": "orders", "at": "plcaed", "label": "amount", "split": {"by": "time", "test": "5d"}}}
    features = {"own": {"columns": ["amount"]}, "past": {"from": "orders", "window": "7d", "columns": ["amount"]}}
    training = {"t": {"examples": "e", "features": ["own", "past"], "model": "a.b:C"}}
    _, found = program(tmp_path, sources=WORLD, features=features, examples=examples, training=training)
    assert [code for code, _ in found] == ["MLC307"]


MADE = {
    "use": "tables.made:load",
    "inputs": {"orders": "orders"},
    "columns": {"n": "int", "day": "date"},
    "time": "day",
}


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({}, ["MLC440"]),
        ({"known": "day + 7"}, []),
        ({"inputs": {"planes": "planes"}}, []),
        ({"inputs": {}}, []),
    ],
)
def test_the_table_of_a_function_states_when_it_is_known(tmp_path: Path, more: Any, codes: list[str]) -> None:
    _, found = program(tmp_path, sources={**WORLD, "made": {**MADE, **more}})
    assert [code for code, _ in found] == codes


@pytest.mark.parametrize(
    ("sql", "columns", "leaks"),
    [
        ("select island, avg(mass) as mass from penguins group by island", "mass", False),
        ("select island, avg(mass) as mass from penguins group by island, species", "mass", True),
        ("select island, count(*) as mass from penguins where species = 'a' group by island", "mass", True),
        ("select distinct island, mass from penguins", "mass", False),
        ("select distinct island, mass, species from penguins", "mass", True),
        ("select island, mass, species from penguins", "mass", False),
        ("select island, upper(species) as kind from penguins", "kind", True),
        ("select p.island, q.mass from penguins p join penguins q on p.species = q.species", "mass", True),
        ("select island, rank() over (partition by species order by mass) as place from penguins", "place", True),
        ("with some as (select * from penguins where species = 'a') select island, mass from some", "mass", True),
    ],
)
def test_the_label_of_a_table_without_time_is_traced(tmp_path: Path, sql: str, columns: str, leaks: bool) -> None:
    _, found = program(
        tmp_path,
        sources={**WORLD, "derived": {"sql": sql}},
        features={"home": {"from": "derived", "join": ["island"], "columns": {"x": f"max({columns})"}}},
        examples={"e": {"from": "penguins", "label": "species", "split": {"by": "random", "test": "20%"}}},
        training={"t": {"examples": "e", "features": ["home"], "model": "a.b:C"}},
    )
    assert [code for code, _ in found] == (["MLC423"] if leaks else [])


def test_regular_moments_of_an_entity_that_is_known_later(tmp_path: Path) -> None:
    spine = {"every": "1d", "from": "2024-01-01", "by": ["gate"]}
    label = {"from": "flights", "window": "0d..1d", "value": "count(*)"}
    _, found = program(tmp_path, sources=WORLD, examples={"e": {"from": "flights", "at": spine, "label": label}})
    assert [code for code, _ in found] == ["MLC412"]


def test_many_derived_sources_take_bounded_time(tmp_path: Path) -> None:
    chain = {"d0": {"sql": "select * from trips", "key": ["trip"], "time": "start"}}
    for step in range(1, 60):
        sql = f"select a.* from d{step - 1} a join d{step - 1} b on a.trip = b.trip"
        chain[f"d{step}"] = {"sql": sql, "key": ["trip"], "time": "start"}
    facts, found = program(tmp_path, sources={**WORLD, **chain}, examples={"e": {"from": "d59", "label": "fare"}})
    assert [code for code, _ in found] == ["MLC411"]
    assert facts.examples["e"].horizon is None


def test_the_rows_carry_the_known_time_of_their_label(tmp_path: Path) -> None:
    sql = "select trip, start, booked, fare > 10 as dear from trips"
    facts, found = program(
        tmp_path,
        sources={**WORLD, "dear": {"sql": sql, "key": ["trip"], "time": "start"}},
        features={"own": {"columns": ["trip"]}},
        examples={"e": {"from": "dear", "label": "dear", "split": {"by": "time", "test": "5d"}}},
        training={"t": {"examples": "e", "features": ["own"], "model": "a.b:C"}},
    )
    assert found == []
    assert [time.text for time in facts.examples["e"].label_known] == ["$known.dear"]
    (rows,) = (step for step in build(facts).steps if step.name == "examples.e.rows")
    assert {"name": "$known.dear", "type": "timestamp"} in rows.params["columns"]
