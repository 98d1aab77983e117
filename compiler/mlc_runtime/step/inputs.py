"""The inputs of a free step: what its edges give, as a function or a container is to see it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.context import Context
from mlc_runtime.data.rows import ROW
from mlc_runtime.errors import StepError

_WAITS = "after."
_KNOWN = "$known."


def arguments(inputs: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs by argument.

    Ports that only wait are left out. What is collected over one field is keyed by its value; over a condition alone,
    it is the value, or None where the condition is false. Under `each`, a table has the rows of the task's own value.
    Of the columns that begin with `$`, those of examples (`$at`, `$label`) lose it where the name is free; the row's
    number and known times are left out.

    Args:
        inputs: values by port.
        params: `each` {`input`, `column`, `value`}, where the step is repeated; `status`: {argument: how the run
            stands}, for steps that run last.
    """
    given = dict(params.get("status") or {})
    given |= {port: _collected(value) for port, value in inputs.items() if not port.startswith(_WAITS)}
    each = params.get("each")
    if each is not None:
        table = given[each["input"]]
        column = table[each["column"]]
        # A coordinate is JSON: dates, instants and decimals are text there.
        given[each["input"]] = table.filter(pc.equal(column, pa.scalar(each["value"]).cast(column.type)))
    return {port: _visible(value) for port, value in given.items()}


def secrets(params: Mapping[str, Any], context: Context) -> dict[str, str]:
    """The step's secrets by argument, read from where the environment says.

    Raises:
        StepError: `MLC973` where one is not there.
    """
    names: Mapping[str, str] = (params.get("locate") or {}).get("secrets", {})
    return {argument: _secret(name, context) for argument, name in names.items()}


def _secret(name: str, context: Context) -> str:
    reference = context.environment.get("secrets", {}).get(name)
    if reference is None:
        raise StepError("MLC973", f"the environment has no secret `{name}`", f"Add `{name}` to its `secrets`.")
    variable = reference.get("env")
    if variable is None:
        raise StepError(
            "MLC973",
            f"secret `{name}` cannot be read on this machine",
            "Here secrets come from environment variables: `{env: VARIABLE}`.",
        )
    if variable not in os.environ:
        raise StepError("MLC973", f"secret `{name}` is not set", f"Set the environment variable `{variable}`.")
    return os.environ[variable]


def _collected(value: Any) -> Any:
    if not isinstance(value, list) or not all(isinstance(item, tuple) for item in value):
        return value
    if all(not record for record, _ in value):
        return value[0][1] if value else None
    return {next(iter(record.values())) if len(record) == 1 else tuple(record.values()): item for record, item in value}


def _visible(value: Any) -> Any:
    if isinstance(value, pa.Table):
        kept = value.select([name for name in value.column_names if name != ROW and not name.startswith(_KNOWN)])
        taken = set(kept.column_names)
        plain = [name if name.removeprefix("$") in taken else name.removeprefix("$") for name in kept.column_names]
        return kept.rename_columns(plain)
    if isinstance(value, dict):
        return {key: _visible(item) for key, item in value.items()}
    return value
