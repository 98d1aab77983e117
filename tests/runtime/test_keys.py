import json
import math
import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_runtime.keys import MISSING, canonical, digest, identity, object_name, shallow_key, static_key, task_key

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)

BASE: dict[str, Any] = {
    "static": static_key("train", 1, "code"),
    "params": digest({"alpha": 0.1}),
    "facts": {"python": "3.11", "scikit-learn": "1.6.0"},
    "inputs": [("rows", "k1"), ("models", [({"g": 1}, "k2"), ({"g": 2}, "k3")])],
    "place": None,
}

CHANGES: dict[str, dict[str, Any]] = {
    "operation": {"static": static_key("evaluate", 1, "code")},
    "version of the operation": {"static": static_key("train", 2, "code")},
    "user code": {"static": static_key("train", 1, "other")},
    "parameter": {"params": digest({"alpha": 0.2})},
    "integer for a float": {"params": digest({"alpha": 1})},
    "float for an integer": {"params": digest({"alpha": 1.0})},
    "truth for an integer": {"params": digest({"alpha": True})},
    "text for an integer": {"params": digest({"alpha": "1"})},
    "library": {"facts": {"python": "3.11", "scikit-learn": "1.7.0"}},
    "python": {"facts": {"python": "3.12", "scikit-learn": "1.6.0"}},
    "port": {"inputs": [("table", "k1"), BASE["inputs"][1]]},
    "producer": {"inputs": [("rows", "k9"), BASE["inputs"][1]]},
    "missing producer": {"inputs": [("rows", MISSING), BASE["inputs"][1]]},
    "record": {"inputs": [BASE["inputs"][0], ("models", [({"g": 1}, "k2"), ({"g": 3}, "k3")])]},
    "lost element": {"inputs": [BASE["inputs"][0], ("models", [({"g": 1}, "k2"), ({"g": 2}, MISSING)])]},
    "dropped element": {"inputs": [BASE["inputs"][0], ("models", [({"g": 1}, "k2")])]},
    "what is forgiven": {"forgives": {"models": 0.5}},
    "all that is forgiven": {"forgives": {"models": 1.0}},
    "anything that is forgiven": {"forgives": {"models": True}},
    "order of elements": {"inputs": [BASE["inputs"][0], ("models", [({"g": 2}, "k3"), ({"g": 1}, "k2")])]},
    "place": {"place": ("publish", {})},
    "other place": {"place": ("publish", {"country": "CH"})},
}


def test_every_part_of_a_key_changes_it() -> None:
    keys = {name: task_key(**{**BASE, **change}) for name, change in CHANGES.items()}
    keys["nothing"] = task_key(**BASE)
    assert len(set(keys.values())) == len(keys)
    assert all(len(key) == 40 for key in keys.values())


def test_what_is_forgiven_is_in_no_key_without_a_loss() -> None:
    assert task_key(**BASE, forgives={}) == task_key(**BASE)


def test_the_order_of_ports_and_facts_does_not_matter() -> None:
    turned = {**BASE, "inputs": BASE["inputs"][::-1], "facts": dict(reversed(BASE["facts"].items()))}
    assert task_key(**turned) == task_key(**BASE)


def test_a_shallow_key_is_never_a_key() -> None:
    assert shallow_key(**BASE) != task_key(**BASE)


def test_keys_are_pinned() -> None:
    """A change here makes every store out there useless: raise the version of the plan with it."""
    assert task_key(**BASE) == "ee79cc1a458a9f541a1cf10ddf7e1491d93574c1"


@given(values, values)
def test_two_values_have_one_spelling_only_when_they_are_one(one: Any, other: Any) -> None:
    assert (canonical(one) == canonical(other)) == (identity(one) == identity(other))


@given(values)
def test_the_spelling_is_json_and_holds_the_value(value: Any) -> None:
    again = json.loads(canonical(value))
    assert canonical(again) == canonical(value)


def test_floats_are_told_apart() -> None:
    spellings = {canonical(v) for v in (0.0, -0.0, 0, math.nan, math.inf, -math.inf, 1e16, 10**16, True, 1, 1.0, "1")}
    assert len(spellings) == 12
    assert canonical(0.1 + 0.2) == b"0.30000000000000004"


def test_text_is_kept_as_it_is() -> None:
    assert canonical("\u00e9") != canonical("e\u0301")
    assert canonical({"é": 1}) == '{"é":1}'.encode()
    assert canonical("\ud800") != canonical("\ud801")


def test_key_order_of_objects_does_not_matter_and_tuples_are_lists() -> None:
    assert canonical({"b": (1, 2), "a": None}) == canonical({"a": None, "b": [1, 2]}) == b'{"a":null,"b":[1,2]}'


@pytest.mark.parametrize("value", [{1: "a"}, {"a": {None: 1}}, [object()], {1, 2}, b"bytes", [{True: 1}]])
def test_what_is_not_json_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_the_name_of_a_part_differs_from_the_whole_and_from_other_parts() -> None:
    assert object_name("k") == "k"
    assert len({object_name("k"), object_name("k", ["a"]), object_name("k", ["a", "b"]), object_name("k", [])}) == 4


def test_keys_and_spaces_need_no_data_libraries() -> None:
    code = "import sys, mlc_runtime.plan, mlc_runtime.space, mlc_runtime.keys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"numpy", "pandas", "pyarrow", "duckdb", "sklearn", "pydantic", "sqlglot"}
    assert heavy.isdisjoint(run.stdout.split())
