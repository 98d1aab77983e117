"""The part of a plan that a name in the spec asks for."""

from __future__ import annotations

from difflib import get_close_matches

from mlc_runtime.errors import InvalidInputError
from mlc_runtime.plan import Plan


def asked(plan: Plan, name: str) -> frozenset[str]:
    """The steps that come from an entry of the spec, or the step of this name.

    Args:
        plan: what is run.
        name: of a training, serving, step, source or examples of the spec, or of a step of the plan.

    Raises:
        InvalidInputError: `MLC965`, there is none.
    """
    found = {s.name for s in plan.steps if name in (s.name, *s.also) or any(path[1:2] == (name,) for path in s.origin)}
    if found:
        return frozenset(found)
    known = sorted({str(path[1]) for step in plan.steps for path in step.origin if len(path) > 1})
    near = get_close_matches(name, known, 1)
    raise InvalidInputError(
        "MLC965",
        f"the pipeline has nothing named `{name}`",
        f"Did you mean `{near[0]}`?" if near else f"It has: {', '.join(known)}.",
    )


def needs(plan: Plan, names: frozenset[str]) -> frozenset[str]:
    """These steps and all that they read, directly or not."""
    found: set[str] = set()
    open_ = sorted(names)
    while open_:
        name = open_.pop()
        if name in found:
            continue
        found.add(name)
        step = plan.by_name[name]
        open_ += [edge.step for edge in step.inputs]
        open_ += plan.finders(step)
        open_ += step.members
        open_ += [other.name for other in plan.steps if name in other.members]
    return frozenset(found)
