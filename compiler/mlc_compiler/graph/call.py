"""Calls as parameters of a step, and the user code that they reach."""

from __future__ import annotations

from typing import Any

from mlc_compiler.graph.step import parameter
from mlc_compiler.spec.call import Call


def call_params(call: Call) -> dict[str, Any]:
    """A call as plain data; an argument that is `$name` becomes a hole for the run's parameter."""
    return {"use": call.use, "with": {name: _argument(value) for name, value in call.with_.items()}}


def modules(*calls: Call) -> tuple[str, ...]:
    """The modules that some calls name, without repetition."""
    return tuple(dict.fromkeys(module_of(call.use) for call in calls))


def module_of(use: str) -> str:
    """The module that `package.module:name` or `package.module.name` names."""
    return use.partition(":")[0] if ":" in use else use.rpartition(".")[0]


def _argument(value: Any) -> Any:
    return parameter(value[1:]) if isinstance(value, str) and value.startswith("$") else value
