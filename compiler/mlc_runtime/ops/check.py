"""Check a source. A report says what failed; whoever lets results out refuses to where it says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.context import Context
from mlc_runtime.data.evaluate import evaluate, query
from mlc_runtime.data.plain import iso, plain
from mlc_runtime.data.rows import ROW, numbered
from mlc_runtime.data.times import INSTANT
from mlc_runtime.sql import quoted

_SAMPLE = 5
_KEY = {"at_most": 0.0, "warn": False}


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Evaluate the checks of a source.

    Args:
        inputs: `table`, the source.
        params: `checks`, each {`expect`: as written, `sql`, `aggregate`, `at_most`: share, `warn`} or {`fresh`: most
            microseconds between the latest time and `as_of`, `warn`}; `key`: columns that must be unique and not null;
            `time`: column or None; `as_of`: microseconds since the epoch; `columns` [{`name`}]: those whose nulls are
            counted.
        context: the task's surroundings.

    Returns:
        `report`: {`ok`: no check failed that is more than a warning, `rows`, `results`: [{`expect`, `ok`, `failed`:
        rows, `share`: of all rows, `warn`, `sample`: the first of them}], `nulls`: by column}. As in SQL, null is not
        false: it fails no check.

    Raises:
        StepError: `MLC920` where a check cannot be evaluated on the data.
    """
    table = inputs["table"]
    key, counted = params["key"], [column["name"] for column in params["columns"]]
    results = [_check(table, key, check, params, context) for check in params["checks"]]
    if key:
        results = [*_key(table, key), *results]
    return {
        "report": {
            "ok": all(result["ok"] or result["warn"] for result in results),
            "rows": table.num_rows,
            "results": results,
            "nulls": {name: table[name].null_count for name in counted if table[name].null_count},
        }
    }


def _key(table: pa.Table, key: Sequence[str]) -> list[dict[str, Any]]:
    names = ", ".join(key)
    rows = numbered(table.select(key))
    whole = rows.drop_null()
    first = whole.group_by(key).aggregate([(ROW, "min")])[f"{ROW}_min"]
    repeated = whole[ROW].filter(pc.invert(pc.is_in(whole[ROW], first)))
    empty = rows[ROW].filter(pc.invert(pc.is_in(rows[ROW], whole[ROW])))
    return [
        _rows_that_fail(f"key ({names}) is not null", table, key, empty, _KEY),
        _rows_that_fail(f"key ({names}) is unique", table, key, repeated, _KEY),
    ]


def _check(
    table: pa.Table, key: Sequence[str], check: Mapping[str, Any], params: Mapping[str, Any], context: Context
) -> dict[str, Any]:
    if "fresh" in check:
        return _once("fresh", _is_fresh(table, check["fresh"], params, context), check)
    expect = check["expect"]
    if check["aggregate"]:
        answer = query(f"select ({check['sql']}) as holds from input", {"input": table}, context)
        return _once(expect, answer["holds"][0].as_py() is not False, check)
    holds = evaluate(table, {"holds": check["sql"]}, context)["holds"]
    # Combined, since older versions of Arrow crash on a column without chunks.
    broken = pc.fill_null(pc.invert(holds), False).combine_chunks()
    return _rows_that_fail(expect, table, key, pc.indices_nonzero(broken), check)


def _is_fresh(table: pa.Table, most: int, params: Mapping[str, Any], context: Context) -> bool:
    """A date stands for its whole day, so its end counts."""
    time = params["time"]
    end = " + interval 1 day" if pa.types.is_date(table.schema.field(time).type) else ""
    ends = evaluate(table, {"time": f"cast({quoted(time)}{end} as timestamptz)"}, context)["time"]
    latest = pc.max(ends.cast(INSTANT).cast(pa.int64())).as_py()
    if latest is None:
        context.log(f"no row of the source has a `{time}`")
        return False
    context.log(f"the latest `{time}` is {iso(latest)}")
    return bool(params["as_of"] - latest <= most)


def _once(expect: str, ok: bool, check: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "expect": expect,
        "ok": ok,
        "failed": 0 if ok else 1,
        "share": 0.0 if ok else 1.0,
        "warn": check["warn"],
        "sample": [],
    }


def _rows_that_fail(
    expect: str, table: pa.Table, key: Sequence[str], failed: pa.Array, check: Mapping[str, Any]
) -> dict[str, Any]:
    """A result about rows; the sample shows their keys, or where there is no key their positions."""
    share = len(failed) / table.num_rows if table.num_rows else 0.0
    shown = numbered(table).select(key or [ROW]).take(failed.slice(0, _SAMPLE)).to_pylist()
    return {
        "expect": expect,
        "ok": share <= check["at_most"],
        "failed": len(failed),
        "share": share,
        "warn": check["warn"],
        "sample": [{name: plain(value) for name, value in row.items()} for row in shown],
    }
