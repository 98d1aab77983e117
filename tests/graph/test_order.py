"""The order of keys: nowhere but in `prepare` and `grid` does it mean anything, to no key and to no axis."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.check.test_mutations import mutated
from tests.specs import WHOLE, samples, shuffled

from mlc_compiler.check.facts import Program
from mlc_compiler.driver import check_file
from mlc_compiler.graph.build import build
from mlc_compiler.graph.experiment import replay_graph
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.online import NotServedError, online_graph
from mlc_compiler.source.document import Document
from mlc_compiler.source.read import read, read_file
from mlc_compiler.spec.serving import Online

COMMON = """\
mlc: 1
name: common
sources:
  sales:
    read: sales.csv
    columns: {sale: int, shop: string, part: int, price: float, sold: timestamp}
    key: [sale]
    time: sold
features:
  shop: {from: sales, join: {shop: shop, floor: part}, columns: {mean: avg(price), least: min(price)}}
"""
INCLUDING = """\
mlc: 1
name: whole
include: {common: common.yaml}
sources:
  visits:
    read: visits.csv
    columns: {visit: int, shop: string, floor: int, day: timestamp, bought: bool, left: timestamp}
    key: [visit]
    time: day
    known: {bought: day + interval 1 hour, left: day + interval 1 hour}
examples: {visits: {from: visits, label: bought, split: {by: random, test: 20%}}}
training: {buys: {examples: visits, features: [common.shop], model: sklearn.dummy.DummyClassifier}}
"""


def meaning(path: Path, dice: random.Random | None = None, text: str | None = None) -> Any:
    """The keys of all steps by name and the axes, of all graphs that a spec is built as; None where it is not sound.

    Args:
        path: the spec.
        dice: puts the keys of all its documents in another order.
        text: instead of the file's own.
    """

    def reader(file: Path, shown: str) -> Document:
        document = read(text.encode(), shown) if text is not None and file == path else read_file(file, shown)
        return document if dice is None else replace(document, data=shuffled(document.data, dice))

    checked = check_file(path, str(path), reader)
    if not checked.sound:
        return None
    return {name: (dict(graph.static_keys), set(graph.axes)) for name, graph in graphs(checked.program).items()}


def graphs(program: Program) -> dict[str, Graph]:
    """Those of runs, of servers and of analyses."""
    found = {"": build(program)} | {name: replay_graph(program, name) for name in program.experiments}
    for name, serving in program.servings.items():
        if isinstance(serving.spec, Online):
            try:
                found[name] = online_graph(program, name)
            except NotServedError:
                continue
    return found


@pytest.mark.parametrize("path", WHOLE, ids=lambda path: f"{path.parent.name}-{path.stem}")
@settings(max_examples=8)
@given(seed=st.integers(0, 2**32))
def test_keys_in_any_order_are_the_same(path: Path, seed: int) -> None:
    found = meaning(path)
    assert found
    assert meaning(path, random.Random(seed)) == found


def test_every_construct_is_the_same_in_any_order(tmp_path: Path) -> None:
    sound = [(path, found) for path in samples(tmp_path) if (found := meaning(path)) and found[""][0]]
    assert len(sound) > 100
    assert [path.read_text() for path, found in sound if meaning(path, random.Random(path.name)) != found] == []


def test_what_is_included_is_the_same_in_any_order(tmp_path: Path) -> None:
    (tmp_path / "common.yaml").write_text(COMMON)
    path = tmp_path / "pipeline.yaml"
    path.write_text(INCLUDING)
    found = meaning(path)
    assert found
    assert all(meaning(path, random.Random(seed)) == found for seed in range(20))


@settings(max_examples=60)
@given(mutated(), st.integers(0, 2**32))
def test_mutated_specs_are_the_same_in_any_order(case: tuple[Path, str], seed: int) -> None:
    path, text = case
    path = path.with_suffix(".yaml")
    assert meaning(path, random.Random(seed), text) == meaning(path, text=text)


@pytest.mark.deep
@settings(max_examples=3000)
@given(mutated(), st.integers(0, 2**32))
def test_many_mutated_specs_are_the_same_in_any_order(case: tuple[Path, str], seed: int) -> None:
    path, text = case
    path = path.with_suffix(".yaml")
    assert meaning(path, random.Random(seed), text) == meaning(path, text=text)


@pytest.mark.parametrize("section", ["prepare", "grid"])
def test_what_has_an_order_keeps_it(section: str) -> None:
    penguins = next(path for path in WHOLE if path.parent.name == "penguins")
    data = read_file(penguins, penguins.name).data
    assert data is not None
    whole = data["training"]["species"][section]
    part = whole if isinstance(whole, dict) else whole[0]
    turned = dict(reversed(part.items()))

    def reader(file: Path, shown: str) -> Document:
        training = {**data["training"]["species"], section: turned if part is whole else [turned, *whole[1:]]}
        return Document(shown, "", "toml", {**data, "training": {**data["training"], "species": training}})

    before, after = (build(check_file(penguins, "", each).program) for each in (read_file, reader))
    assert (before.static_keys, set(before.axes)) != (after.static_keys, set(after.axes))
