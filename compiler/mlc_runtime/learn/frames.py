"""Arrow tables as the data frames that estimators and user functions are given."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    import numpy.typing as npt
    import pandas as pd
    import pyarrow as pa

T = TypeVar("T")
_SMALL = 16 << 20  # bytes of a table that is converted once for many fits; a larger one takes longer to fit
_KEPT = 16
_made: OrderedDict[Any, tuple[pa.Table, Any]] = OrderedDict()
"""Frames and arrays by the table's identity and the encoding; the table is held, so that no other gets its identity."""


@dataclass(frozen=True)
class Encoding:
    """Which columns a fitted thing reads, and the categories of those that are text.

    Text becomes a pandas `category` with the sorted values of the rows it was fitted on, so that a code means the
    same in training and in serving; a value not seen there is missing. An int with nulls becomes float64, a bool with
    nulls float64, a decimal float64, a date or timestamp datetime64 (UTC).

    Attributes:
        columns: names, in order.
        categories: sorted values of each text column.
    """

    columns: tuple[str, ...]
    categories: Mapping[str, tuple[str, ...]]

    @classmethod
    def learn(cls, table: pa.Table, columns: Sequence[str]) -> Encoding:
        """The encoding of the columns of a table that something is about to be fitted on."""
        text = [name for name in columns if _is_text(table.schema.field(name).type)]
        return cls(tuple(columns), {name: _categories(table[name]) for name in text})

    def frame(self, table: pa.Table) -> pd.DataFrame:
        """The table's columns as a data frame of the caller's own, with a plain index from 0."""
        return self._own(self._frame, table)

    def array(self, table: pa.Table) -> npt.NDArray[Any] | None:
        """The same numbers as an array of the caller's own; None where a column has other values.

        It is laid out as numpy lays out that frame: the same sums in another order round differently.
        """
        return self._own(self._array, table)

    def _own(self, make: Callable[[pa.Table], T], table: pa.Table) -> T:
        """What is made of a table, for the caller to keep and change."""
        place = (make.__name__, id(table), self.columns, tuple(self.categories.items()))
        if place not in _made:
            if table.nbytes > _SMALL:
                return make(table)
            _made[place] = table, make(table)
            if len(_made) > _KEPT:
                _made.popitem(last=False)
        _made.move_to_end(place)
        made: T = deepcopy(_made[place][1])
        return made

    def _array(self, table: pa.Table) -> npt.NDArray[Any] | None:
        import numpy as np
        import pyarrow as pa

        kinds = {table.schema.field(name).type for name in self.columns}
        if not kinds or not kinds <= {pa.float64(), pa.int64()}:
            return None
        return np.stack([values(table[name]) for name in self.columns]).T

    def _frame(self, table: pa.Table) -> pd.DataFrame:
        import pandas as pd

        columns = {name: self._column(table, name) for name in self.columns}
        return pd.DataFrame(columns, index=pd.RangeIndex(table.num_rows))

    def _column(self, table: pa.Table, name: str) -> Any:
        import pandas as pd
        import pyarrow as pa
        import pyarrow.compute as pc

        categories = self.categories.get(name)
        if categories is None:
            return values(table[name])
        codes = pc.fill_null(pc.index_in(table[name].cast(pa.string()), pa.array(categories, pa.string())), -1)
        dtype = pd.CategoricalDtype(pd.Index(categories, dtype=object))
        return pd.Categorical.from_codes(codes.to_numpy(), dtype=dtype)


def values(column: pa.ChunkedArray) -> Any:
    """One column's values for numpy or pandas: the rules of `Encoding`, with text left as objects."""
    import pyarrow as pa

    kind = column.type
    if pa.types.is_decimal(kind) or pa.types.is_null(kind):
        column = column.cast(pa.float64())
    elif pa.types.is_boolean(kind) and column.null_count:
        column = column.cast(pa.uint8()).cast(pa.float64())
    elif pa.types.is_integer(kind) and column.null_count:
        column = column.cast(pa.float64(), safe=False)
    elif pa.types.is_date(kind):
        column = column.cast(pa.timestamp("us"))
    elif pa.types.is_timestamp(kind):
        return column.to_pandas()
    return column.to_numpy()


def plain_frame(table: pa.Table) -> pd.DataFrame:
    """A whole table as a data frame, each text column with the categories it has here."""
    return Encoding.learn(table, table.column_names).frame(table)


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _categories(column: pa.ChunkedArray) -> tuple[str, ...]:
    import pyarrow as pa
    import pyarrow.compute as pc

    return tuple(sorted(pc.unique(column.cast(pa.string())).drop_null().to_pylist()))
