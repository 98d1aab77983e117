"""The part of its tables that a step makes, where nobody reads the rest."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from mlc_runtime.context import Context
from mlc_runtime.plan import PlanStep


def kept(names: Iterable[str], want: Collection[str] | None) -> list[str]:
    """The columns that are wanted of those that are there, in their order; our own, which begin with `$`, always are.

    >>> kept(["$row", "a", "b"], ["b"])
    ['$row', 'b']
    """
    return [name for name in names if want is None or name in want or name.startswith("$")]


def narrowed(outputs: Mapping[str, Any], step: PlanStep, context: Context) -> Mapping[str, Any]:
    """The outputs of a step's operation with the wanted rows and columns of its tables, in their order.

    Raises:
        StepError: `MLC920` where the condition fails on the data.
    """
    if step.part is None:
        return outputs
    return {
        port: _table(value, step, context) if hasattr(value, "column_names") else value
        for port, value in outputs.items()
    }


def _table(table: Any, step: PlanStep, context: Context) -> Any:
    from mlc_runtime.data.evaluate import evaluate

    if step.where is not None:
        table = table.filter(evaluate(table, {"wanted": step.where.sql}, context)["wanted"])
    return table.select(kept(table.column_names, step.want))
