"""A spec compiled for an engine, as `mlc compile` does it, with what tests change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from mlc_compiler.cli.project import site_of
from mlc_compiler.driver import Optimiser, check_environment, check_file, compile_checked
from mlc_compiler.passes.facts import Facts
from mlc_compiler.plan.override import override
from mlc_compiler.target import Checker, Files, costs_of
from mlc_runtime.plan import Plan, PlanStep


def compile_for(
    target: Checker, spec: Path, environment: Path, *, spread: bool | frozenset[str] = False, **changes: Any
) -> tuple[Plan, Mapping[str, bytes]]:
    """Compile a spec for a target: the plan, and the files that it was compiled to.

    The arguments are those of `plan_for`.
    """
    plan, site = plan_for(target, spec, environment, spread=spread, **changes)
    return plan, target.compile(plan, site)


def plan_for(
    target: Checker, spec: Path, environment: Path, *, spread: bool | frozenset[str] = False, **changes: Any
) -> tuple[Plan, Mapping[str, Any]]:
    """The plan of a spec, and the environment as a target takes it, which refuses nothing in them.

    Args:
        target: the target.
        spec: the spec.
        environment: the environment.
        spread: whether every task gets a tile of its own, or the steps of which they do.
        changes: of the environment.
    """
    checked = check_file(spec, spec.name)
    assert checked.sound, checked.diagnostics
    loaded, problems, _ = check_environment(environment, [checked])
    assert not problems, problems
    root = spec.parent
    optimiser = Optimiser(facts=Facts(costs_of(target)))
    plan = override(compile_checked(checked, root, optimiser).plan, loaded.environment.overrides)
    if spread:
        chosen = {step.name for step in plan.steps} if spread is True else spread
        steps = (_spread(plan, step) if step.name in chosen else step for step in plan.steps)
        plan = replace(plan, steps=tuple(steps))
    site = {**site_of(loaded.environment, environment.parent, root), **changes}
    found = target.check(plan, site, Files(spec.name, environment.name))
    assert all(each.severity == "warning" for each in found), found
    return plan, site


def _spread(plan: Plan, step: PlanStep) -> PlanStep:
    """A step with a tile for each task, up to a dozen."""
    size = 1
    finders = {axis.found[0] for axis in (plan.axes[name] for name in step.axes) if axis.found is not None}
    if len(finders) == 1 and not plan.by_name[min(finders)].axes:
        return replace(step, tiles={"from": min(finders), "each": 1, "max": 12})
    for axis in (plan.axes[name] for name in step.axes):
        size *= 2 if axis.values is None else axis.values.size
    return replace(step, tiles={"max": min(size, 12)})
