"""Values as JSON has them."""

from __future__ import annotations

import datetime
import math
from decimal import Decimal
from typing import Any

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def plain(value: Any) -> Any:
    """A value of a column as JSON data: instants as ISO 8601 in UTC, dates as ISO 8601, decimals as text, NaN as None.

    >>> plain(Decimal("1.50"))
    '1.50'
    """
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, float) and math.isnan(value):
        return None
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value


def iso(micros: int) -> str:
    """An instant in microseconds since the epoch as ISO 8601 in UTC.

    >>> iso(0)
    '1970-01-01T00:00:00Z'
    """
    return str(plain(_EPOCH + datetime.timedelta(microseconds=micros)))
