"""What the steps call."""

import time
from typing import Any


def count(rows: Any) -> dict[str, Any]:
    return {"n": len(rows)}


def sleep(seconds: int) -> dict[str, Any]:
    print("waiting")
    time.sleep(seconds)
    return {"slept": seconds}


def total(**counts: dict[str, int]) -> dict[str, Any]:
    return {"n": sum(n for each in counts.values() for n in each.values())}


def last(status: str) -> dict[str, Any]:
    return {"status": status}


def never() -> None:
    raise AssertionError("this should have been left out")
