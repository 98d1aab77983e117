"""Decide a condition: whether what follows it is run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlc_runtime.context import Context, single
from mlc_runtime.learn.index import index
from mlc_runtime.sql import open_session


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """The axis `run` without fields, of one record or none, and the `reason`.

    SQL's three values do the work: what compares with a live model that is not there is unknown, and a condition that
    is unknown for that reason alone is true. So `a and b` still depends on `a` when only `b` asks for a live model.

    Params: `sql`, a boolean over the columns v0, v1 and so on; `values`, for each of those `[port]`, a step's output,
    or `[port, part, metric]` of a report; `names`, what the spec calls them; `text`, the condition as written; `live`,
    the ports of live models' reports, which may be None. What has a condition of its own is collected over that, and
    null where it is false. A null of any other input is never true.
    """
    found = [_find(single(inputs[port]), path) for port, *path in params["values"]]
    given = list(zip(params["names"], params["values"], found, strict=True))
    without_live = [name for name, (port, *_), value in given if value is None and port in params["live"]]
    undefined = [name for name, (port, *_), value in given if value is None and port not in params["live"]]
    verdict = _evaluate(params["sql"], found, context)
    passed = bool(verdict) or (verdict is None and bool(without_live) and not undefined)
    context.log(f"{params['text']}: {'yes' if passed else 'no'}")
    return {
        "run": index([], [{}] if passed else []),
        "reason": {
            "text": params["text"],
            "passed": passed,
            "values": {name: value for name, _, value in given},
            "without_live": without_live,
            "undefined": undefined,
        },
    }


def _find(value: Any, path: Sequence[str]) -> Any:
    """An output as it is, a metric of a report, or None where there is no report, part or value."""
    if not path:
        return value
    part, metric = path
    scores = None if value is None else value[part]
    return None if scores is None else scores["metrics"].get(metric)


def _evaluate(sql: str, values: Sequence[Any], context: Context) -> bool | None:
    import pyarrow as pa

    # A null needs the type that it would have; only metrics are ever without a value.
    row = {f"v{i}": pa.array([value], pa.float64() if value is None else None) for i, value in enumerate(values)}
    with open_session(context.parameters, context.timezone) as session:
        session.register("given", pa.table(row or {"none": [0]}))
        verdict: bool | None = session.query(f"SELECT ({sql})::BOOLEAN AS verdict FROM given")["verdict"][0].as_py()
    return verdict
