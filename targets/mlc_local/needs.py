"""What a task takes of the machine while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

from mlc_runtime.plan import Policy


@dataclass(frozen=True)
class Needs:
    """What a task takes.

    Attributes:
        threads: of numerical libraries; its declared CPUs.
        memory: its declared bytes; 0 where none are declared, and then it is not held to any.
        gpu: whether it uses GPUs.
        alone: whether nothing may run beside it.
    """

    threads: int = 1
    memory: int = 0
    gpu: bool = False
    alone: bool = False


def needs_of(policy: Policy, *, alone: bool = False) -> Needs:
    """What the tasks of a step take."""
    wanted = policy.resources
    return Needs(max(1, ceil(wanted.get("cpu", 1))), int(wanted.get("memory", 0)), bool(wanted.get("gpu")), alone)
