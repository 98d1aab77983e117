"""An experiment on what is past: who would have met which arm, what it answered, and what that shows.

    experiments.x.rows = rows (examples.e, groups)          the unit, the covariate, the segments, the label
    experiments.x.outcome.o = outcome (examples.e, source)  what happened after the exposure, for such a measure
    experiments.x.shown = replay (rows, every arm's predictions of test rows)
    experiments.x.analysis = analyse (rows, shown, outcomes)

The arms' answers are the models' predictions of their test rows: the past that they did not see.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlc_compiler.check.facts import Experiment, Outcome, Program
from mlc_compiler.check.features import read_groups, with_read
from mlc_compiler.graph.build import build
from mlc_compiler.graph.definition import design, measures, salt
from mlc_compiler.graph.graph import Graph, ending_in, order
from mlc_compiler.graph.render import parameters
from mlc_compiler.graph.seen import part_step, seen_step
from mlc_compiler.graph.step import Edge, Step, parameter
from mlc_compiler.graph.tables import (
    SQL_ENGINE,
    group_edges,
    group_name,
    group_step,
    lookup_column,
    lookup_params,
)
from mlc_runtime.experiment.allocation import allocate
from mlc_runtime.experiment.assignment import POSITIONS

_HOLDOUT = "$holdout"
"""Stands beside the arms for the units that are kept out of the layer."""


class UnknownExperimentError(Exception):
    """An experiment that the spec has not; the message says which it has."""


def replay_graph(program: Program, name: str) -> Graph:
    """The graph of a spec that ends in the analysis of a replayed experiment, and asks for nothing else.

    Raises:
        UnknownExperimentError: there is none of the name.
    """
    experiment = experiment_of(program, name)
    built = build(program)
    added = _experiment_steps(program, experiment, {step.name for step in built.steps})
    return ending_in(order([*built.steps, *added], built.axes), [analysis_name(name)])


def experiment_of(program: Program, name: str | None) -> Experiment:
    """The experiment of a name; without one, the only one.

    Raises:
        UnknownExperimentError: there is none of the name, or no name and not one experiment.
    """
    if name is None and len(program.experiments) == 1:
        return next(iter(program.experiments.values()))
    if name is None or name not in program.experiments:
        known = ", ".join(f"`{each}`" for each in program.experiments) or "none"
        asked = "say which experiment" if name is None else f"there is no experiment `{name}`"
        raise UnknownExperimentError(f"{asked}; the spec has {known}")
    return program.experiments[name]


def analysis_name(experiment: str) -> str:
    """The step that gives an experiment's analysis."""
    return f"experiments.{experiment}.analysis"


def _experiment_steps(program: Program, experiment: Experiment, there: set[str]) -> Iterator[Step]:
    """The steps that an experiment adds to those that are there."""
    prefix, spec = f"experiments.{experiment.name}", experiment.spec
    owner = f"examples.{experiment.examples}"
    read = [text for text in (spec.covariate, *(spec.segments or ())) if text]
    groups = [*(text.rpartition(".")[0] for text in read if "." in text), *read_groups([experiment.where])]
    joined = [mine.rpartition(".")[0] for item in experiment.outcomes if item for mine, _ in item.lookup.join]
    for group in with_read([*groups, *filter(None, joined)], experiment.groups):
        if group_name(owner, group) not in there:
            yield group_step(program, experiment.groups[group], f"{owner}.rows", owner)
    rows = owner
    if experiment.where is not None:
        rows = f"{prefix}.part"
        yield part_step(program, experiment, rows, rows=owner, owner=owner)
    yield seen_step(experiment, f"{prefix}.rows", read, rows=rows, owner=owner, labels=True)
    yield _replay_step(program, experiment, f"{prefix}.shown", f"{prefix}.rows")
    yield from analysis_steps(
        program,
        experiment,
        design(experiment),
        rows=rows,
        labelled=f"{prefix}.rows",
        shown=f"{prefix}.shown",
        owner=owner,
    )


def analysis_steps(
    program: Program,
    experiment: Experiment,
    asked: Mapping[str, Any],
    *,
    rows: str,
    labelled: str,
    shown: str,
    owner: str | None = None,
) -> Iterator[Step]:
    """The steps from what was shown to what follows.

    Args:
        program: the facts.
        experiment: what is analysed.
        asked: its design, as plain data.
        rows: the step of the rows from whose moments outcomes are counted.
        labelled: that of their labels, covariate and segments.
        shown: that of units, arms and answers.
        owner: whose feature groups outcomes join on; None where the rows have their columns.
    """
    prefix, origin = f"experiments.{experiment.name}", (experiment.place.path,)
    inputs = [Edge("rows", labelled, "table"), Edge("shown", shown, "table")]
    for measure, item in zip(measures(experiment), experiment.outcomes, strict=True):
        if item is not None:
            step = f"{prefix}.outcome.{len(inputs) - 1}"
            joined = dict.fromkeys(mine.rpartition(".")[0] for mine, _ in item.lookup.join if "." in mine)
            groups = () if owner is None else group_edges(owner, tuple(joined))
            yield outcome_step(program, item, step, rows, groups, origin)
            inputs.append(Edge(f"outcome.{measure['name']}", step, "table"))
    yield Step(
        analysis_name(experiment.name),
        "analyse",
        {"design": asked, "task": program.examples[experiment.examples].task, "as_of": parameter("as_of")},
        tuple(inputs),
        {"analysis": "value"},
        distributions=("statsmodels",),
        origin=origin,
    )


def outcome_step(
    program: Program, outcome: Outcome, name: str, rows: str, groups: tuple[Edge, ...], origin: tuple[Any, ...]
) -> Step:
    """What happens after the moment of each row, as a label over a window is found."""
    source = program.sources[outcome.lookup.source]
    return Step(
        name,
        "outcome",
        lookup_params(program, outcome.lookup)
        | {
            "label": lookup_column(source, outcome.lookup, "$label", outcome.value),
            "type": str(outcome.value.type),
            "timezone": program.spec.timezone,
            "as_of": parameter("as_of"),
            "parameters": parameters([outcome.value, outcome.lookup.where]),
        },
        (Edge("rows", rows, "table"), *groups, Edge("source", f"sources.{source.name}", "table")),
        {"table": "table"},
        distributions=SQL_ENGINE,
        origin=origin,
    )


def _replay_step(program: Program, experiment: Experiment, name: str, rows: str) -> Step:
    """Every row with the answer of the arm that its unit would have met."""
    own = program.servings[experiment.serving].training
    arms = {arm: experiment.spec.arms[arm] for arm in experiment.spec.ordered}
    models = {arm: program.trainings[each.model or own] for arm, each in arms.items()}
    shares = {_HOLDOUT: experiment.spec.holdout} | {arm: each.share for arm, each in arms.items()}
    segments = allocate({arm: round(share * POSITIONS) for arm, share in shares.items()})
    return Step(
        name,
        "replay",
        {
            "unit": experiment.spec.unit,
            "salt": salt(program, experiment),
            "arms": {arm: [list(segment) for segment in held] for arm, held in segments.items() if arm != _HOLDOUT},
            "thresholds": {arm: each.threshold for arm, each in arms.items() if each.threshold is not None},
        },
        (
            Edge("rows", rows, "table"),
            *(
                Edge(f"arm.{arm}", f"{model.name}.test", "predictions", (f"{model.name}.go",) if model.when else ())
                for arm, model in models.items()
            ),
        ),
        {"table": "table"},
        origin=((*experiment.place.path, "arms"),),
    )
