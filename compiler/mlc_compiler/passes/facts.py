"""What passes know beside the graph: measured durations, and what a target costs and allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Limits:
    """What a target costs and allows, as far as passes care; the defaults are those of this machine.

    Attributes:
        startup: the time from asking for a task's process to its first line, in seconds.
        request: the time that one request to the store takes, in seconds.
        tiles: the most tiles of one step; None where tasks are handed out one by one, as they come.
    """

    startup: float = 0.0
    request: float = 0.0
    tiles: int | None = None


@dataclass(frozen=True)
class Facts:
    """What passes decide by. Equal facts and an equal graph give an equal graph.

    Attributes:
        limits: of the target.
        durations: seconds that a task of a step took in earlier runs, by the step's name.
        tasks: how many tasks a step had, by its name.
        spread: how many times longer than a quick task of a step a slow one took, by its name.
        declared: seconds that the work of an entry of the spec takes, by its name: one fit of a training, one call of a
            step, one scoring of a serving.
    """

    limits: Limits = Limits()
    durations: Mapping[str, float] = field(default_factory=dict)
    tasks: Mapping[str, int] = field(default_factory=dict)
    spread: Mapping[str, float] = field(default_factory=dict)
    declared: Mapping[str, float] = field(default_factory=dict)
