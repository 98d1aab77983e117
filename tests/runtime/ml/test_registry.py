from __future__ import annotations

import sys
import types
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlc_runtime import registry
from mlc_runtime.errors import InvalidInputError, StepError
from mlc_runtime.ops import live, promote, register
from mlc_runtime.store.directory import DirectoryStore

ACT = {"who": "ada", "when": "2024-01-01T00:00:00+00:00"}


def add(store, key, name="late"):
    return registry.register(store, name, key, {"model": key}, **ACT, run="r1", metrics={}, origin={"spec": "h"})


def test_versions_count_from_1_and_one_key_is_one_version(store):
    assert [add(store, key).version for key in ("k1", "k2", "k1", "k3")] == [1, 2, 1, 3]
    assert [version.key for version in registry.versions(store, "late")] == ["k1", "k2", "k3"]
    assert registry.models(store) == ["late"]
    assert registry.find(store, "late", "2").origin == {"spec": "h"}


def test_the_candidate_is_the_version_registered_last_and_nothing_is_live(store):
    for key in ("k1", "k2", "k1"):
        add(store, key)
    assert registry.standing(store, "late", registry.CANDIDATE) == 1
    assert registry.live(store, "late") is None


def test_promotions_and_rollbacks_leave_their_trace(store):
    for key in ("k1", "k2", "k3"):
        add(store, key)
    for version in (1, 2, 2, 3):
        registry.promote(store, "late", version, **ACT)
    assert registry.rollback(store, "late", **ACT).version == 2
    assert registry.rollback(store, "late", **ACT).version == 1
    moves = [(move.action, move.version) for move in registry.moves(store, "late", registry.LIVE)]
    assert moves == [("promote", 1), ("promote", 2), ("promote", 3), ("rollback", 2), ("rollback", 1)]
    with pytest.raises(StepError) as error:
        registry.rollback(store, "late", **ACT)
    assert error.value.code == "MLC948"


@given(st.lists(st.integers(0, 3), max_size=12))
@settings(max_examples=60, deadline=None)
def test_rollback_undoes_the_promotion_in_force(new_store, actions):
    store = new_store()
    for key in ("k1", "k2", "k3"):
        add(store, key)
    stack: list[int] = []
    for action in actions:
        if action:
            registry.promote(store, "late", action, **ACT)
            stack += [action] if stack[-1:] != [action] else []
        elif len(stack) > 1:
            stack.pop()
            registry.rollback(store, "late", **ACT)
        assert registry.standing(store, "late", registry.LIVE) == (stack[-1] if stack else None)


@pytest.mark.parametrize(("name", "which"), [("nobody", "live"), ("late", "live"), ("late", "7"), ("late", "soon")])
def test_what_is_not_there_is_named(store, name, which):
    add(store, "k1")
    with pytest.raises(StepError, match=name) as error:
        registry.find(store, name, which)
    assert error.value.code == "MLC947"


def test_two_writers_get_two_numbers_and_one_key_one(store):
    """Another writer takes the number between looking and writing."""
    plain = store.put_new
    others = ["k2", "k1"]

    def put_new(name, data):
        if "/version/" in name and others:
            other = others.pop(0)
            store.put_new = plain
            add(store, other)
            store.put_new = put_new
        return plain(name, data)

    store.put_new = put_new
    assert add(store, "k1").version == 2
    assert [version.key for version in registry.versions(store, "late")] == ["k2", "k1"]


def test_a_model_is_loaded_only_while_its_bytes_are_those_that_were_noted(store, new_store):
    version = add(store, "k1")
    assert registry.load(store, version) == {"model": "k1"}
    (name,) = store.names("registry/late/model/")
    store.put(name, store.get(name) + b"\0")
    with pytest.raises(InvalidInputError, match="damaged"):
        registry.load(store, version)
    with pytest.raises(InvalidInputError, match="gone"):
        registry.load(new_store(), version)


