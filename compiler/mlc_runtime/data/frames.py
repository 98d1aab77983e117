"""Arrow tables as the data frames that a user's functions take and return."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from mlc_runtime.errors import StepError

if TYPE_CHECKING:
    import pandas as pd


def to_frame(table: pa.Table) -> pd.DataFrame:
    """A data frame with a plain index: instants in UTC, dates as `datetime64`, integers with nulls as floats."""
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    return frame


def from_returned(returned: Any, use: str, alone: str | None = None) -> pa.Table:
    """The table that a function returned, as a data frame or an Arrow table.

    Args:
        returned: what it returned.
        use: the function's name, for messages.
        alone: the name of the only column that is declared: then a series, an array or a list will do as well.

    Raises:
        StepError: `MLC915` for anything else, or for a column without one type.
    """
    import pandas as pd

    if isinstance(returned, pa.Table):
        return returned
    try:
        if isinstance(returned, pd.DataFrame):
            return pa.Table.from_pandas(returned, preserve_index=False).replace_schema_metadata(None)
        if alone is not None and not isinstance(returned, (str, bytes, dict)):
            return pa.table({alone: pa.array(returned, from_pandas=True)})
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, TypeError) as error:
        raise StepError("MLC915", f"`{use}` returned a column that is not of one type: {error}") from error
    raise StepError(
        "MLC915", f"`{use}` returned a `{type(returned).__name__}`, not a table", "Return a pandas DataFrame."
    )
