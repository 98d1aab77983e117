"""When AWS Batch tries a job again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Ended:
    """How an attempt ended.

    Attributes:
        exit_code: of the container; None if it never ran, or was lost with its host.
        reason: what the container's runtime said.
        status_reason: what AWS Batch says of the attempt.
        final: whether it is never tried again: its time was over, or somebody ended it.
    """

    exit_code: int | None
    reason: str = ""
    status_reason: str = "Essential container in task exited"
    final: bool = False

    @property
    def succeeded(self) -> bool:
        """Whether the job is done."""
        return self.exit_code == 0 and not self.final


def tried_again(strategy: Mapping[str, Any], attempt: int, ended: Ended) -> bool:
    """Whether a failed attempt, counted from 1, is followed by another.

    The first rule of which all conditions hold decides; where none does, the job is tried again.
    """
    if ended.final or attempt >= strategy.get("attempts", 1):
        return False
    for rule in strategy.get("evaluateOnExit", []):
        if _holds(rule, ended):
            return str(rule["action"]).upper() == "RETRY"
    return True


def _holds(rule: Mapping[str, Any], ended: Ended) -> bool:
    found = {
        "onExitCode": "" if ended.exit_code is None else str(ended.exit_code),
        "onReason": ended.reason,
        "onStatusReason": ended.status_reason,
    }
    return all(_matches(rule[name], text) for name, text in found.items() if name in rule)


def _matches(pattern: str, text: str) -> bool:
    """A star at the end stands for any rest."""
    return text.startswith(pattern[:-1]) if pattern.endswith("*") else text == pattern
