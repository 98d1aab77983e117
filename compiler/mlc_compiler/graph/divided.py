"""A batch whose rows meet the arms of experiments: those that run when the run begins.

    scores.seen.x = rows (examples.e, groups)            the units, and what is kept of them
    scores.frame.other = rows (examples.e, groups)       what the model of an arm reads
    scores.standing.other = promote                      its live version
    scores.divided = divide (scores.predictions, scores.seen.x, scores.frame.other, scores.standing.other)
    scores.write = write (scores.divided)
    scores.expose = expose (scores.divided)              the log of exposures, once the predictions are written
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from mlc_compiler.check.facts import Program, Serving, Training
from mlc_compiler.check.seen import experiments_of, groups_seen, texts_seen
from mlc_compiler.graph.definition import definition
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.seen import part_step, seen_step
from mlc_compiler.graph.step import Edge, Policy, Step, bound, parameter
from mlc_compiler.graph.tables import group_name, group_step

Frame = Callable[[Training, str], Step]
"""The step that gives what a training reads of the batch's rows, under a name."""


def divided_steps(
    program: Program, serving: Serving, frame: Frame, *, rows: str, owner: str, window: tuple[int, int] | None
) -> Iterator[Step]:
    """The steps between a batch's own predictions and those that are written.

    Args:
        program: the facts.
        serving: a batch.
        frame: makes what a training reads.
        rows: the step that gives the rows.
        owner: whose feature groups are read.
        window: which rows, around `$as_of`.
    """
    name, origin = serving.name, (serving.place.path,)
    experiments = experiments_of(program, name)
    own = Edge("entry." + serving.training, f"{name}.live", "entry")
    inputs = [Edge("predictions", f"{name}.predictions", "predictions"), own]
    for experiment in experiments:
        part = rows
        if experiment.where is not None:
            part = f"{name}.part.{experiment.name}"
            yield part_step(program, experiment, part, rows=rows, owner=owner)
        seen, texts = f"{name}.seen.{experiment.name}", texts_seen(program, experiment)
        yield seen_step(experiment, seen, texts, rows=part, owner=owner, window=window)
        inputs.append(Edge(f"seen.{experiment.name}", seen, "table"))
    others = [arm.model for each in experiments for arm in each.spec.arms.values() if arm.model]
    for training in dict.fromkeys(model for model in others if model != serving.training):
        yield frame(program.trainings[training], f"{name}.frame.{training}")
        live = _live(program, training)
        if live is None:
            live = f"{name}.standing.{training}"
            params = {"name": training, "as_of": parameter("as_of")}
            outputs = {"model": "model", "entry": "effect"}
            yield Step(live, "promote", params, (), outputs, policy=Policy(store="must"), effect=True, origin=origin)
        inputs += [
            Edge(f"frame.{training}", f"{name}.frame.{training}", "table"),
            Edge(f"model.{training}", live, "model"),
            Edge(f"entry.{training}", live, "entry"),
        ]
    logs = {f"exposures.{experiment.name}": "table" for experiment in experiments}
    yield Step(
        f"{name}.divided",
        "divide",
        {
            "serving": name,
            "model": serving.training,
            "keep": list(program.sources[program.examples[serving.examples].source].key),
            "running": {experiment.name: bound("experiments", experiment.name) for experiment in experiments},
            # As text, which keeps the order of arms: the first is the control.
            "declared": {each.name: json.dumps(definition(program, each)) for each in experiments},
            "as_of": parameter("as_of"),
        },
        tuple(inputs),
        {"predictions": "predictions", **logs},
        origin=origin,
    )
    yield Step(
        f"{name}.expose",
        "expose",
        {"serving": name, "pipeline": program.spec.name, "as_of": parameter("as_of")},
        (
            *(Edge(port, f"{name}.divided", port) for port in logs),
            Edge("after.write", f"{name}.write", "written"),
        ),
        {"exposed": "effect"},
        effect=True,
        root=True,
        origin=origin,
    )


def groups_divided(program: Program, serving: Serving) -> tuple[str, ...]:
    """The feature groups that experiments read of a batch's rows."""
    return tuple(dict.fromkeys(g for each in experiments_of(program, serving.name) for g in groups_seen(program, each)))


def _live(program: Program, training: str) -> str | None:
    """The step of this graph that makes a training's candidate live, where a serving asks for that."""
    return next((f"{each.name}.live" for each in program.servings.values() if each.training == training), None)
