"""Split examples into training, validation and test, for all trainings on them alike."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from mlc_runtime.context import Context
from mlc_runtime.data.parts import FOREVER, NEVER, Bools, Part, Parts, as_named, at_random, by_time, shares, spans
from mlc_runtime.data.plain import iso
from mlc_runtime.data.rows import AT, FOLD, LABEL, LABEL_KNOWN, PART, REFIT, ROW, TEST
from mlc_runtime.errors import StepError

_NAMES = ("train", "validation", "test")


def run(inputs: Mapping[str, pa.Table], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Give each labelled example its parts.

    Args:
        inputs: `rows`, as `label` makes them.
        params: {`by`: `time`, `as_of`, and `test`, `validation`, `folds`, `train`, `gap` as in `spans`}, or
            {`by`: `random`, `test`, `validation`, `folds` as in `at_random`, `group` or `key`: the columns that are
            hashed, else the row, `seed`}, or {`by`: `expression`}, which reads `$part`.
        context: the task's surroundings.

    Returns:
        `table`: `$row`; `$fold.0` and so on: `train`, `validation` or null; `$refit`, `$test`: bool. `report`:
        {`rows`, `unlabelled`, `outside`: labelled rows in no part, `folds`: [{`train`, `validation`}], `refit`,
        `test`}, each part {`rows`, `purged`, and by time `start`, `end`, `cut`}.

    Raises:
        StepError: `MLC917` where a part has no row, `MLC918` where `$part` is no part's name.
    """
    rows = inputs["rows"]
    labelled = rows[LABEL].is_valid().to_numpy()
    parts = _parts(rows, labelled, params)
    _refuse_empty(parts, params["by"], rows, labelled)
    report = _report(parts, labelled)
    context.log(
        f"{report['unlabelled']} of {report['rows']} examples have no label, {report['outside']} are in no part"
    )
    return {"table": _table(rows, parts), "report": report}


def _parts(rows: pa.Table, labelled: Bools, params: Mapping[str, Any]) -> Parts:
    if params["by"] == "time":
        laid = spans(**{name: params[name] for name in ("as_of", "test", "validation", "folds", "train", "gap")})
        return by_time(_micros(rows[AT]), _micros(rows[LABEL_KNOWN]), labelled, laid)
    if params["by"] == "random":
        columns = params.get("group") or params.get("key") or [ROW]
        drawn = shares(rows, columns, params["seed"])
        return at_random(drawn, labelled, params["test"], params["validation"], params["folds"])
    names = rows[PART].to_pylist()
    for row, name in zip(rows[ROW].to_pylist(), names, strict=True):
        if name is not None and name not in _NAMES:
            raise StepError(
                "MLC918",
                f"`split.by` of row {row} is `{name}`, which is no part",
                "It may be `train`, `validation`, `test` or null.",
            )
    return as_named(names, labelled)


def _micros(times: pa.ChunkedArray) -> Any:
    return times.cast(pa.int64()).fill_null(NEVER).to_numpy()


def _table(rows: pa.Table, parts: Parts) -> pa.Table:
    columns: dict[str, Any] = {ROW: rows[ROW]}
    for place, (train, validation) in enumerate(parts.folds):
        named = np.full(rows.num_rows, None, dtype=object)
        named[train.rows] = "train"
        if validation:
            named[validation.rows] = "validation"
        columns[f"{FOLD}{place}"] = pa.array(named, pa.string())
    columns[REFIT] = pa.array(parts.refit.rows)
    columns[TEST] = pa.array(parts.test.rows if parts.test else np.zeros(rows.num_rows, dtype=bool))
    return pa.table(columns)


def _report(parts: Parts, labelled: Bools) -> dict[str, Any]:
    inside = parts.refit.rows.copy()
    if parts.test:
        inside |= parts.test.rows
    for train, validation in parts.folds:
        inside |= train.rows
        if validation:
            inside |= validation.rows
    return {
        "rows": len(labelled),
        "unlabelled": int((~labelled).sum()),
        "outside": int((labelled & ~inside).sum()),
        "folds": [{"train": _size(train), "validation": _size(validation)} for train, validation in parts.folds],
        "refit": _size(parts.refit),
        "test": _size(parts.test),
    }


def _size(part: Part | None) -> dict[str, Any] | None:
    if part is None:
        return None
    size: dict[str, Any] = {"rows": int(part.rows.sum()), "purged": part.purged}
    if part.span:
        size["start"] = None if part.span.start == FOREVER else iso(part.span.start)
        size["end"], size["cut"] = iso(part.span.end), iso(part.span.cut)
    return size


def _refuse_empty(parts: Parts, by: str, rows: pa.Table, labelled: Bools) -> None:
    named: list[tuple[str, Part | None]] = []
    for fold, (train, validation) in enumerate(parts.folds):
        of = f" of fold {fold}" if len(parts.folds) > 1 else ""
        named += [(f"training part{of}", train), (f"validation part{of}", validation)]
    named.append(("test part", parts.test))
    if by == "expression":
        named = named[:1]
    for name, part in named:
        if part is not None and not part.rows.any():
            raise StepError("MLC917", f"the {name} has no row: {_why(part, rows, labelled)}", _HELP[by])


_HELP = {
    "time": "Shorten the parts or the gap, or run with another `--as-of`.",
    "random": "Take larger shares, fewer folds, or a finer `group`.",
    "expression": "Some labelled row's `split.by` must be `train`.",
}


def _why(part: Part, rows: pa.Table, labelled: Bools) -> str:
    if not labelled.any():
        return f"none of the {len(labelled)} examples has a label"
    if part.span is None:
        return f"{int(labelled.sum())} labelled examples are too few"
    start = "" if part.span.start == FOREVER else f"after {iso(part.span.start)} and "
    if part.purged:
        return (
            f"the labels of its {part.purged} examples ({start}up to {iso(part.span.end)}) become known only after "
            f"its cut, {iso(part.span.cut)}"
        )
    at = _micros(rows[AT])[labelled]
    return (
        f"no labelled example lies {start}up to {iso(part.span.end)}; they go from {iso(int(at.min()))} to "
        f"{iso(int(at.max()))}"
    )
