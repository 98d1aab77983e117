"""What a run need not make: steps without results whose readers all have theirs."""

from __future__ import annotations

from collections.abc import Iterable

from mlc_local.schedule import finders
from mlc_runtime import layout
from mlc_runtime.errors import IncompleteError
from mlc_runtime.plan import Plan, PlanStep
from mlc_runtime.record import Record
from mlc_runtime.reuse import Candidate, min_cut
from mlc_runtime.run import Run

_LOOKED_AT = 5_000  # tasks of a step; a step of more is taken for one that lacks results
_LOAD = 0.002  # seconds to load a result
_COMPUTE = 1.0  # seconds to make one that nobody has measured


def needless(run: Run, asked: frozenset[str]) -> frozenset[str]:
    """The steps that lack results which nothing in a run will ask for, by the cheapest choice over what is stored.

    A step is always wanted for its own sake where it was asked for, is a root, has an effect, may have to do again what
    an effect undid, runs last, or finds an axis; and where a reader's key says which of its tasks are missing.
    """
    plan = run.plan
    stored = {step.name: _records(run, step) for step in plan.steps}
    if None not in stored.values():
        return frozenset()
    wanted = asked | _wanted(run)
    hosts = {member: step.name for step in plan.steps for member in step.members}
    candidates = []
    for step in plan.steps:
        if step.name in hosts:
            continue
        inside = [plan.by_name[name] for name in (*step.members, step.name)]
        found = [stored[one.name] for one in inside]
        records = [record for each in found for record in each or ()]
        complete = None not in found
        read = dict.fromkeys(hosts.get(edge.step, edge.step) for one in inside for edge in one.inputs)
        candidates.append(
            Candidate(
                step.name,
                tuple(name for name in read if name != step.name),
                sum(record.seconds for record in records) if complete else _COMPUTE,
                _LOAD * len(records) if complete else None,
                any(one.name in wanted for one in inside),
            )
        )
    if not _idle(candidates):
        return frozenset()
    chosen = min_cut(candidates)
    return frozenset(step.name for step in candidates if step.load is None and chosen[step.name] == "skip")


def _idle(candidates: list[Candidate]) -> set[str]:
    """The steps that lack results and of which all readers have theirs: where there are none, no cut need be made."""
    busy: set[str] = set()
    for step in reversed(candidates):
        if step.load is None and (step.wanted or step.name in busy):
            busy.update((step.name, *step.inputs))
    return {step.name for step in candidates if step.load is None and step.name not in busy}


def _wanted(run: Run) -> frozenset[str]:
    plan: Plan = run.plan
    found = {step.name for step in plan.steps if step.root or step.effect or step.policy.always}
    found |= run.unsettled
    for step in plan.steps:
        found |= {edge.step for edge in step.inputs if edge.over or edge.missing}
        axes: Iterable[str] = (*step.axes, *(axis for edge in step.inputs for axis in edge.over))
        found.update(finders(plan, axes))
    return frozenset(found)


def _records(run: Run, step: PlanStep) -> list[Record] | None:
    """The results of all tasks of a step; None where one of them lacks its own or its bytes, or cannot be named yet."""
    try:
        space = run.space(step.name)
        if space.poisoned or space.size > _LOOKED_AT:
            return None
        records = []
        for at in space:
            record = run.ledger.record(run.object(step, at))
            if record is None or not (step.policy.store == "skip" or _whole(run, record)):
                return None
            records.append(record)
    except IncompleteError:
        return None
    return records


def _whole(run: Run, record: Record) -> bool:
    blobs = (layout.blob(output.sum, output.suffix) for output in record.outputs.values() if output.sum is not None)
    return all(map(run.store.has, blobs))
