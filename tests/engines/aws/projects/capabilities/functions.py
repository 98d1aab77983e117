"""What the steps call."""

import hashlib
import os
import time
from collections import Counter
from typing import Any

ATTEMPTS: Counter[str] = Counter()


def echo(text: str) -> dict[str, Any]:
    return {"text": text}


def flaky(rows: Any) -> dict[str, Any]:
    team = rows["team"].iloc[0]
    ATTEMPTS[team] += 1
    if team == "b" and ATTEMPTS[team] < 3:
        raise RuntimeError(f"attempt {ATTEMPTS[team]}")
    return {"attempts": ATTEMPTS[team]}


def slow(rows: Any) -> dict[str, Any]:
    if rows["team"].iloc[0] == "c":
        time.sleep(600)
    return {"rows": len(rows)}


def mostly_broken(rows: Any) -> dict[str, Any]:
    if rows["team"].iloc[0] != "a":
        raise ValueError("only a is well")
    return {"rows": len(rows)}


def broken() -> dict[str, Any]:
    ATTEMPTS["broken"] += 1
    raise ValueError(f"attempt {ATTEMPTS['broken']} is broken")


def gather(counts: dict[str, int]) -> dict[str, Any]:
    return {"teams": len(counts)}


def mark() -> dict[str, Any]:
    return {"mark": "ran"}


def guarded(token: str) -> dict[str, Any]:
    return {"digest": hashlib.sha256(token.encode()).hexdigest()}


def last(status: str) -> dict[str, Any]:
    return {"status": status}


def killed() -> dict[str, Any]:
    if os.environ["AWS_BATCH_JOB_ATTEMPT"] == "1":
        os._exit(137)  # as a killed process ends; the first one of a container is deaf to its own signals
    return {"mark": os.environ["AWS_BATCH_JOB_ATTEMPT"]}


def sleep(seconds: int) -> dict[str, Any]:
    time.sleep(seconds)
    return {"slept": seconds}
