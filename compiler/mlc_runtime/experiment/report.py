"""An analysis as JSON data, which is kept, printed and drawn."""

from __future__ import annotations

from dataclasses import asdict
from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlc_runtime.experiment.analysis import Analysis

VERSION = 1


def dump_analysis(analysis: Analysis) -> dict[str, Any]:
    """The analysis with the names of its fields; a bound that is infinite is null."""
    data: dict[str, Any] = _finite(asdict(analysis))
    return {"version": VERSION, **data}


def _finite(data: Any) -> Any:
    match data:
        case dict():
            return {name: _finite(value) for name, value in data.items()}
        case list() | tuple():
            return [_finite(value) for value in data]
        case float() if not isfinite(data):
            return None
        case _:
            return data
