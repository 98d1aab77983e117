"""Successive halving: rounds within rounds, each bounded before anything runs, and fits that go on."""

from pathlib import Path

import pytest

from mlc_compiler.driver import Compiled, check_file, compile_checked
from mlc_compiler.explain.search import Draw, Rung, draws, halvings
from mlc_compiler.graph.axis import Found
from mlc_compiler.graph.resume import resumes
from mlc_compiler.graph.size import Size, number, tasks
from mlc_compiler.passes import optimise
from mlc_compiler.passes.facts import Facts, Limits

SPEC = """\
mlc: 1
name: halving
sources: {{plants: {{read: plants.csv, columns: {{id: int, width: float, soil: string, tall: bool}}, key: [id]}}}}
features: {{own: {{columns: [width]}}}}
examples: {{plants: {{from: plants, label: tall, split: {{by: random, test: 20%, folds: 2}}}}}}
training:
  t:
    examples: plants
    features: [own]
    each: {{soil: [clay, sand, peat]}}
    model: {model}
    grid: {{learning_rate: {{from: 0.01, to: 1, scale: log}}, max_depth: {{from: 2, to: 12}}}}
    search: {{{search}}}
    metrics: [brier]
    select: {{minimize: brier, per: {per}}}
"""
HALVING = "halving: {factor: 3, resource: max_iter, min: 10, start: 81}"
BOOSTING = "sklearn.ensemble.HistGradientBoostingClassifier"


def compiled(folder: Path, search: str = HALVING, model: str = BOOSTING, per: str = "[soil]") -> Compiled:
    path = folder / "pipeline.yaml"
    path.write_text(SPEC.format(search=search, model=model, per=per))
    checked = check_file(path, "pipeline.yaml")
    assert checked.sound, [(finding.message, finding.place) for finding in checked.diagnostics]
    return compile_checked(checked, folder)


def test_each_round_is_bounded_before_anything_runs(tmp_path: Path) -> None:
    made = compiled(tmp_path)
    kept = [axis.values for axis in made.built.axes if isinstance(axis.values, Found) and axis.values.within]
    assert [(values.step, values.within, values.at_most) for values in kept] == [
        ("t.keep_0", "t.grid", 27),
        ("t.keep_1", "t.rung_1", 9),
        ("t.keep_2", "t.rung_2", 3),
        ("t.keep_3", "t.rung_3", 1),
        ("t.best", "t.rung_4", 1),
    ]
    assert [made.plan.axes[f"t.rung_{n}"].at_most for n in range(1, 5)] == [27, 9, 3, 1]
    assert all(tasks(made.built, step).known is not None for step in made.built.steps)


def test_a_round_goes_on_where_the_one_before_it_stood(tmp_path: Path) -> None:
    graph = compiled(tmp_path).built
    started = {
        step.name: edge.step
        for step in graph.steps
        if step.op == "train"
        for edge in step.inputs
        if edge.port == "start"
    }
    assert started == {"t.fit_1": "t.fit_0", "t.fit_2": "t.fit_1", "t.fit_3": "t.fit_2", "t.fit": "t.fit_3"}
    assert graph.step["t.fit_1"].axes == ("t.each", "t.fold", "t.rung_1")


def test_what_is_kept_is_chosen_for_each_value_or_for_all(tmp_path: Path) -> None:
    assert compiled(tmp_path).built.step["t.keep_0"].axes == ("t.each",)
    together = compiled(tmp_path, per="[]").built.step["t.keep_0"]
    assert (together.axes, together.inputs[0].over) == ((), ("t.each", "t.grid", "t.fold"))


@pytest.mark.parametrize(
    ("use", "resource", "goes_on"),
    [
        (BOOSTING, "max_iter", True),
        ("sklearn.ensemble.RandomForestClassifier", "n_estimators", True),
        ("sklearn.ensemble.RandomForestClassifier", "max_leaf_nodes", False),
        ("sklearn.linear_model.SGDClassifier", "max_iter", False),
        ("sklearn.ensemble.AdaBoostClassifier", "n_estimators", False),
        ("functions:fit", "n_estimators", False),
    ],
)
def test_only_ensembles_that_grow_go_on(use: str, resource: str, *, goes_on: bool) -> None:
    assert resumes([use], resource) is goes_on
    assert resumes([use, "functions:other"], resource) is False


def test_what_a_halving_saves_is_counted(tmp_path: Path) -> None:
    (found,) = halvings(compiled(tmp_path).built)
    assert (found.training, found.resource) == ("t", "max_iter")
    bounded = [Rung(Size({(): size}, exact=False), amount) for size, amount in ((27, 30), (9, 90), (3, 270), (1, 810))]
    assert list(found.rungs) == [Rung(number(81), 10), *bounded]
    each_fit = 3 * 2
    assert found.spent.known == each_fit * (81 * 10 + 27 * 20 + 9 * 60 + 3 * 180 + 1 * 540)
    assert found.full.known == each_fit * 81 * 810


def test_a_model_that_cannot_go_on_starts_anew_each_time(tmp_path: Path) -> None:
    halving = "halving: {factor: 3, resource: max_iter, min: 10, start: 9}"
    (found,) = halvings(compiled(tmp_path, halving, "functions:fit").built)
    assert found.spent.known == 3 * 2 * (9 * 10 + 3 * 30 + 1 * 90)


def test_a_random_search_is_a_draw_and_no_halving(tmp_path: Path) -> None:
    graph = compiled(tmp_path, "random: 60").built
    assert list(draws(graph)) == [Draw("t", 60, None)]
    assert list(halvings(graph)) == []
    assert list(draws(compiled(tmp_path).built)) == []


def test_rounds_lower_to_a_static_engine(tmp_path: Path) -> None:
    graph = compiled(tmp_path).built
    tiled, _ = optimise(graph, Facts(Limits(startup=10.0, request=0.05, tiles=1_000)))
    fits = {
        step.name: tiled.step[tiled.host.get(step.name, step.name)].tiles for step in tiled.steps if step.op == "train"
    }
    assert fits["t.fit_0"]["max"] > fits["t.fit"]["max"]
    assert not any("from" in tiles for tiles in fits.values())
