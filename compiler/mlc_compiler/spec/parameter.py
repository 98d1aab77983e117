"""Parameters: typed values set for a run."""

from __future__ import annotations

import math
from datetime import date, datetime
from typing import Any, Literal, Self

from pydantic import JsonValue, model_validator
from pydantic_core import PydanticCustomError

from mlc_compiler.spec.shape import Shape, field
from mlc_compiler.spec.values import Values


class Parameter(Shape):
    """A typed value set for a run, read as `$name`."""

    type: Literal["int", "float", "string", "bool", "date", "timestamp"] = field("Its type.", example="float")
    default: JsonValue = field("Its value where a run sets none.", example=12.5)
    one_of: Values | None = field("The only values it may have.", example=["fast", "thorough"], default=None)
    min: JsonValue = field("The least value.", example=0, default=None)
    max: JsonValue = field("The greatest value.", example=100, default=None)

    @model_validator(mode="after")
    def _values_fit(self) -> Self:
        for key, value in (("min", self.min), ("max", self.max), ("default", self.default)):
            if value is not None and not fits(self.type, value):
                context = {"key": key, "type": self.type, "at": key}
                raise PydanticCustomError("MLC114", "`{key}` is no {type}", context)
        if self.one_of is not None and not all(fits(self.type, value) for value in self.one_of):
            raise PydanticCustomError(
                "MLC114", "`one_of` holds a value that is no {type}", {"type": self.type, "at": "one_of"}
            )
        reason = self.refuses(self.default)
        if reason:
            raise PydanticCustomError("MLC114", "`default` {reason}", {"reason": reason, "at": "default"})
        return self

    def refuses(self, value: JsonValue) -> str:
        """Why a value cannot be given to the parameter, as in "is less than `min`"; empty where it can."""
        if not fits(self.type, value):
            return f"is no {self.type}"
        if self.one_of is not None and value not in self.one_of:
            return "is not in `one_of`"
        if self.min is not None and _comparable(self.type, value) < _comparable(self.type, self.min):
            return "is less than `min`"
        if self.max is not None and _comparable(self.type, value) > _comparable(self.type, self.max):
            return "is greater than `max`"
        return ""


def fits(type_: str, value: JsonValue) -> bool:
    """Whether plain data is a value of a parameter's type; dates and timestamps are texts in ISO 8601."""
    if type_ in {"date", "timestamp"}:
        if not isinstance(value, str):
            return False
        try:
            _comparable(type_, value)
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


def _comparable(type_: str, value: Any) -> Any:
    if type_ == "date":
        return date.fromisoformat(value)
    if type_ == "timestamp":
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=moment.tzinfo)
    return value
