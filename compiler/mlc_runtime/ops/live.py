"""Judge the live model on the rows of the candidate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime import registry
from mlc_runtime.context import Context
from mlc_runtime.data.rows import FOLD, TEST
from mlc_runtime.learn.columns import FOLD as FOLD_FIELD
from mlc_runtime.learn.complaints import warnings_to
from mlc_runtime.learn.report import by_key, make_report
from mlc_runtime.learn.values import keys


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The `report`, as `report` makes it, of the same rows as the candidate's; None where no model is live.

    Validation scores are of the live model as it answers. It may have been fitted on these rows, where its training
    rows reach into them; test rows are the fairer comparison.

    Params: `name`; `version`, what was live when the run started: `{"version", "key"}` or null; `task`, `metrics`,
    `fields`; `parts`, of `test` and `validation`. Input: `rows`, all rows of the candidate's examples.
    """
    if params["version"] is None:
        return {"report": None}
    version = registry.find(context.store, params["name"], str(params["version"]["version"]))
    rows = inputs["rows"]
    with warnings_to(context.log):
        predict = registry.load(context.store, version).predict
        test = predict(rows.filter(rows[TEST]))
        validation = list(_validation(rows, params["fields"], predict)) if "validation" in params["parts"] else []
        return {"report": make_report(params, test, validation, rows, context.root)}


def _validation(
    rows: pa.Table, fields: list[str], predict: Callable[[pa.Table], pa.Table]
) -> Iterator[tuple[Mapping[str, Any], pa.Table]]:
    """Predictions of the validation rows, by fold and value of `each`."""
    for column in (name for name in rows.column_names if name.startswith(FOLD)):
        part = rows.filter(pc.fill_null(pc.equal(rows[column], "validation"), False))
        if part.num_rows:
            fold = {FOLD_FIELD: int(column.removeprefix(FOLD))}
            for key, table in by_key(predict(part), keys(part, fields)).items():
                yield fold | dict(zip(fields, key, strict=True)), table