def test_what_a_loss_of_power_left_torn_never_was(store):
    add(store, "k1")
    registry.promote(store, "late", 1, **ACT)
    store.put("registry/late/version/000002.json", b"")
    store.put("registry/late/alias/live/000002.json", b'{"vers')
    assert add(store, "k2").version == 3
    registry.promote(store, "late", 3, **ACT)
    assert registry.live(store, "late").version == 3
    assert registry.rollback(store, "late", **ACT).version == 1


def test_many_writers_on_a_folder(tmp_path):
    store = DirectoryStore(tmp_path)

    def write(i):
        version = add(store, f"k{i % 4}").version
        registry.promote(store, "late", version, **ACT)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(write, range(8)))
    found = registry.versions(store, "late")
    assert [version.version for version in found] == [1, 2, 3, 4]
    assert {version.key for version in found} == {"k0", "k1", "k2", "k3"}
    moves = registry.moves(store, "late", registry.LIVE)
    assert all(a.version != b.version for a, b in pairwise(moves))


def objects(store, part):
    return sorted(name for name in store.names("registry/") if f"/{part}/" in name)


def test_a_model_with_other_bytes_is_not_loaded(store):
    one, two = add(store, "k1"), add(store, "k2")
    names = objects(store, "model")
    data = [store.get(name) for name in names]
    store.put(names[0], data[0][:-1] + bytes([data[0][-1] ^ 1]))
    edited = next(version for version in (one, two) if names[0].endswith(version.digest))
    with pytest.raises(InvalidInputError, match="is damaged") as error:
        registry.load(store, edited)
    assert error.value.code == "MLC929"
    for name, other in zip(names, reversed(data), strict=True):
        store.put(name, other)
    for version in (one, two):
        with pytest.raises(InvalidInputError, match="is damaged"):
            registry.load(store, version)


def test_a_version_that_was_replaced_is_told(store):
    add(store, "k1")
    add(store, "k2")
    registry.register(store, "other", "k", {}, **ACT, run="r", metrics={}, origin={})
    first, second, other = objects(store, "version")
    kept = store.get(first)
    for wrong, message in (
        (store.get(second), "is `late` version 2"),
        (store.get(other), "is `other` version 1"),
        (b'{"name": "late"}', "is no version"),
        (b"[]", "is no version"),
    ):
        store.put(first, wrong)
        with pytest.raises(InvalidInputError, match=message) as error:
            registry.find(store, "late", "2")
        assert error.value.code == "MLC929"
    store.put(first, kept)
    assert registry.find(store, "late", "2").key == "k2"
    registry.promote(store, "late", 2, **ACT)
    store.put(next(name for name in objects(store, "alias") if "/late/alias/live/" in name), b'{"version": 1}')
    with pytest.raises(InvalidInputError, match="a move of an alias"):
        registry.live(store, "late")


class Truth:
    """Predicts true of everything."""

    def predict(self, table, keep=()):
        columns = {"$row": table["$row"], "$label": table["$label"]}
        return pa.table(columns | {"prediction": [0.75] * len(table), "decision": [True] * len(table)})


def registered(context, as_of=None, **inputs):
    report = {"test": {"metrics": {"brier": 0.1}}, "validation": None, "by": []}
    given = {"model": Truth(), "report": report} | inputs
    return register.run(given, {"name": "late", "as_of": as_of}, context)["entry"]


def promoted(context, entry, as_of=None, **inputs):
    return promote.run({"entry": entry} | inputs, {"name": "late", "as_of": as_of}, context)


def check(expect, ok, *, warn=False):
    results = [{"expect": expect, "ok": ok, "warn": warn, "failed": 0 if ok else 1}]
    return {"ok": ok or warn, "rows": 9, "results": results}


def test_a_bundle_is_registered_with_its_scores_once(context, store):
    assert [registered(context) for _ in range(2)] == [{"name": "late", "version": 1, "key": "k1"}] * 2
    assert registry.find(store, "late", "1").metrics == {"test": {"metrics": {"brier": 0.1}}, "validation": None}


def test_a_failed_check_lets_nothing_out_and_a_warning_does(context, store):
    warned = check("c > 0", ok=False, warn=True)
    with pytest.raises(StepError, match="`amount >= 0` of `orders`") as error:
        registered(context, **{"checks.orders": check("amount >= 0", ok=False), "checks.users": warned})
    assert (error.value.code, registry.models(store)) == ("MLC946", [])
    assert registered(context, **{"checks.users": warned})["version"] == 1


