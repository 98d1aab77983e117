"""What is dropped, and what must not be."""

import sys
from dataclasses import replace
from typing import Any

import pytest
from tests.passes.theorem import finds_within

from mlc_compiler.graph.axis import Axis, Found
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.step import Edge, Step
from mlc_compiler.passes.facts import Facts
from mlc_compiler.passes.prune import prune

HERE = (("sources", "s"),)


def source(name: str, *checks: str) -> tuple[Step, Step]:
    read = Step(name, "read", outputs={"table": "table"}, origin=HERE)
    edge = Edge("table", name, "table")
    params = {"checks": list(checks)}
    return read, Step(f"{name}.checks", "check", params, (edge,), {"report": "report"}, root=True, origin=HERE)


def fit(*reads: str, **more: Any) -> Step:
    inputs = tuple(Edge(name, name, "table") for name in reads)
    return Step("fit", "train", inputs=inputs, outputs={"model": "model"}, root=True, origin=HERE, **more)


def kept(*steps: Step, axes: tuple[Axis, ...] = ()) -> list[str]:
    return [step.name for step in prune(Graph(steps, axes), Facts()).steps]


def test_checks_stay_with_their_source() -> None:
    assert kept(*source("a"), *source("b"), fit("a")) == ["a", "a.checks", "fit"]


def test_a_source_with_checks_is_there_to_be_checked() -> None:
    assert kept(*source("a"), *source("b", "x > 1"), fit("a")) == ["a", "a.checks", "b", "b.checks", "fit"]


def test_where_nothing_else_is_asked_for_the_checks_are() -> None:
    assert kept(*source("a"), *source("b")) == ["a", "a.checks", "b", "b.checks"]


def test_finders_of_axes_stay_and_axes_of_nobody_go() -> None:
    find = Step("find", "distinct", inputs=(Edge("t", "a", "table"),), outputs={"i": "index"}, origin=HERE)
    axes = (Axis("each", Found("find", "i", ("x",))), Axis("other", Found("lost", "i", ("y",))))
    lost = replace(find, name="lost")
    steps = (*source("a"), find, lost, fit("a", axes=("each",)))
    assert kept(*steps, axes=axes) == ["a", "a.checks", "find", "fit"]
    assert [axis.name for axis in prune(Graph(steps, axes), Facts()).axes] == ["each"]


def test_finders_that_are_forgotten_are_missed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[prune.__module__], "finders", lambda graph, step: ())
    finds_within(100, prune)
