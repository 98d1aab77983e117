"""Parameters: typed values set for a run."""

import math
from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import JsonValue, model_validator
from pydantic_core import PydanticCustomError

from mlc_compiler.spec.shape import Shape, field
from mlc_compiler.spec.values import Values

_SAMPLES = {
    "int": "12",
    "float": "12.5",
    "string": "fast",
    "bool": "true",
    "date": "2024-01-31",
    "timestamp": "2024-01-31T12:00",
}


class Parameter(Shape):
    """A typed value set for a run, read as `$name`."""

    type: Literal["int", "float", "string", "bool", "date", "timestamp"] = field("Its type.", example="float")
    default: JsonValue = field("Its value where a run sets none.", example=12.5)
    one_of: Values | None = field("The only values it may have.", example=["fast", "thorough"], default=None)
    min: JsonValue = field("The least value.", example=0, default=None)
    max: JsonValue = field("The greatest value.", example=100, default=None)

    @model_validator(mode="after")
    def _values_fit(self) -> Self:
        for key, values in (("min", (self.min,)), ("max", (self.max,)), ("one_of", self.one_of or ())):
            if not all(value is None or fits(self.type, value) for value in values):
                raise _misfit(key, f"is no {self.type}", _SAMPLES[self.type])
        reason = self.refuses(self.default)
        if reason:
            raise _misfit("default", reason, _SAMPLES[self.type] if reason.startswith("is no ") else "")
        return self

    def refuses(self, value: JsonValue) -> str:
        """Why a value cannot be given to the parameter, as in "is less than `min`"; empty where it can."""
        if not fits(self.type, value):
            return f"is no {self.type}"
        if self.one_of is not None and value not in self.one_of:
            return "is not in `one_of`"
        if self.min is not None and _is_less(self.type, value, self.min):
            return "is less than `min`"
        if self.max is not None and _is_less(self.type, self.max, value):
            return "is greater than `max`"
        return ""


def _misfit(key: str, reason: str, sample: str) -> PydanticCustomError:
    help_ = f"for example `{sample}`" if sample else "the default has to keep the rules that a run's `--set` keeps"
    context = {"key": key, "reason": reason, "at": key, "help": help_}
    return PydanticCustomError("MLC114", "`{key}` {reason}", context)


def fits(type_: str, value: JsonValue) -> bool:
    """Whether plain data is a value of a parameter's type; dates and timestamps are texts in ISO 8601."""
    if type_ in {"date", "timestamp"}:
        if not isinstance(value, str):
            return False
        try:
            _read(type_, value)
        except ValueError:
            return False
        return True
    if type_ == "bool":
        return isinstance(value, bool)
    if isinstance(value, bool):
        return False
    if type_ == "float":
        return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))
    return isinstance(value, int if type_ == "int" else str)


def _is_less(type_: str, left: JsonValue, right: JsonValue) -> bool:
    try:
        return bool(_read(type_, left) < _read(type_, right))
    except TypeError:  # a local time and one with a zone: which is earlier, only the spec's zone can tell
        return False


def _read(type_: str, value: Any) -> Any:
    if type_ == "date":
        return date.fromisoformat(value)
    return datetime.fromisoformat(value) if type_ == "timestamp" else value