YES: dict[str, object] = {"passed": True, "text": "t.test.auc > 0.7", "values": {"t.test.auc": 0.8}}
NO: dict[str, object] = {"passed": False, "text": "t.test.auc > 0.7", "values": {"t.test.auc": 0.6}}


@pytest.mark.parametrize(("gate", "is_live"), [(None, True), (YES, True), (NO, False)])
def test_the_gate_decides_what_goes_live(context, gate, is_live):
    entry = registered(context)
    outputs = promoted(context, entry, **({} if gate is None else {"gate": gate}))
    assert outputs["entry"] == (entry | {"held": None} if is_live else None)
    assert isinstance(outputs["model"], Truth) == is_live


def test_what_was_live_stays_so_where_the_gate_refuses_or_nothing_was_trained(context):
    first = registered(context)
    promoted(context, first)
    second = registered(replace(context, keys={"model": "k2"}))
    assert promoted(context, second, gate=NO)["entry"]["version"] == 1
    assert promoted(context, [])["entry"]["version"] == 1
    assert promoted(context, [({}, second)])["entry"]["version"] == 2


def test_a_back_fill_goes_on_with_its_own_model_and_moves_nothing(context, store):
    january, march = 1_000, 3_000
    spring = registered(context, march)
    promoted(context, spring, march)
    winter = registered(replace(context, keys={"model": "k2"}), january)
    outputs = promoted(context, winter, january)
    assert outputs["entry"] == winter | {"held": "later"}
    assert promote.stands(outputs, {"name": "late", "as_of": january}, context)
    assert (registry.live(store, "late").version, registry.standing(store, "late", registry.CANDIDATE)) == (1, 1)
    assert registry.live(store, "late", january) is None, "nothing was live by then"
    refused = promoted(context, winter, january, gate=NO)
    assert refused["entry"] is None, "nor does the model of a later time serve the past"
    registry.promote(store, "late", 2, **ACT)
    assert registry.live(store, "late").version == 2, "a person may"
    assert not promote.stands(outputs, {"name": "late", "as_of": january}, context)
    assert promoted(context, spring, march)["entry"] == spring | {"held": None}


def test_what_is_live_by_a_time_is_what_was_promoted_of_data_until_then(context, store):
    for number, as_of in enumerate((1_000, 2_000, 3_000), 1):
        promoted(context, registered(replace(context, keys={"model": f"k{number}"}), as_of), as_of)
    found = [registry.live(store, "late", as_of) for as_of in (500, 1_000, 2_500, None)]
    assert [version and version.version for version in found] == [None, 1, 2, 3]


def test_the_live_model_is_judged_on_the_candidates_test_rows(context):
    entry = registered(context)
    rows = pa.table({"$row": range(4), "$label": [True, True, False, None], "$test": [False, True, True, True]})
    params = {"name": "late", "task": "binary", "metrics": [{"name": "accuracy"}], "fields": [], "parts": ["test"]}
    found = live.run({"rows": rows}, params | {"version": entry}, context)["report"]
    assert (found["test"]["metrics"], found["test"]["rows"]) == ({"accuracy": 0.5}, 2)
    assert live.run({"rows": rows}, params | {"version": None}, context) == {"report": None}


def test_a_model_of_code_that_is_gone_is_told(store, monkeypatch):
    module = types.ModuleType("gone_tomorrow")
    module.Model = type("Model", (), {"__module__": "gone_tomorrow"})
    monkeypatch.setitem(sys.modules, "gone_tomorrow", module)
    version = registry.register(store, "late", "k", module.Model(), **ACT, run="r", metrics={}, origin={})
    monkeypatch.delitem(sys.modules, "gone_tomorrow")
    with pytest.raises(InvalidInputError, match=r"cannot be read: ModuleNotFoundError: .*gone_tomorrow") as error:
        registry.load(store, version)
    assert error.value.code == "MLC929"
