"""Calls as parameters of a step, and the user code that they reach."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mlc_compiler.graph.step import literal, parameter
from mlc_compiler.spec.call import Call, is_parameter


def call_params(call: Call) -> dict[str, Any]:
    """A call as plain data."""
    return {"use": call.use, "with": arguments(call.with_)}


def arguments(given: Mapping[str, Any]) -> dict[str, Any]:
    """Arguments as they are, but for `$name`: a hole for the run's parameter."""
    return {name: _argument(value) for name, value in given.items()}


def metric_params(metrics: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Metrics as plain data: known ones by their name alone, functions as calls."""
    return [{**metric, "with": arguments(metric["with"])} if "with" in metric else dict(metric) for metric in metrics]


def modules(*calls: Call) -> tuple[str, ...]:
    """The modules that some calls name, without repetition."""
    return tuple(dict.fromkeys(module_of(call.use) for call in calls))


def module_of(use: str) -> str:
    """The module that `package.module:name` or `package.module.name` names."""
    return use.partition(":")[0] if ":" in use else use.rpartition(".")[0]


def _argument(value: Any) -> Any:
    return parameter(value[1:]) if is_parameter(value) else literal(value)
