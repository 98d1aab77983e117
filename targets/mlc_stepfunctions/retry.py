"""When AWS Batch runs a job again: where the machine failed, never where the application did.

The runner repeats what the application fails, task by task; an exit code says whose failure it was.
"""

from __future__ import annotations

from typing import Any

_MORE = 3
"""Attempts that the machine may fail, beyond those that a task may end its process in."""
_MORE_ON_SPOT = 9
_MOST = 10
"""Attempts of a job, the first among them: AWS Batch API Reference, RetryStrategy."""
CODES = (11, 137, 143)
"""What is worth another attempt: the runner's code for infrastructure, and its process killed or told to stop."""


def retry(application: int = 0, *, spot: bool = False, codes: tuple[int, ...] = CODES) -> dict[str, Any]:
    """The retry strategy of a job. AWS Batch retries what matches no rule, so the last one matches everything.

    Args:
        application: how often the spec wants a failed task tried again.
        spot: whether its machine may be taken away at any time.
        codes: the exit codes that are worth another attempt.
    """
    return {
        "Attempts": min(_MOST, 1 + application + (_MORE_ON_SPOT if spot else _MORE)),
        "EvaluateOnExit": [
            {"OnStatusReason": "Host EC2*", "Action": "RETRY"},
            *({"OnExitCode": str(code), "Action": "RETRY"} for code in codes),
            {"OnReason": "*", "Action": "EXIT"},
        ],
    }
