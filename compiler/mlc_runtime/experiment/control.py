"""Which experiments run: a log in the store of who started, grew and stopped which, when, and as what.

    experiment/PIPELINE/log/000001.json   one object a decision, numbered from 1; see `Entry`

Objects are only ever added, and the state is what they add up to. All experiments of a pipeline share one log, so that
two people who start two experiments of one layer at the same moment get two parts of it.

An experiment that runs is what it was when it started: only its shares may grow, all by the same factor. One that was
stopped is over.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from mlc_runtime.errors import InvalidInputError, StepError
from mlc_runtime.experiment.allocation import Segments, allocate
from mlc_runtime.experiment.assignment import POSITIONS, Allocation, Segment
from mlc_runtime.experiment.definition import Definition, differences, load_definition
from mlc_runtime.store import log

if TYPE_CHECKING:
    from mlc_runtime.store.store import Store

_ROUNDING = 2 / POSITIONS
"""Shares that grow by the same factor may miss it by so much."""


@dataclass(frozen=True)
class Entry:
    """One decision.

    Attributes:
        experiment: its name.
        action: `start`, `grow` (other shares) or `stop`.
        who: decided.
        when: ISO 8601, UTC.
        revision: the commit of the project, and whether its files differ from it; None outside of git.
        definition: what it is from now on; None for `stop`.
        segments: of each arm, from now on.
        reason: why it was stopped.
    """

    experiment: str
    action: Literal["start", "grow", "stop"]
    who: str
    when: str
    revision: Mapping[str, Any] | None = None
    definition: Definition | None = None
    segments: Mapping[str, Segments] | None = None
    reason: str = ""


@dataclass(frozen=True)
class State:
    """An experiment by now.

    Attributes:
        name: its name.
        definition: as it was started, with the shares that it has by now.
        segments: of each arm.
        entries: what was decided, the oldest first.
    """

    name: str
    definition: Definition
    segments: Mapping[str, Segments]
    entries: tuple[Entry, ...]

    @property
    def running(self) -> bool:
        """Whether units still meet its arms."""
        return self.entries[-1].action != "stop"

    @cached_property
    def allocation(self) -> Allocation:
        """Which unit meets which arm."""
        return Allocation(self.definition.salt, self.segments)


def decisions(store: Store, pipeline: str) -> int:
    """How many decisions there are: as long as it stays the same, so do the states."""
    return log.next_number(store, _prefix(pipeline)) - 1


def states(store: Store, pipeline: str) -> dict[str, State]:
    """The experiments of a pipeline that were ever started, in that order.

    Raises:
        InvalidInputError: `MLC995`, an object of the log is none of ours.
    """
    found: dict[str, State] = {}
    for number, data in log.entries(store, _prefix(pipeline)):
        entry = _entry(number, data)
        before = found.get(entry.experiment)
        if entry.definition is not None and entry.segments is not None:
            entries = (*(before.entries if before else ()), entry)
            found[entry.experiment] = State(entry.experiment, entry.definition, entry.segments, entries)
        elif before is not None:
            found[entry.experiment] = replace(before, entries=(*before.entries, entry))
    return found


def find(store: Store, pipeline: str, name: str) -> State:
    """An experiment that was started.

    Raises:
        StepError: `MLC990`, it was not.
    """
    known = states(store, pipeline)
    if name not in known:
        started = ", ".join(f"`{each}`" for each in known) or "none"
        raise StepError("MLC990", f"experiment `{name}` was never started", f"Started so far: {started}.")
    return known[name]


def start(
    store: Store,
    pipeline: str,
    definition: Definition,
    *,
    who: str,
    when: str,
    revision: Mapping[str, Any] | None = None,
) -> State:
    """Start an experiment, or let the shares of one grow that runs; nothing happens where it runs as it is.

    Args:
        store: where the log is.
        pipeline: the spec's name.
        definition: what the spec says.
        who: starts it.
        when: ISO 8601, UTC.
        revision: of the project.

    Raises:
        StepError: `MLC991`, it runs as something else; `MLC992`, it was stopped; `MLC993`, its layer has no room;
            `MLC994`, another one that runs changes the same of the same serving.
    """
    name = definition.design.name
    while True:
        number = log.next_number(store, _prefix(pipeline))
        known = states(store, pipeline)
        before = known.get(name)
        if before is not None:
            _check_same(before, definition)
            if before.definition.design.shares == definition.design.shares:
                return before
        others = [state for state in known.values() if state.running and state.name != name]
        _check_alone(definition, others)
        action: Literal["start", "grow"] = "start" if before is None else "grow"
        segments = _allocated(definition, before, others)
        entry = Entry(name, action, who, when, revision, definition, segments)
        if log.add(store, _prefix(pipeline), number, asdict(entry)):
            return State(name, definition, segments, (*(before.entries if before else ()), entry))


def stop(
    store: Store,
    pipeline: str,
    name: str,
    reason: str,
    *,
    who: str,
    when: str,
    revision: Mapping[str, Any] | None = None,
) -> State:
    """Stop an experiment: from now on its units get what the serving has of itself.

    Raises:
        StepError: `MLC990`, it was never started; `MLC992`, it was stopped before.
    """
    while True:
        number = log.next_number(store, _prefix(pipeline))
        state = find(store, pipeline, name)
        if not state.running:
            raise _over(state)
        entry = Entry(name, "stop", who, when, revision, reason=reason)
        if log.add(store, _prefix(pipeline), number, asdict(entry)):
            return replace(state, entries=(*state.entries, entry))


def dump_running(state: State) -> str:
    """A state as text, which keeps the order of arms; without its entries."""
    return json.dumps({"definition": asdict(state.definition), "segments": state.segments})


def load_running(name: str, text: str) -> State:
    """A state that runs, from such text."""
    data = json.loads(text)
    return State(name, load_definition(data["definition"]), _segments(data["segments"]), ())


def check_unchanged(state: State, definition: Definition) -> None:
    """See that the spec still says what was started; shares aside.

    Raises:
        StepError: `MLC991`, it does not.
    """
    changed = list(differences(state.definition, definition))
    if changed:
        raise StepError(
            "MLC991",
            f"experiment `{state.name}` was started with another {_listed(changed)}",
            "Go back to what was started, or stop it and start this one under another name.",
        )


def _check_same(before: State, definition: Definition) -> None:
    """See that an experiment only grows, and all of its arms alike: else early and late units differ in their mix."""
    if not before.running:
        raise _over(before)
    check_unchanged(before, definition)
    old, new = before.definition.design.shares, definition.design.shares
    factor = sum(new.values()) / sum(old.values())
    if factor < 1 or any(abs(new[arm] - factor * share) > _ROUNDING for arm, share in old.items()):
        alike = ", ".join(f"{arm} {factor * share:.6g}" for arm, share in old.items())
        raise StepError(
            "MLC991",
            f"the shares of `{before.name}` may grow while it runs, all by the same factor",
            f"In these proportions they would be {alike}: otherwise arms would differ in when their units came."
            if factor >= 1
            else "Units that met an arm would lose it: stop the experiment, and start another one.",
        )


def _check_alone(definition: Definition, others: list[State]) -> None:
    """See that no unit can be told two things by two experiments."""
    for other in others:
        if other.definition.service != definition.service or other.definition.salt == definition.salt:
            continue
        both = definition.changes & other.definition.changes
        if both:
            raise StepError(
                "MLC994",
                f"`{other.name}` runs and changes the {_listed(sorted(both))} of `{definition.service}`, too",
                "Give both the same `layer`, so that no unit is in both, or wait for the other one's end.",
            )


def _allocated(definition: Definition, before: State | None, others: list[State]) -> dict[str, Segments]:
    """The arms' segments, beside those that others of the layer hold."""
    layer = [other for other in others if other.definition.salt == definition.salt]
    held = [segment for other in layer for segments in other.segments.values() for segment in segments]
    kept = [round(each.holdout * POSITIONS) for each in (definition, *(other.definition for other in layer))]
    holdout = Segment(0, max(kept))
    shares = {arm: round(share * POSITIONS) for arm, share in definition.design.shares.items()}
    try:
        if any(segment.start < holdout.end for segment in held):
            raise ValueError("the holdout would take units that are in an experiment")
        return allocate(shares, before.segments if before else None, [holdout, *held])
    except ValueError as error:
        named = ", ".join(f"`{other.name}`" for other in layer) or "none"
        raise StepError(
            "MLC993",
            f"layer `{definition.layer or definition.design.name}` has no room for `{definition.design.name}`: {error}",
            f"Take its shares down, or wait until another one of the layer ends; there run: {named}.",
        ) from error


def _over(state: State) -> StepError:
    last = state.entries[-1]
    return StepError(
        "MLC992",
        f"experiment `{state.name}` was stopped by {last.who} at {last.when}",
        "What its units met stays with them: start a new one under another name.",
    )


def _entry(number: int, data: Any) -> Entry:
    try:
        definition, segments = data["definition"], data["segments"]
        return Entry(
            **{
                **data,
                "definition": None if definition is None else load_definition(definition),
                "segments": None if segments is None else _segments(segments),
            }
        )
    except (TypeError, KeyError, ValueError) as error:
        raise InvalidInputError(
            "MLC995",
            f"object {number} of the experiments' log is none of ours",
            "Somebody changed the store by hand: put the object back.",
        ) from error


def _segments(data: Mapping[str, Any]) -> dict[str, Segments]:
    return {arm: tuple(Segment(*segment) for segment in held) for arm, held in data.items()}


def _prefix(pipeline: str) -> str:
    return f"experiment/{pipeline}/log/"


def _listed(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
