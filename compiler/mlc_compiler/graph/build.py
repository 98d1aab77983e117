"""Spec to graph: the sections in turn, each giving its axes and steps."""

from __future__ import annotations

from dataclasses import replace

from mlc_compiler.check.facts import Examples, Program
from mlc_compiler.check.features import with_read
from mlc_compiler.graph.axis import Axis
from mlc_compiler.graph.deliver import free_steps, serving_steps
from mlc_compiler.graph.divided import groups_answered, with_divided
from mlc_compiler.graph.frame import groups_read
from mlc_compiler.graph.graph import Graph, order
from mlc_compiler.graph.learn import training_steps
from mlc_compiler.graph.step import Step
from mlc_compiler.graph.tables import examples_steps, source_steps


def build(program: Program) -> Graph:
    """The plain graph of a checked spec: nothing shared, nothing hoisted, only what somebody reads left out.

    A source is read, and a feature group computed, for the examples that a training, a label or a filter reads it
    for.
    """
    axes: list[Axis] = []
    steps: list[Step] = []
    for source in program.sources.values():
        steps += source_steps(program, source)
    for examples in (with_divided(program, each) for each in program.examples.values()):
        steps += examples_steps(program, examples, with_read(_used(program, examples), examples.groups))
    stacked = {
        item.training
        for training in program.trainings.values()
        for item in training.inputs
        if item.training is not None
    }
    for training in program.trainings.values():
        found, made = training_steps(program, training, out_of_fold=training.name in stacked)
        axes += found
        steps += made
    for serving in program.servings.values():
        found, made = serving_steps(program, serving)
        axes += found
        steps += made
    for step in program.steps.values():
        found, made = free_steps(program, step)
        axes += found
        steps += made
    return order(_asked_for(steps), axes)


def _asked_for(steps: list[Step]) -> list[Step]:
    """The steps with their roots: in a spec that trains and runs nothing, what nobody reads is there to be seen."""
    if any(step.root and step.op != "check" for step in steps):
        return steps
    read = {edge.step for step in steps for edge in step.inputs}
    return [step if step.name in read else replace(step, root=True) for step in steps]


def _used(program: Program, examples: Examples) -> tuple[str, ...]:
    """The groups that trainings and servings on these examples, and their labels, read."""
    read = dict.fromkeys(examples.late)
    for training in program.trainings.values():
        if training.examples == examples.name:
            read |= dict.fromkeys(groups_read(program, training))
    for serving in program.servings.values():
        if serving.examples == examples.name:
            read |= dict.fromkeys(groups_answered(program, serving))
    return tuple(group for group in read if group in examples.groups)
