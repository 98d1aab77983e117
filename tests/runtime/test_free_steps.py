"""Steps that are anything: functions, containers, people."""

import datetime as dt
import stat
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from mlc_runtime.context import Context
from mlc_runtime.data.plain import plain
from mlc_runtime.errors import InfrastructureError, StepError
from mlc_runtime.keys import static_key
from mlc_runtime.ops import approve, container, python
from mlc_runtime.plan import PlanStep, Policy
from mlc_runtime.step.inputs import arguments
from mlc_runtime.step.outputs import outputs
from mlc_runtime.store.memory import MemoryStore

TABLE = pa.table(
    {"$row": [0, 1, 2], "country": ["a", "b", "a"], "$known.x": [1, 1, 1], "x": [1, 2, 3], "$label": [0, 1, 0]}
)


@pytest.fixture
def context(tmp_path: Path) -> Context:
    (tmp_path / "work").mkdir()
    return Context({}, "UTC", 0, tmp_path, tmp_path / "work", MemoryStore(), "r1", step="ask")


@pytest.mark.parametrize(
    ("type_", "value", "expected"),
    [
        ("int", 3, 3),
        ("int", np.int64(3), 3),
        ("float", 3, 3.0),
        ("float", np.float32(0.5), 0.5),
        ("bool", np.True_, True),
        ("string", "é", "é"),
        ("float", float("inf"), float("inf")),
    ],
)
def test_outputs_become_plain_values(type_: str, value: Any, expected: Any, tmp_path: Path) -> None:
    for returned in (value, {"a": value}):
        (found,) = outputs({"a": type_}, returned, "f", tmp_path).values()
        assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("declared", "returned"),
    [
        ({"a": "int"}, 3.0),
        ({"a": "int"}, True),
        ({"a": "int"}, np.array([1, 2])),
        ({"a": "float"}, float("nan")),
        ({"a": "float"}, "1"),
        ({"a": "bool"}, 1),
        ({"a": "string"}, None),
        ({"a": "file"}, "nowhere.txt"),
        ({"a": "int", "b": "int"}, 1),
        ({"a": "int", "b": "int"}, {"a": 1}),
        ({"a": "int", "b": "int"}, {"a": 1, "b": 2, "c": 3}),
        ({"a": "int"}, {"b": 1}),
    ],
)
def test_outputs_of_other_types_are_refused(declared: dict[str, str], returned: Any, tmp_path: Path) -> None:
    with pytest.raises(StepError) as caught:
        outputs(declared, returned, "steps:f", tmp_path)
    assert caught.value.code == "MLC972"


def test_a_function_sees_data_frames_of_its_own_value_and_no_hidden_columns(context: Context) -> None:
    (context.root / "free_f.py").write_text(
        "def f(rows, k, token, context):\n"
        "    path = context.workdir / 'out.txt'\n"
        "    path.write_text(','.join(rows.columns))\n"
        "    return {'total': rows.x.sum() * k, 'names': 'out.txt', 'token': token}\n"
    )
    params = {
        "use": "free_f:f",
        "with": {"k": 2},
        "outputs": {"total": "int", "names": "file", "token": "string"},
        "each": {"input": "rows", "column": "country", "value": "a"},
        "locate": {"secrets": {"token": "crm"}},
    }
    given = {"rows": TABLE, "after.other": None}
    with pytest.raises(StepError, match="no secret"):
        python.run(given, params, context)
    known = replace(context, environment={"secrets": {"crm": {"env": "FREE_STEP_TOKEN"}}})
    with pytest.raises(StepError, match="not set"):
        python.run(given, params, known)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FREE_STEP_TOKEN", "s3cret")
        found = python.run(given, params, known)
    assert found["total"] == 8
    assert found["names"].read_text() == "country,x,label"
    assert found["token"] == "s3cret"


@pytest.mark.parametrize(
    "value", [dt.date(2024, 1, 1), dt.datetime(2024, 1, 1, 12, tzinfo=dt.UTC), Decimal("1.50"), 3, True]
)
def test_each_value_finds_its_rows_whatever_its_type(value: Any) -> None:
    table = pa.table({"k": [value, None]})
    each = {"input": "rows", "column": "k", "value": plain(value)}
    assert arguments({"rows": table}, {"each": each})["rows"].num_rows == 1


def test_a_column_of_the_user_s_keeps_its_name() -> None:
    table = pa.table({"at": [1], "$at": [2]})
    assert arguments({"rows": table}, {})["rows"].column_names == ["at", "$at"]


