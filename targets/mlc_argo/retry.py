"""When Argo runs a pod again: where the machine failed, never where the application did.

The runner repeats what the application fails, task by task; an exit code says whose failure it was.
"""

from __future__ import annotations

from typing import Any

from mlc_argo.quantity import seconds
from mlc_runtime.plan import Policy

_MORE = 3
"""Attempts that the machine may fail, beyond those that a task may end its process in."""
_MORE_ON_SPOT = 10
_UNCAPPED = 5
"""Attempts until whose last one waits, each twice as long as the one before, stay below the cap."""

_LOST = "lastRetry.status == 'Error' || asInt(lastRetry.exitCode) in [{codes}]"
_CODES = (11, 137, 143)
"""What is worth another attempt: the runner's code for infrastructure, and its process killed or told to stop."""


def retry(application: int = 0, *, spot: bool = False, codes: tuple[int, ...] = _CODES) -> dict[str, Any]:
    """The retry strategy of a template. What the expression does not name ends the step: that is the catch-all.

    Argo's policy beside an expression is `Always` by default: the expression alone decides.

    Args:
        application: how often the spec wants a failed task tried again.
        spot: whether its machine may be taken away at any time.
        codes: the exit codes that are worth another attempt.
    """
    limit = application + (_MORE_ON_SPOT if spot else _MORE)
    return {
        "limit": str(limit),
        "expression": _LOST.format(codes=", ".join(map(str, codes))),
        "backoff": {"duration": "10s", "factor": "2", **({"cap": "5m"} if limit > _UNCAPPED else {})},
    }


def retry_container(name: str, policy: Policy, *, spot: bool = False) -> dict[str, Any]:
    """The retry strategy of a container of the user's own, which no runner repeats: its failures count, too.

    Args:
        name: of the init container.
        policy: of its step.
        spot: whether its machine may be taken away at any time.
    """
    strategy = retry(policy.retry, spot=spot)
    if policy.retry:
        failed = f"asInt(retries) < {policy.retry} && lastRetry.message startsWith '{name}:'"
        strategy["expression"] += f" || {failed}"
        strategy["backoff"] = {"duration": seconds(policy.backoff), "factor": "2", "cap": seconds(policy.backoff_max)}
    return strategy
