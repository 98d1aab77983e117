"""The part of a plan that a schedule names: it, and what it needs, but for trainings that it does not name."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from mlc_containers.layout import finders
from mlc_runtime.keys import static_key
from mlc_runtime.ops import VERSIONS
from mlc_runtime.plan import Plan, PlanEdge, PlanStep, Policy

_SECTIONS = ("training", "serving", "steps")
_RESULTS = ("bundle", "register", "report")
"""What others read of a training: its models, that they are registered, what they are worth."""


def part(plan: Plan, names: Collection[str]) -> Plan:
    """A plan of fewer steps, their keys as they were.

    Of a training that is not named, the live model is used: what would promote its candidate finds none, and what reads
    its models reads the one that is live. One that has to be fitted anyway, since a training that is named learns from
    its predictions, counts as named.

    Args:
        plan: the whole.
        names: of trainings, servings and steps.
    """
    named = _with_fitted(plan, names)
    kept = _kept(plan, named)
    standing = {edge.step for step in kept.values() for edge in step.inputs} - plan.by_name.keys()
    steps = (*map(_standing, sorted(standing)), *(kept[step.name] for step in plan.steps if step.name in kept))
    online = [name for name in plan.spec.get("online", ()) if name in named]
    return replace(plan, steps=steps, spec={**plan.spec, "online": online, "experiments": [], "schedule": []})


def undecided(plan: Plan, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """The steps of a part that need to know what a training is worth that the part leaves out, and the training."""
    named = _with_fitted(plan, names)
    for step in _kept(plan, named).values():
        for edge in step.inputs:
            training = _left_out(edge, plan, named)
            if training is not None:
                yield step.name, training


def _with_fitted(plan: Plan, names: Collection[str]) -> frozenset[str]:
    """The names, and those of trainings that are fitted for them."""
    named = frozenset(names)
    while True:
        fitted = {name for step in _kept(plan, named).values() if step.op == "train" for name in _entry(step)}
        if fitted <= named:
            return named
        named |= fitted


def _kept(plan: Plan, names: Collection[str]) -> dict[str, PlanStep]:
    """The steps, by name, that are asked for by the entries of these names, and all that they need."""
    kept: dict[str, PlanStep] = {}
    todo = [step.name for step in plan.steps if step.root and _entry(step) & set(names)]
    while todo:
        step = plan.by_name[todo.pop()]
        if step.name in kept:
            continue
        kept[step.name] = cut = _cut(step, plan, names)
        axes = (*cut.axes, *(axis for edge in cut.inputs for axis in edge.over))
        todo += [edge.step for edge in cut.inputs if edge.step in plan.by_name and not _left_out(edge, plan, names)]
        todo += [
            *finders(plan, axes),
            *cut.members,
            *(other.name for other in plan.steps if step.name in other.members),
        ]
    return kept


def _entry(step: PlanStep) -> set[str]:
    """The entries of the spec that a step is of."""
    return {str(path[1]) for path in step.origin if len(path) > 1 and path[0] in _SECTIONS}


def _cut(step: PlanStep, plan: Plan, names: Collection[str]) -> PlanStep:
    """A step that does without the trainings that are not named."""
    if step.op == "promote" and step.params["name"] not in names:
        return replace(step, inputs=())
    inputs: list[PlanEdge] = []
    for edge in step.inputs:
        training = _left_out(edge, plan, names)
        if training is not None and edge.out == "model":
            inputs.append(replace(edge, step=f"{training}.standing", over=()))
        elif training is None or not edge.port.startswith("after."):
            inputs.append(edge)
    return replace(step, inputs=tuple(inputs))


def _left_out(edge: PlanEdge, plan: Plan, names: Collection[str]) -> str | None:
    """The training that is not named and whose result an edge reads."""
    producer = plan.by_name.get(edge.step)
    if producer is None or producer.op not in _RESULTS:
        return None
    training = producer.name.removesuffix(f".{producer.op}")
    return None if training in names else training


def _standing(name: str) -> PlanStep:
    """The step that finds a training's live model."""
    training = name.removesuffix(".standing")
    return PlanStep(
        name,
        "promote",
        static_key("promote", VERSIONS["promote"]),
        {"name": training, "as_of": {"$param": "as_of"}},
        outputs={"model": "model", "entry": "effect"},
        policy=Policy(store="must"),
        effect=True,
        origin=(("training", training),),
    )
