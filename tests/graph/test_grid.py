"""Grids of the spec as relations, and graphs whose size does not follow their fan-out."""

import re
from typing import Any

import pytest

from mlc_compiler.graph.text import dump
from mlc_runtime.plan import dump as dump_plan
from mlc_runtime.relation import ABSENT

SPEC = """\
mlc: 1
name: grid
sources: {{plants: {{read: plants.csv, columns: {{id: int, width: float, tall: bool}}, key: [id]}}}}
features: {{own: {{columns: [width]}}}}
examples: {{plants: {{from: plants, label: tall, split: {{by: random, test: 20%, validation: 20%}}}}}}
training:
  t: {{examples: plants, features: [own], model: "models:Model", prepare: {{s: "models:Stage"}}, metrics: [brier],
      select: {{minimize: brier}}, grid: {grid}{rest}}}
"""


@pytest.mark.parametrize(
    ("grid", "settings"),
    [
        ("{a: [1, 2], b: [x]}", [(1, "x"), (2, "x")]),
        ("{a: [1, 1, 2]}", [(1,), (2,)]),
        ("{a: {from: 0, to: 1, count: 3}}", [(0,), (1,)]),
        ("{a: {from: 0.0, to: 1, count: 3}}", [(0.0,), (0.5,), (1.0,)]),
        ("{a: {from: 0.01, to: 10, count: 4, scale: log}}", [(0.01,), (0.1,), (1.0,), (10.0,)]),
        ("{a: {from: 1, to: 100, count: 3, scale: log}}", [(1,), (10,), (100,)]),
        ("{a: {from: 0.1, to: 0.5, step: 0.1}}", [(0.1,), (0.2,), (0.3,), (0.4,), (0.5,)]),
        ("{a: {from: 1, to: 6, step: 2}}", [(1,), (3,), (5,)]),
        ("{a: {from: 2.5, to: 9, count: 1}}", [(2.5,)]),
        ("{s.k: [1], s: [models.Other]}", [(1, {"use": "models.Other", "with": {}})]),
        ("[{a: [1]}, {b: [2, 3]}]", [(1, "-"), ("-", 2), ("-", 3)]),
        ("[{a: [1, 2]}, {a: [2, 3]}]", [(1,), (2,), (3,)]),
    ],
)
def test_settings(workshop: Any, grid: str, settings: list[tuple[Any, ...]]) -> None:
    relation = workshop.compile(SPEC.format(grid=grid, rest="")).graph.axis["t.grid"].values
    found = [tuple("-" if value is ABSENT else value for value in record) for record in relation]
    assert found == settings
    assert [type(value) for record in found for value in record] == [type(value) for one in settings for value in one]


@pytest.mark.parametrize(("count", "rungs"), [(9, [9, 3, 1]), (10, [10, 3, 1]), (2, [2]), (27, [27, 9, 3, 1])])
def test_rungs(workshop: Any, count: int, rungs: list[int]) -> None:
    rest = ", search: {halving: {factor: 3, resource: trees, min: 5}}"
    grid = f"{{a: {{from: 1, to: {count}, step: 1}}}}"
    graph = workshop.compile(SPEC.format(grid=grid, rest=rest)).graph
    found = [axis.values.at_most for axis in graph.axes if axis.name.startswith("t.rung")]
    assert [graph.axis["t.grid"].values.size, *found] == rungs
    fits = [step.params["arguments"]["trees"] for step in graph.steps if step.name.startswith("t.fit")]
    assert fits == [5 * 3**number for number in range(len(rungs))]


def test_size_does_not_follow_the_fan_out(workshop: Any) -> None:
    texts = []
    for count in (2_000, 2_000_000):
        rest = f", search: {{random: {count}}}"
        compiled = workshop.compile(SPEC.format(grid="{a: {from: 0.1, to: 1, scale: log}}", rest=rest))
        texts.append(dump_plan(compiled.plan).decode() + dump(compiled.graph))
    small, large = (re.sub(r"2000(000)?", "N", text) for text in texts)
    assert small == large


@pytest.fixture(autouse=True)
def _models(workshop: Any) -> None:
    workshop.write({"models.py": "class Model: ...\nclass Stage: ...\nclass Other: ...\n"})
