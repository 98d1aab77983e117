"""What the steps call."""

import os
import time
from pathlib import Path
from typing import Any


def count(rows: Any) -> dict[str, Any]:
    return {"n": len(rows)}


def mark() -> dict[str, Any]:
    return {"mark": "ran"}


def gate() -> dict[str, Any]:
    """Wait for a file with the run's name."""
    while not (Path(os.environ["GATES"]) / os.environ["MLC_RUN"]).exists():
        time.sleep(0.1)
    return {"mark": "ran"}


def total(**counts: dict[str, int]) -> dict[str, Any]:
    return {"n": sum(n for each in counts.values() for n in each.values())}


def last(status: str) -> dict[str, Any]:
    return {"status": status}


def never() -> None:
    raise AssertionError("this should have been left out")
