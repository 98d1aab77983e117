"""Graphs to draw: a hostile one, and a spec of some five hundred steps."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mlc_compiler.driver import Compiled, check_file, compile_checked
from mlc_compiler.graph.axis import Axis, Found
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Edge, Step
from mlc_runtime.relation import listed

HOSTILE = (
    "</script><script>window.broken=1</script><img src=x onerror=window.broken=1>"
    "]]>\"'`${x}\\n{{7*7}};-->|#quot;\u202e\x07"
)
"""What would be markup, code or a sign of the form in each form that there is."""

HEAD = """\
mlc: 1
name: large
sources: {plants: {read: plants.csv, columns: {id: int, width: float, tall: bool}, key: [id]}}
features: {own: {columns: [width]}}
examples: {plants: {from: plants, label: tall, split: {by: random, test: 20%, validation: 20%}}}
training:
"""
TRAINING = """\
  tall_{number}:
    examples: plants
    features: [own]
    model: sklearn.ensemble.RandomForestClassifier
    grid: {{max_depth: [1, 2, {number}], n_estimators: [10, 20]}}
    metrics: [brier]
    select: {{minimize: brier}}
"""


@pytest.fixture
def compiled(tmp_path: Path) -> Callable[[int], Compiled]:
    """Compiles a spec with so many trainings: a dozen steps each."""

    def made(trainings: int) -> Compiled:
        path = tmp_path / "pipeline.yaml"
        path.write_text(HEAD + "".join(TRAINING.format(number=number + 3) for number in range(trainings)))
        return compile_checked(check_file(path), tmp_path)

    return made


@pytest.fixture
def hostile() -> Graph:
    """Three steps whose every name and value is hostile."""
    origin = (("sources", HOSTILE),)
    axes = (
        Axis(f"{HOSTILE}.grid", listed((HOSTILE,), ((HOSTILE,), (2,)))),
        Axis(f"{HOSTILE}.each", Found(f"sources.{HOSTILE}", "found", ("each",))),
    )
    read = Step(
        f"sources.{HOSTILE}", HOSTILE, {HOSTILE: HOSTILE}, outputs={"table": "table", "found": "index"}, origin=origin
    )
    fit = Step(
        f"{HOSTILE}.fit",
        "train",
        {"text": HOSTILE, "value": {"$field": HOSTILE}},
        (Edge(HOSTILE, read.name, "table"),),
        {HOSTILE: "model"},
        axes=tuple(axis.name for axis in axes),
        want=(HOSTILE,),
        origin=(("training", HOSTILE),),
    )
    best = Step(
        f"{HOSTILE}.best",
        "select",
        {},
        (Edge("scores", fit.name, HOSTILE, over=fit.axes),),
        {"chosen": "index"},
        origin=(("training", HOSTILE),),
    )
    return Graph((read, fit, best), axes)


@pytest.fixture
def hostile_text() -> str:
    return HOSTILE
