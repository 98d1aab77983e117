"""What the steps call."""

import hashlib
import json
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


class Constant:
    def __init__(self, value: float):
        self.value = value

    def predict(self, rows: Any) -> list[float]:
        return [self.value] * len(rows)


def kept(train: Any, validation: Any, context: Any) -> Constant:
    """Is killed after a first round, and goes on from what that left."""
    file = context.checkpoint / "rounds"
    if not file.exists():
        file.write_text("7")
        os.kill(os.getpid(), signal.SIGKILL)
    return Constant(float(file.read_text()))


def part(rows: Any, turn: int) -> dict[str, Any]:
    if rows["team"].iloc[0] != "a":
        _wait()
    return {"total": turn + float(rows["x"].sum())}


def twice(totals: dict[str, float]) -> dict[str, Any]:
    return {"total": 2 * sum(totals.values())}


def whole(total: float, plus: int) -> dict[str, Any]:
    return {"total": plus + total}


def _wait() -> None:
    """Wait for a file with the run's name, where there is a folder for such."""
    gates = os.environ.get("GATES")
    while gates and not (Path(gates) / os.environ["MLC_RUN"]).exists():
        time.sleep(0.1)


def told(**texts: Any) -> dict[str, Any]:
    return {"text": json.dumps(texts)}


def hidden(**secrets: str) -> dict[str, Any]:
    digests = {name: hashlib.sha256(secret.encode()).hexdigest() for name, secret in secrets.items()}
    return {"text": json.dumps(digests)}


def team(rows: Any) -> dict[str, Any]:
    return {"text": rows["team"].iloc[0]}
