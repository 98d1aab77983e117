"""An experiment in the world: what its log shows, and what came of it.

experiments.x.exposures = exposures (the log in the store)
experiments.x.labels = rows (examples.e)                     the truth, for a metric: by the key of the row,
experiments.x.label = outcome (exposures, source)            or, of regular moments, as their label is found
experiments.x.shown = labelled (exposures, labels)
experiments.x.outcome.o = outcome (exposures, source)        what happened after the exposure
experiments.x.analysis = analyse (shown, outcomes)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mlc_compiler.check.facts import Experiment, Outcome, Program, Spine
from mlc_compiler.check.seen import label_texts
from mlc_compiler.graph.build import build
from mlc_compiler.graph.experiment import analysis_name, analysis_steps, experiment_of, outcome_step
from mlc_compiler.graph.graph import Graph, ending_in, order
from mlc_compiler.graph.seen import seen_step
from mlc_compiler.graph.step import Edge, Step, bound, parameter


def exposed_graph(program: Program, name: str, design: Mapping[str, Any]) -> Graph:
    """The graph of a spec that ends in the analysis of an experiment's log, and asks for nothing else.

    Args:
        program: the facts.
        name: of the experiment.
        design: as it was started, as plain data.
    """
    experiment, built = experiment_of(program, name), build(program)
    steps = [*built.steps, *_steps(program, experiment, design)]
    return ending_in(order(steps, built.axes), [analysis_name(experiment.name)])


def _steps(program: Program, experiment: Experiment, design: Mapping[str, Any]) -> Iterator[Step]:
    prefix, origin = f"experiments.{experiment.name}", (experiment.place.path,)
    log = f"{prefix}.exposures"
    params = {"experiment": experiment.name, "parts": bound("exposures", experiment.name)}
    yield Step(log, "exposures", params, (), {"table": "table"}, origin=origin)
    shown = log
    if None in experiment.outcomes:
        shown = f"{prefix}.shown"
        yield from _labelled(program, experiment, shown, log)
    yield from analysis_steps(program, experiment, design, rows=log, labelled=shown, shown=shown)


def _labelled(program: Program, experiment: Experiment, name: str, log: str) -> Iterator[Step]:
    """The rows of the log with their labels."""
    prefix, origin = f"experiments.{experiment.name}", (experiment.place.path,)
    examples = program.examples[experiment.examples]
    key = label_texts(program, examples)
    if isinstance(examples.at, Spine) and isinstance(examples.label, Outcome):
        truth = Edge("outcome", f"{prefix}.label", "table")
        yield outcome_step(program, examples.label, truth.step, log, (), origin)
    else:
        truth = Edge("labels", f"{prefix}.labels", "table")
        owner = f"examples.{examples.name}"
        yield seen_step(experiment, truth.step, key, rows=owner, owner=owner, labels=True)
    yield Step(
        name,
        "labelled",
        {"key": list(key), "as_of": parameter("as_of")},
        (Edge("rows", log, "table"), truth),
        {"table": "table"},
        origin=origin,
    )
