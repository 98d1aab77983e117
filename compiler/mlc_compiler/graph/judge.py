"""From fitted models to a bundle, judged on rows on which nothing was fitted or chosen, and registered."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mlc_compiler.check.facts import Outcome, Program, Training
from mlc_compiler.check.features import with_read
from mlc_compiler.graph.call import metric_params
from mlc_compiler.graph.frame import groups_read
from mlc_compiler.graph.render import parameters, sql
from mlc_compiler.graph.rounds import SCIKIT, Learn
from mlc_compiler.graph.step import Edge, Policy, Step, parameter


def assemble(learn: Learn, fitted: tuple[str, list[str], tuple[str, ...]]) -> Iterator[Step]:
    """Calibrate, set the threshold, and put the model of each value together."""
    training, spec = learn.training, learn.training.spec
    model, stages, over = fitted
    axes = (*learn.go, *learn.each)
    tolerate = learn.policy.tolerate
    predictions = Edge("predictions", learn.name("validation"), "predictions", (*learn.won, *learn.fold))
    inputs = [
        Edge(f"stage.{number}", learn.name(step), "stage", over, tolerate=tolerate)
        for number, step in enumerate(stages)
    ]
    inputs.append(Edge("models", learn.name(model), "model", over, tolerate=tolerate))
    calibrators: list[Edge] = []
    if spec.calibrate:
        yield learn.step(
            "calibration",
            "calibrate",
            {"method": spec.calibrate, "task": training.task},
            [replace(predictions, over=learn.fold)],
            {"calibrator": "model"},
            axes=(*axes, *learn.won),
            distributions=SCIKIT,
            origin=(*training.place.path, "calibrate"),
        )
        calibrators = [Edge("calibrators", learn.name("calibration"), "calibrator", learn.won)]
    inputs += calibrators
    if spec.threshold is not None:
        objective: Any = spec.threshold.target
        if training.threshold is not None:
            objective = {"sql": sql(training.threshold)}
        yield learn.step(
            "threshold",
            "threshold",
            {spec.threshold.direction: objective, "parameters": parameters([training.threshold])},
            [predictions, *calibrators],
            {"threshold": "value"},
            axes=axes,
            distributions=SCIKIT,
            origin=(*training.place.path, "threshold"),
        )
        inputs.append(Edge("threshold", learn.name("threshold"), "threshold"))
    features = [[item.name, str(item.type)] for item in training.inputs]
    params = {"task": training.task, "features": features, "stages": len(stages)}
    yield learn.step("model", "assemble", params, inputs, {"model": "model"}, axes=axes)


def judge(learn: Learn) -> Iterator[Step]:
    """One bundle of all models, judged on rows on which nothing was fitted or chosen, and registered."""
    training = learn.training
    inputs = [Edge("models", learn.name("model"), "model", learn.each, tolerate=learn.policy.tolerate)]
    if training.spec.fallback:
        other = learn.program.trainings[training.spec.fallback]
        over = (f"{other.name}.go",) if other.when else ()
        inputs.append(Edge("fallback", f"{other.name}.bundle", "model", over))
    yield learn.step(
        "bundle",
        "bundle",
        {"fields": list(training.each), "task": training.task},
        inputs,
        {"model": "model"},
        axes=learn.go,
        policy=Policy(store="must"),
    )
    bundle = Edge("model", learn.name("bundle"), "model")
    rows = Edge("rows", learn.name("unseen"), "test")
    yield learn.step(
        "test", "predict", {"task": training.task}, [bundle, rows], {"predictions": "table"}, axes=learn.go
    )
    yield learn.step(
        "report",
        "report",
        {
            "task": training.task,
            "metrics": metric_params(training.metrics),
            "fields": list(training.each),
        },
        [*_predictions(learn), Edge("original", learn.name("rows"), "table")],
        {"report": "report"},
        axes=learn.go,
        code=training.metric_code,
        distributions=SCIKIT,
        root=True,
    )
    report = Edge("report", learn.name("report"), "report")
    yield learn.step(
        "register",
        "register",
        {"name": training.name, "as_of": moment(learn.program, training.examples)},
        [bundle, report, *check_edges(learn.program, training.examples, training)],
        {"entry": "effect"},
        axes=learn.go,
        effect=True,
        root=True,
    )


def _predictions(learn: Learn) -> list[Edge]:
    """Edges to the predictions on test rows, and on validation rows by models that did not see them."""
    test = [Edge("test", learn.name("test"), "predictions")]
    if not learn.training.folds:
        return test
    over = (*learn.each, *learn.fold, *learn.won)
    return [*test, Edge("validation", learn.name("validation"), "predictions", over, tolerate=learn.policy.tolerate)]


def out_of_fold_step(learn: Learn) -> Step:
    """The predictions of rows by models that did not see them, for trainings that read them."""
    test, validation = _predictions(learn)
    inputs = [replace(validation, port="predictions"), test]
    return learn.step("prediction", "oof", {"task": learn.training.task}, inputs, {"table": "table"}, axes=learn.go)


def moment(program: Program, examples: str) -> Any:
    """The run's logical time, where some examples have time: what a model of them was made of, and is live by."""
    return None if program.examples[examples].at is None else parameter("as_of")


def check_edges(program: Program, examples: str, training: Training) -> list[Edge]:
    """Edges to the reports of the checks of every source that a training reads on some examples, or derives from."""
    facts = program.examples[examples]
    read = with_read((*facts.early, *facts.late, *groups_read(program, training)), facts.groups)
    lookups = [facts.groups[group].lookup for group in read]
    label = facts.label.lookup if isinstance(facts.label, Outcome) else None
    todo = [facts.source, *(lookup.source for lookup in (*lookups, label) if lookup is not None)]
    found: set[str] = set()
    while todo:
        name = todo.pop()
        if name not in found:
            found.add(name)
            todo += program.sources[name].inputs.values()
    return [Edge(f"checks.{name}", f"sources.{name}.checks", "report") for name in sorted(found)]
