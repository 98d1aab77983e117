"""Make an object of the class that a call names, and say in the user's words what it does not accept."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mlc_runtime.errors import StepError

if TYPE_CHECKING:
    import pandas as pd


def construct(cls: type, use: str, arguments: Mapping[str, Any], seed: int) -> Any:
    """An instance of the class, with `random_state` set from the seed where it takes one and none is given.

    Raises:
        StepError: `MLC936` where the class does not take the arguments.
    """
    signature = inspect.signature(cls)
    given = dict(arguments)
    if "random_state" in signature.parameters:
        given.setdefault("random_state", seed)
    try:
        signature.bind(**given)
    except TypeError as error:
        raise StepError(
            "MLC936", f"`{use}` cannot be made with these arguments: {error}", _arguments_help(signature)
        ) from error
    made = cls(**given)
    if "random_state" not in given and hasattr(made, "get_params") and "random_state" in made.get_params(deep=False):
        made.set_params(random_state=seed)
    return made


def _arguments_help(signature: inspect.Signature) -> str:
    names = ", ".join(f"`{name}`" for name in signature.parameters) or "no arguments"
    return f"It takes {names}."


def takes(function: Callable[..., Any], argument: str) -> bool:
    """Whether a function takes the argument by name."""
    parameters = inspect.signature(function).parameters.values()
    return any(p.name == argument or p.kind is p.VAR_KEYWORD for p in parameters)


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


def refusal(error: Exception, use: str, frame: pd.DataFrame) -> StepError | None:
    """What an estimator's complaint about its input means here: missing values, or text; None if it is neither."""
    text = str(error)
    if "NaN" in text and (gaps := frame.isna().sum().loc[lambda count: count > 0]).size:
        empty = [name for name in gaps.index if gaps[name] == len(frame)]
        about = "no value at all" if empty else "missing values"
        return StepError(
            "MLC934",
            f"{_columns(empty or list(gaps.index))} {about}, which `{use}` does not accept",
            "Leave such a feature out, or fill it before: a stage under `prepare` such as"
            " `sklearn.impute.SimpleImputer`.",
        )
    words = list(frame.select_dtypes("category").columns)
    if words and "could not convert string to float" in text:
        return StepError(
            "MLC935",
            f"{_columns(words)} text, which `{use}` does not accept",
            "Turn it into numbers before: a stage under `prepare` such as `sklearn.preprocessing.OneHotEncoder`,"
            " with its `columns`.",
        )
    return None


def _columns(names: list[str]) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"{shown} {'has' if len(names) == 1 else 'have'}"
