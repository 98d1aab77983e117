"""What goes over the pipes between the coordinator and its workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from mlc_runtime.task import Status

RowKind = Literal["record", "replace", "same", "same again", "fail"]

Row = tuple[RowKind, str, str | bytes]
"""A line for the journal: its kind, its name (of a record, a shallow key or a key), and what it says."""


@dataclass(frozen=True)
class Setup:
    """The first thing a worker hears.

    Attributes:
        plan: the plan, as `plan.json`.
        run: the run's identifier.
        root: the project's folder.
        environment: connections and secrets.
        store: the store's address.
        folder: where this machine keeps what it knows of the store: the store itself, where that is a folder.
        fresh: whether what other runs stored is passed over.
        recompute: whether tasks run though their results are known.
        checkpoints: the folder of what tasks keep between attempts.
    """

    plan: bytes
    run: str
    root: Path
    environment: Mapping[str, Any]
    store: str
    folder: Path
    fresh: bool
    recompute: bool
    checkpoints: Path


@dataclass(frozen=True)
class Prepare:
    """Find the facts of the run; answered by `Prepared` or `Setback`."""

    given: Mapping[str, str]
    as_of: int | None


@dataclass(frozen=True)
class Prepared:
    """The content of `bind.json`."""

    bind: Mapping[str, Any]


@dataclass(frozen=True)
class Begin:
    """The facts of the run; tasks follow."""

    bind: Mapping[str, Any]


@dataclass(frozen=True)
class Grant:
    """Run tasks of a step, by their places in its space; answered by `Report`s, the last of which says so."""

    number: int
    step: str
    tasks: Sequence[int]


@dataclass(frozen=True)
class Ran:
    """How one task ended.

    Attributes:
        status: see `mlc_runtime.task.Outcome`.
        seconds: the operation's time; 0 where it did not run.
        differs: ports at which a recomputed value differs from the recorded one.
        members: how the tasks ended that ran within it, by step.
    """

    status: Status
    seconds: float
    differs: tuple[str, ...] = ()
    members: tuple[tuple[str, Ran], ...] = ()


@dataclass(frozen=True)
class Report:
    """What became of the next tasks of a grant, in order.

    Attributes:
        grant: its number.
        ran: one for each task that ended since the last report.
        rows: lines for the journal.
        seconds: since the last report.
        last: whether nothing more comes of this grant; its other tasks are given back.
    """

    grant: int
    ran: tuple[Ran, ...]
    rows: tuple[Row, ...]
    seconds: float
    last: bool


SetbackKind = Literal["invalid", "failed", "infrastructure"]
"""What the runner was given does not fit; the data or the code is wrong; the machine or the store failed."""


@dataclass(frozen=True)
class Setback:
    """The machine, the store or a connection failed while the facts were found, or at the next task of a grant.

    Attributes:
        grant: its number, or None while preparing.
        kind: whose turn it is.
        code: of the diagnostics' catalogue.
        message: what is wrong.
        help: how to mend it.
        in_vain: whether trying again is, as with a full disk.
        step: what it is about, while preparing; empty where that is no step.
    """

    grant: int | None
    kind: SetbackKind
    code: str
    message: str
    help: str
    in_vain: bool = False
    step: str = ""
