"""Rows for an estimator that is scikit-learn's: the array that it would make of a data frame.

To look through a frame takes scikit-learn half a millisecond each time, as long as a small model takes to predict. An
estimator whose code is all scikit-learn's, of plain parameters, does with the array what it does with the frame, but
that it does not learn what the columns are called.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from mlc_runtime.learn.frames import Encoding

if TYPE_CHECKING:
    import pyarrow as pa

_LIBRARY = "sklearn."
_PLAIN = (str, int, float, type(None))
_NAMES = "feature_names_in_"


def rows_for(estimator: Any, encoding: Encoding, table: pa.Table) -> Any:
    """The rows as the estimator is to be given them: an array where that makes no difference to it, else a frame."""
    array = encoding.array(table) if _reads_arrays(estimator) else None
    return encoding.frame(table) if array is None else array


def with_names(estimator: Any, columns: Sequence[str], rows: Any) -> Any:
    """An estimator that was fitted on `rows`, which knows what their columns are called."""
    import numpy as np

    if isinstance(rows, np.ndarray) and hasattr(estimator, "n_features_in_"):
        setattr(estimator, _NAMES, np.array(columns, dtype=object))
    return estimator


def without_names(estimator: Any, rows: Any) -> Any:
    """The estimator to be asked about `rows`: one that misses no names in an array."""
    import numpy as np

    if not (isinstance(rows, np.ndarray) and hasattr(estimator, _NAMES)):
        return estimator
    asked = copy(estimator)
    delattr(asked, _NAMES)
    return asked


def _reads_arrays(estimator: Any) -> bool:
    """Whether an estimator is scikit-learn's, holds no other one, and names no columns in its parameters."""
    cls: Any = type(estimator)
    names = _parameters(cls)
    return names is not None and all(isinstance(getattr(estimator, name, None), _PLAIN) for name in names)


@lru_cache(maxsize=64)
def _parameters(cls: Any) -> tuple[str, ...] | None:
    """The parameters of a class whose code is all scikit-learn's, but for the one that makes its objects; else None."""
    lines = cls.__mro__[:-1]
    if not any(one.__module__.startswith(_LIBRARY) for one in lines):
        return None
    from sklearn.base import BaseEstimator, MetaEstimatorMixin

    own = [vars(one) for one in lines if not one.__module__.startswith(_LIBRARY)]
    code = [value for each in own for name, value in each.items() if name != "__init__" and _is_code(value)]
    within = issubclass(cls, MetaEstimatorMixin) or hasattr(cls, "n_features_in_")  # another one's number, then
    return None if code or within or not issubclass(cls, BaseEstimator) else tuple(cls._get_param_names())


def _is_code(value: Any) -> bool:
    """Whether an attribute of a class runs; what scikit-learn adds to each class of its kind is its own."""
    return (callable(value) or hasattr(value, "__get__")) and not type(value).__module__.startswith(_LIBRARY)
