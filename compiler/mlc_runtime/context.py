"""What an operation may know beyond its inputs and parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mlc_runtime.store.store import Store

Collected = list[tuple[Mapping[str, Any], Any]]
"""What a collecting edge hands over: (record of the collected fields, value), in the order of the axes."""


def collected(value: Any) -> Collected:
    """What an edge gave, as a collect: an edge over no axes gives its one value as it is."""
    return value if isinstance(value, list) else [({}, value)]


def single(value: Any) -> Any:
    """What an edge over a condition gave: its value, or None where the condition is false."""
    return next((item for _, item in collected(value)), None)


@dataclass(frozen=True)
class Context:
    """The surroundings of one task.

    Attributes:
        parameters: the run's parameters by name; `as_of` is the run's logical time in microseconds since the
            epoch, or None where no source has a time.
        timezone: IANA name of the zone in which local times are read.
        seed: the seed that this task's random choices derive from.
        root: the project's folder; user code and relative paths start here.
        environment: connections and secrets by name, as the environment document gives them.
        workdir: a scratch folder of this attempt, removed afterwards.
        checkpoint: a folder kept between attempts of this task, where the step asked for one.
        exchange: the folder in which a container that an engine ran left its outputs; None where this process runs
            containers.
        coordinates: the fields of the task's axes and their values.
        keys: by port, the key of the task that an aligned input comes from.
        store: where artifacts live.
        run: the run's identifier.
        step: the step's name.
        log: writes a line to the task's log.
    """

    parameters: Mapping[str, Any]
    timezone: str
    seed: int
    root: Path
    workdir: Path
    store: Store
    run: str
    environment: Mapping[str, Any] = field(default_factory=dict)
    checkpoint: Path | None = None
    exchange: Path | None = None
    coordinates: Mapping[str, Any] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    step: str = ""
    log: Callable[[str], None] = print
