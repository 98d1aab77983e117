"""Make a source by a function."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from mlc_runtime.call import load
from mlc_runtime.context import Context
from mlc_runtime.data.conform import conform
from mlc_runtime.data.frames import from_returned, to_frame
from mlc_runtime.data.source import finish


def run(inputs: Mapping[str, Any], params: Mapping[str, Any], context: Context) -> Mapping[str, Any]:
    """Call a function with its inputs and give what it returns the declared columns.

    Args:
        inputs: by argument: tables, handed over as data frames; anything else as it is.
        params: `use`, `with`; `columns` [{`name`, `type`}]; `key`; `row_known`, `known`, `as_of` as in `known_by`.
        context: the task's surroundings.

    Returns:
        `table`, in the order of its key, else as returned; `report`, as that of `read`.

    Raises:
        StepError: `MLC901` where there is no such function, `MLC915` where it returns no table, `MLC911` and `MLC912`
            where its columns are not as declared.
    """
    use = params["use"]
    given = {name: to_frame(value) if isinstance(value, pa.Table) else value for name, value in inputs.items()}
    returned = load(use, context.root)(**given, **(params.get("with") or {}))
    return finish(conform(from_returned(returned, use), params["columns"], context.timezone, use), params, context)
