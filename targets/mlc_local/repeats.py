"""Which tasks of a plan are the same task under other coordinates, or in another step.

The store would find out by their keys, but only once one of them has ended; the scheduler lets one of them run before
the others start. Nothing but the order depends on what is said here.

That is not the work of the passes hoist and share once more. They take such tasks out of a graph; these are left in
where nobody optimises (`-O0`, `--no-pass`), and at every level where each was asked for by itself, since roots are not
merged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mlc_runtime.keys import digest
from mlc_runtime.plan import Plan, PlanStep
from mlc_runtime.relation import ABSENT, mark
from mlc_runtime.relation_json import relation_to_json
from mlc_runtime.space import Space


def firsts(space: Space, needed: frozenset[str], only: Sequence[int] | None = None) -> Sequence[int]:
    """The places of the first tasks with each combination of the needed fields; all, where every field is needed.

    Args:
        space: the tasks.
        needed: the fields that tell them apart.
        only: the places of the tasks that count; None for all.
    """
    if needed.issuperset(space.fields):
        return range(space.size) if only is None else only
    names = sorted(needed)
    found: dict[Any, int] = {}
    places = enumerate(space) if only is None else ((place, space.coords(place)) for place in only)
    for place, coordinates in places:
        found.setdefault(mark(tuple(coordinates.get(name, ABSENT) for name in names)), place)
    return list(found.values())


def twins(plan: Plan) -> dict[str, str]:
    """Each step that asks for just what an earlier one asks for, and that one."""
    signatures: dict[str, str] = {}
    first: dict[str, str] = {}
    found: dict[str, str] = {}
    for step in plan.steps:
        signature = signatures[step.name] = _signature(plan, step, signatures)
        if first.setdefault(signature, step.name) != step.name:
            found[step.name] = first[signature]
    return found


def _signature(plan: Plan, step: PlanStep, signatures: Mapping[str, str]) -> str:
    if step.effect or not step.pure:
        return step.name

    def axis(name: str) -> Any:
        one = plan.axes[name]
        if one.values is not None:
            return relation_to_json(one.values)
        if one.found is not None:
            return [signatures.get(one.found[0], one.found[0]), one.found[1], list(one.fields)]
        return [list(one.fields), None if one.project is None else axis(one.project)]

    edges = [
        [
            e.port,
            signatures[e.step],
            e.out,
            [axis(name) for name in e.over],
            [list(p) for p in e.at],
            e.tolerate,
            e.missing,
        ]
        for e in step.inputs
    ]
    return digest([step.static, step.params, sorted(edges, key=str), [axis(name) for name in step.axes], step.part])
