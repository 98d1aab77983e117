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

from mlc_compiler.check.facts import Examples, Experiment, Program, Serving, Training
from mlc_compiler.check.seen import experiments_of, groups_seen, texts_seen
from mlc_compiler.graph.definition import definition
from mlc_compiler.graph.frame import groups_read
from mlc_compiler.graph.seen import part_step, seen_step
from mlc_compiler.graph.step import Edge, Policy, Step, bound, parameter
from mlc_compiler.spec.serving import Batch

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
    for training in arm_models(program, serving):
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
        {"predictions": "table", **logs},
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


def arm_models(program: Program, serving: Serving) -> tuple[str, ...]:
    """The trainings whose live models answer in arms, the serving's own left out."""
    arms = (arm for each in experiments_of(program, serving.name) for arm in each.spec.arms.values())
    return tuple(dict.fromkeys(arm.model for arm in arms if arm.model not in (None, serving.training)))


def groups_answered(program: Program, serving: Serving) -> tuple[str, ...]:
    """The feature groups that a batch is made of: those of answers, of arms, too, and what experiments read besides."""
    models = (serving.training, *(arm_models(program, serving) if isinstance(serving.spec, Batch) else ()))
    found = dict.fromkeys(group for model in models for group in groups_read(program, program.trainings[model]))
    for experiment in _batch_experiments(program, serving):
        found |= dict.fromkeys(groups_seen(program, experiment))
    return tuple(found)


def with_divided(program: Program, examples: Examples) -> Examples:
    """Examples with the feature groups that only experiments on batches of them read."""
    servings = (each for each in program.servings.values() if each.examples == examples.name)
    groups = dict(examples.groups)
    for experiment in (found for serving in servings for found in _batch_experiments(program, serving)):
        groups |= {name: experiment.groups[name] for name in groups_seen(program, experiment)}
    return examples._replace(groups=groups)


def _batch_experiments(program: Program, serving: Serving) -> tuple[Experiment, ...]:
    return experiments_of(program, serving.name) if isinstance(serving.spec, Batch) else ()


def _live(program: Program, training: str) -> str | None:
    """The step of this graph that makes a training's candidate live, where a serving asks for that."""
    return next((f"{each.name}.live" for each in program.servings.values() if each.training == training), None)
