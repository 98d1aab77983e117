"""Typed expressions as the SQL that the runtime evaluates, with the run's parameters that they read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlc_compiler.check.facts import Known, Typed
from mlc_compiler.expression.render import render
from mlc_compiler.graph.step import parameter


def sql(typed: Typed | None) -> str | None:
    """An expression as DuckDB SQL over quoted columns, or None."""
    return None if typed is None else render(typed.expression)


def known_sql(known: Known) -> list[str]:
    """The expressions whose greatest value is a known time."""
    return [render(expression) for expression in known]


def parameters(typed: Iterable[Typed | None]) -> Mapping[str, Any]:
    """The run's parameters that some expressions read: part of the key, since they change the result."""
    names = {name for item in typed if item is not None for name in item.expression.variables}
    return {name: parameter(name) for name in sorted(names - {"at"})}
