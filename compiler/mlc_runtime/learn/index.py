"""Write the records of a found axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def index(fields: Sequence[str], records: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """An axis's records as JSON: each a list in the order of the fields, or an object where a field is absent."""
    whole = all(name in record for record in records for name in fields)
    rows: list[Any] = [[record[name] for name in fields] if whole else dict(record) for record in records]
    return {"fields": list(fields), "records": rows}
