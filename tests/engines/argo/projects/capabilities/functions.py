"""What the steps call."""

import hashlib
import os
import signal
import time
from collections import Counter
from pathlib import Path
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


def gather(counts: dict[str, int]) -> dict[str, Any]:
    return {"teams": len(counts)}


def mark() -> dict[str, Any]:
    return {"mark": "ran"}


def guarded(token: str) -> dict[str, Any]:
    return {"digest": hashlib.sha256(token.encode()).hexdigest()}


def last(status: str) -> dict[str, Any]:
    return {"status": status}


def sleep(seconds: int) -> dict[str, Any]:
    time.sleep(seconds)
    return {"slept": seconds}


def broken(rows: Any) -> dict[str, Any]:
    if rows["team"].iloc[0] == "b":
        raise ValueError("team b is broken")
    return {"rows": len(rows)}


def killed(marker: str) -> dict[str, Any]:
    if not Path(marker).exists():
        Path(marker).touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return {"mark": "ran"}
