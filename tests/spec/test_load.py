"""What is wrong is reported once, at its place, and the rest is loaded."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_compiler.spec.load import load_environment, load_spec

SOURCE: dict[str, Any] = {"read": "a.parquet", "columns": {"a": "int"}, "static": True}
TRAINING: dict[str, Any] = {"examples": "e", "features": ["f"], "model": "a.b:C"}


def findings(document: type, **sections: object) -> list[tuple[str, str, str]]:
    loaded = load_spec(document({"mlc": 1, "name": "p", **sections}))
    return [(d.code, ".".join(map(str, d.place.path)), d.message) for d in loaded.diagnostics]


def test_files_without_mistakes_are_silent(ok_file: str, read_ok: Any, document: type) -> None:
    load = load_environment if ".environment" in ok_file else load_spec
    assert load(document(read_ok(ok_file))).diagnostics == ()


def test_yaml_and_toml_say_the_same(read_ok: Any, document: type) -> None:
    toml, yaml = (load_spec(document(read_ok(f"deliveries.{end}"))).spec for end in ("toml", "yaml"))
    sections = set(type(yaml).model_fields)
    for section in sections - {"training"}:
        assert getattr(toml, section) == getattr(yaml, section)
    assert list(toml.training) == list(yaml.training)
    for name, training in yaml.training.items():
        other = toml.training[name]
        # TOML has the dotted key `gaps.strategy` as a table within a table.
        assert other.model_copy(update={"grid": None}) == training.model_copy(update={"grid": None})
        assert [[p[:3] for p in grid] for grid in other.grids()] == [[p[:3] for p in grid] for grid in training.grids()]


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        ({"sources": {"s": {**SOURCE, "raed": 1}}}, ("MLC101", "sources.s.raed", "unknown key `raed`")),
        (
            {"sources": {"s": {"raed": "a.csv", "columns": {"a": "int"}}}},
            ("MLC101", "sources.s.raed", "unknown key `raed`"),
        ),
        (
            {"training": {"t": {"examples": "e", "features": ["f"]}}},
            ("MLC102", "training.t.model", "`model` is missing"),
        ),
        (
            {"sources": {"s": {"columns": {"a": "int"}}}},
            ("MLC102", "sources.s.read", "one of `read`, `sql` or `use` is missing"),
        ),
        (
            {"sources": {"s": {"read": "a.csv"}}},
            ("MLC102", "sources.s.columns", "`columns` is missing, which `read` needs"),
        ),
        ({"serving": {"s": {"model": "t"}}}, ("MLC102", "serving.s.mode", "`mode` is missing")),
        ({"seed": "x"}, ("MLC103", "seed", "expected a whole number, found the text `x`")),
        ({"seed": True}, ("MLC103", "seed", "expected a whole number, found `true`")),
        ({"sources": [1]}, ("MLC103", "sources", "expected a mapping, found a list")),
        (
            {"training": {"t": {**TRAINING, "features": "f"}}},
            ("MLC103", "training.t.features", "expected a list, found the text `f`"),
        ),
        (
            {"features": {"g": {"from": "s", "columns": ["a"], "window": 14}}},
            ("MLC103", "features.g.window", "expected a window, found the number `14`"),
        ),
        (
            {"sources": {"s": {**SOURCE, "sql": "select 1"}}},
            ("MLC104", "sources.s.sql", "`read` and `sql` exclude each other"),
        ),
        (
            {"features": {"g": {"columns": ["a"], "window": "1d"}}},
            ("MLC104", "features.g.window", "`window` needs `from`"),
        ),
        (
            {"steps": {"s": {"approve": {"message": "?"}, "with": {"a": 1}}}},
            ("MLC104", "steps.s.with", "`with` does not go with `approve`"),
        ),
        ({"sources": {"S": SOURCE}}, ("MLC105", "sources.S", "`S` is no name")),
        ({"name": "My Pipeline"}, ("MLC105", "name", "`My Pipeline` is no pipeline's name")),
        (
            {"features": {"g": {"from": "s", "columns": ["a"], "window": "3 days"}}},
            ("MLC106", "features.g.window", "`3 days` is not a window"),
        ),
        ({"steps": {"s": {"use": "a:b", "timeout": "0h"}}}, ("MLC106", "steps.s.timeout", "`0h` is no time at all")),
        ({"schedule": "0 25 * * *"}, ("MLC107", "schedule", "`0 25 * * *` is no cron line")),
        ({"timezone": "Europe/Zurick"}, ("MLC108", "timezone", "there is no time zone `Europe/Zurick`")),
        ({"mlc": 2}, ("MLC109", "mlc", "version 2 of the language is not supported")),
        (
            {"serving": {"s": {"model": "t", "mode": "onlin"}}},
            ("MLC110", "serving.s.mode", "`mode` is `online` or `batch`, found the text `onlin`"),
        ),
        (
            {"training": {"t": {**TRAINING, "min_rows": 0}}},
            ("MLC110", "training.t.min_rows", "expected a number at least 1, found the number `0`"),
        ),
        (
            {"training": {"t": {**TRAINING, "calibrate": "isotone"}}},
            ("MLC110", "training.t.calibrate", "expected `sigmoid` or `isotonic`, found the text `isotone`"),
        ),
        (
            {"examples": {"e": {"from": "s", "split": {"by": "random", "test": "120%"}}}},
            ("MLC111", "examples.e.split.test", "expected a share, found the text `120%`"),
        ),
        (
            {"sources": {"s": {**SOURCE, "columns": {"a": "integer", "b": "int"}}}},
            ("MLC112", "sources.s.columns.a", "`integer` is not a column type"),
        ),
        (
            {"parameters": {"p": {"type": "int", "default": 1.5}}},
            ("MLC114", "parameters.p.default", "`default` is no int"),
        ),
        ({"sources": {"s": {**SOURCE, "time": None}}}, ("MLC115", "sources.s.time", "`time` has no value")),
        (
            {"examples": {"e": {"from": "s", "at": {"every": "7d", "from": "yesterday"}}}},
            ("MLC116", "examples.e.at.from", "`yesterday` is no date"),
        ),
        (
            {"training": {"t": {**TRAINING, "model": "LGBM"}}},
            ("MLC117", "training.t.model", "`LGBM` is no path to a Python object"),
        ),
        (
            {"training": {"t": {**TRAINING, "resources": {"memory": "4GB"}}}},
            ("MLC118", "training.t.resources.memory", "expected an amount of memory, found the text `4GB`"),
        ),
    ],
)
def test_one_mistake_is_one_finding(document: type, sections: dict[str, Any], expected: tuple[str, str, str]) -> None:
    assert findings(document, **sections) == [expected]


def test_shares_of_arms(document: type) -> None:
    experiment = {
        "service": "s",
        "unit": "u",
        "arms": {"a": {"share": "60%"}, "b": {"share": "50%"}},
        "outcome": {"metric": "brier", "better": "lower"},
        "detect": "1%",
    }
    assert findings(document, experiments={"x": experiment}) == [
        ("MLC113", "experiments.x.arms", "the arms' shares add up to 110%")
    ]


def test_all_mistakes_are_reported_and_the_rest_is_loaded(document: type) -> None:
    data = {
        "mlc": 1,
        "name": "p",
        "sources": {"good": SOURCE, "bad": {**SOURCE, "columns": {"a": "int", "b": "itn"}}, "worse": 3},
        "training": {"t": {**TRAINING, "refit": "yes", "timeout": "soon"}},
    }
    loaded = load_spec(document(data))
    assert [d.code for d in loaded.diagnostics] == ["MLC112", "MLC103", "MLC103", "MLC106"]
    assert list(loaded.spec.sources) == ["good", "bad"]
    assert list(loaded.spec.sources["bad"].columns) == ["a"]
    assert loaded.spec.training["t"].refit is None
    assert loaded.broken == {
        ("sources", "bad", "columns", "b"),
        ("sources", "worse"),
        ("training", "t", "refit"),
        ("training", "t", "timeout"),
    }
    assert loaded.is_broken("sources", "worse")
    assert loaded.is_broken("sources", "bad", "columns")
    assert not loaded.is_broken("sources", "good")


def test_the_document_is_left_as_it_is(document: type) -> None:
    data = {"mlc": 1, "name": "p", "foo": 1, "sources": {"s": {**SOURCE, "x": 1}}}
    before = copy.deepcopy(data)
    load_spec(document(data))
    assert data == before


def test_a_cut_list_is_cut_as_a_whole_so_that_positions_stay_true(document: type) -> None:
    loaded = load_spec(document({"mlc": 1, "name": "p", "features": {"g": {"columns": ["a", 3, "b"]}}}))
    assert [d.place.path for d in loaded.diagnostics] == [("features", "g", "columns", 1)]
    assert ("features", "g", "columns") in loaded.broken


def test_an_unknown_key_offers_a_fix_at_the_key(document: type) -> None:
    (found,) = load_spec(document({"mlc": 1, "name": "p", "timezoen": "UTC"})).diagnostics
    assert found.place.on == "key"
    assert found.fix is not None
    assert [(edit.place, edit.text) for edit in found.fix.edits] == [(found.place, "timezone")]


def test_a_place_in_a_long_form_is_the_bare_value_where_it_is_written_short(document: type) -> None:
    loaded = load_spec(document({"mlc": 1, "name": "p", "examples": {"e": {"from": "s", "label": "a > 1"}}}))
    assert loaded.place("examples", "e", "label", "value", inside=(0, 1)).path == ("examples", "e", "label")
    assert loaded.place("examples", "e", "split").path == ("examples", "e", "split")


def test_what_the_reader_refused_is_not_reported_again(document: type) -> None:
    assert load_spec(document(None)).diagnostics == ()


def test_keys_that_are_also_names_of_forms_are_found(document: type) -> None:
    columns = {"map": "int", "list": "nope", "MLC112": "int"}
    assert findings(document, sources={"map": {**SOURCE, "columns": columns}}) == [
        ("MLC112", "sources.map.columns.list", "`nope` is not a column type")
    ]


keys = st.sampled_from(
    ["mlc", "name", "sources", "features", "examples", "training", "serving", "steps", "read", "from", "columns", "use"]
) | st.text(max_size=4)
scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6) | st.sampled_from(["14d", "a:b"])
)
trees = st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4))


@settings(max_examples=60, deadline=None)
@given(data=st.dictionaries(keys, trees, max_size=5))
def test_no_data_makes_it_fail(document: type, data: dict[str, Any]) -> None:
    for load in (load_spec, load_environment):
        loaded = load(document(data))
        assert len({(d.code, d.place) for d in loaded.diagnostics}) == len(loaded.diagnostics)


def paths(data: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    parts = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(below for key, inner in parts for below in paths(inner, (*path, key)))]


def mutate(read_ok: Any, data: st.DataObject, value: Any, key: str, document: type) -> None:
    name = data.draw(st.sampled_from(["deliveries.yaml", "deliveries.environment.yaml"]))
    mutated = copy.deepcopy(read_ok(name))
    path = data.draw(st.sampled_from(paths(mutated)[1:]))
    holder = mutated
    for part in path[:-1]:
        holder = holder[part]
    change = data.draw(st.sampled_from(["replace", "remove", "rename"]))
    if change == "replace":
        holder[path[-1]] = value
    elif change == "remove":
        del holder[path[-1]]
    elif isinstance(holder, dict):
        holder[key] = holder.pop(path[-1])
    load = load_environment if ".environment" in name else load_spec
    loaded = load(document(mutated))
    assert all(d.message and d.code.startswith("MLC") for d in loaded.diagnostics)
    assert len({(d.code, d.place) for d in loaded.diagnostics}) == len(loaded.diagnostics)


@settings(max_examples=100, deadline=None)
@given(data=st.data(), value=trees, key=keys)
def test_no_mutation_of_a_spec_makes_it_fail(
    document: type, read_ok: Any, data: st.DataObject, value: Any, key: str
) -> None:
    mutate(read_ok, data, value, key, document)


@pytest.mark.deep
@settings(max_examples=5000, deadline=None)
@given(data=st.data(), value=trees, key=keys)
def test_no_mutation_of_many_makes_it_fail(
    document: type, read_ok: Any, data: st.DataObject, value: Any, key: str
) -> None:
    mutate(read_ok, data, value, key, document)
