"""A call of an aggregate function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Aggregate:
    """One call of an aggregate function.

    Attributes:
        name: the column that holds its values.
        function: DuckDB's name of the function.
        args: SQL expressions.
        filter: SQL condition on the rows, or None.
        distinct: whether equal arguments count once.
        order: pairs of an SQL expression and `asc` or `desc`.
    """

    name: str
    function: str
    args: tuple[str, ...]
    filter: str | None
    distinct: bool
    order: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, params: Mapping[str, Any]) -> Aggregate:
        """From the plan's params."""
        args = tuple(arg for arg in params["args"] if arg != "*")
        order = tuple((sql, direction) for sql, direction in params.get("order") or ())
        function = params["function"].lower()
        return cls(params["as"], function, args, params.get("filter"), bool(params.get("distinct")), order)

    @property
    def expressions(self) -> tuple[str, ...]:
        """All SQL that is evaluated for each row."""
        return (*self.args, *(sql for sql, _ in self.order), *([self.filter] if self.filter else []))
