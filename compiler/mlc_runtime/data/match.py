"""Find rows by a JSON value."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from mlc_runtime.data.convert import UnconvertibleError, convert
from mlc_runtime.errors import StepError


def matching(column: pa.ChunkedArray, value: Any, name: str, zone: str) -> pa.ChunkedArray:
    """Which rows have a value, given as JSON has it (see `plain`); null matches null.

    Raises:
        StepError: `MLC912` where the value is not of the column's type.
    """
    if value is None:
        return column.is_null()
    try:
        wanted = convert(pa.chunked_array([[value]]), column.type, zone).column[0]
    except UnconvertibleError as error:
        raise StepError("MLC912", f"{value!r} is no value of column `{name}`, a `{column.type}`") from error
    return pc.fill_null(pc.equal(column, wanted), False)
