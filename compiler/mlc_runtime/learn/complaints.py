"""What libraries complain of, in the user's words: warnings to the log, refused input as an error with a way out."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from mlc_runtime.errors import StepError

if TYPE_CHECKING:
    import pandas as pd


@contextmanager
def warnings_to(log: Callable[[str], None]) -> Iterator[None]:
    """Write each distinct warning that is raised inside to the log, once, also when the block fails."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            yield
        finally:
            for line in dict.fromkeys(f"{w.category.__name__}: {w.message}" for w in caught):
                log(line)


@contextmanager
def explained(use: str, frame: Callable[[], pd.DataFrame]) -> Iterator[None]:
    """Explain what an estimator that is given the frame's rows inside refuses; anything else propagates as it is.

    Raises:
        StepError: `MLC934` for missing and infinite values, `MLC935` for text and times.
    """
    try:
        yield
    except (ValueError, TypeError) as error:
        if (refused := _refusal(error, use, frame())) is not None:
            raise refused from error
        raise


def _refusal(error: Exception, use: str, frame: pd.DataFrame) -> StepError | None:
    text = str(error)
    if "infinity" in text and (
        infinite := [str(name) for name in frame.select_dtypes("number") if _has_infinite(frame[name])]
    ):
        return StepError(
            "MLC934",
            f"{_columns(infinite)} infinite values, which `{use}` does not accept",
            "A division by zero may have made them: `a / nullif(b, 0)` is null instead, which a stage can fill.",
        )
    if "NaN" in text and (gaps := frame.isna().sum().loc[lambda count: count > 0]).size:
        empty = [name for name in gaps.index if gaps[name] == len(frame)]
        about = "no value at all" if empty else "missing values"
        return StepError(
            "MLC934",
            f"{_columns(empty or list(gaps.index))} {about}, which `{use}` does not accept",
            "Leave such a feature out, or fill it before: a stage under `prepare` such as"
            " `sklearn.impute.SimpleImputer`.",
        )
    nothing = [str(name) for name in frame.columns if len(frame) and frame[name].isna().all()]
    if nothing and use.startswith("sklearn."):
        return StepError(
            "MLC934",
            f"{_columns(nothing)} no value at all, on which `{use}` fails: {text}",
            "Leave such a feature out, or widen the rows or windows that it is made of.",
        )
    words = list(frame.select_dtypes("category").columns)
    if words and "could not convert string to float" in text:
        return StepError(
            "MLC935",
            f"{_columns(words)} text, which `{use}` does not accept",
            "Turn it into numbers before: a stage under `prepare` such as `sklearn.preprocessing.OneHotEncoder`,"
            " with its `columns`.",
        )
    times = [name for name in frame.columns if frame[name].dtype.kind == "M"]
    if times and ("Timestamp" in text or "DateTime64" in text):
        return StepError(
            "MLC935",
            f"{_columns(times)} times, which `{use}` does not accept",
            "Make a number of it in a feature, for instance `hour(t)` or `date_diff('day', t, $at)`.",
        )
    return None


def _has_infinite(column: pd.Series) -> bool:
    import numpy as np

    return bool(np.isinf(column.to_numpy(dtype=float, na_value=np.nan)).any())


def _columns(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"{shown} {'has' if len(names) == 1 else 'have'}"