def test_what_is_collected_is_keyed_by_its_value() -> None:
    collected = [({"country": "a"}, 1), ({"country": "b"}, 2)]
    assert arguments({"psi": collected, "go": [({}, 5)], "not": [], "plain": [1, 2]}, {}) == {
        "psi": {"a": 1, "b": 2},
        "go": 5,
        "not": None,
        "plain": [1, 2],
    }


ENGINE = """#!/bin/sh
# A container engine that runs the command here, with the volumes where they are.
if [ "$1" = info ]; then exit {info}; fi
while [ "$1" != image ]; do
  case "$1" in
    --volume) case "$2" in *:/mlc/in:ro) MLC_IN="${{2%:/mlc/in:ro}}" ;; *) MLC_OUT="${{2%:/mlc/out}}" ;; esac ;;
  esac
  shift
done
shift
export MLC_IN MLC_OUT
exec "$@"
"""


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def install(info: int = 0) -> None:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        (folder / "docker").write_text(ENGINE.format(info=info))
        (folder / "docker").chmod(stat.S_IRWXU)
        monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    return install


def call(context: Context, script: str, outputs: dict[str, str], **more: Any) -> Any:
    params = {"image": "image", "command": ["sh", "-c", script], "outputs": outputs, **more}
    return container.run({"rows": TABLE, "psi": {"a": 1}}, params, context)


def test_a_container_finds_files_and_leaves_files(context: Context, engine: Any) -> None:
    engine()
    script = (
        "ls $MLC_IN | tr '\\n' ' ' > $MLC_OUT/names; cat $MLC_IN/psi.json > $MLC_OUT/copy.json;"
        " cat $MLC_IN/k.json > $MLC_OUT/k; echo done"
    )
    lines: list[str] = []
    logged = replace(context, log=lines.append)
    found = call(logged, script, {"names": "string", "copy": "file", "k": "int"}, **{"with": {"k": 3}})
    assert found["names"] == "k.json psi.json rows.parquet "
    assert (found["copy"].suffix, found["copy"].read_text()) == (".json", '{"a": 1}')
    assert found["k"] == 3
    assert lines == ["done\n"]


@pytest.mark.parametrize(
    ("script", "error", "code"),
    [
        ("echo no >&2; exit 3", StepError, "MLC975"),
        ("exit 125", InfrastructureError, "MLC974"),
        ("true", StepError, "MLC972"),
        ("echo much > $MLC_OUT/k", StepError, "MLC972"),
    ],
)
def test_a_container_that_fails(context: Context, engine: Any, script: str, error: type[StepError], code: str) -> None:
    engine()
    with pytest.raises(error) as caught:
        call(context, script, {"k": "int"})
    assert caught.value.code == code


def test_a_container_that_fails_is_tried_again(bench: Any, engine: Any, tmp_path: Path) -> None:
    engine()
    script = (
        f"echo . >> {tmp_path}/tries; if [ $(wc -l < {tmp_path}/tries) -lt 3 ]; then exit 3; fi; echo 1 > $MLC_OUT/k"
    )
    params = {"image": "image", "command": ["sh", "-c", script], "outputs": {"k": "int"}}
    step = PlanStep("c", "container", static_key("c", 1), params, outputs={"k": "value"}, policy=Policy(retry=2))
    outcome = bench.finish(bench.open([step]))["c", "{}"]
    assert (outcome.status, outcome.record.attempts) == ("done", 3)


def test_without_an_engine_a_container_is_refused(context: Context, engine: Any) -> None:
    engine(info=1)
    with pytest.raises(InfrastructureError, match="no container engine"):
        call(context, "true", {})


def test_a_person_is_waited_for_and_heard_once(context: Context) -> None:
    params = {"message": "Go live?"}
    with pytest.raises(InfrastructureError, match="Go live"):
        approve.run({}, params, context)
    assert approve.decide(context.store, "r1", "ask", approved=True, who="ann", when="2024-01-01")
    assert not approve.decide(context.store, "r1", "ask", approved=False, who="bob", when="2024-01-02")
    assert approve.run({}, params, context) == {}
    approve.decide(context.store, "r2", "ask", approved=False, who="bob", when="2024-01-02")
    with pytest.raises(StepError, match="not approved by bob"):
        approve.run({}, params, replace(context, run="r2"))
