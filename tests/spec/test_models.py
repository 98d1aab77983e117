import pytest
from pydantic import ValidationError

from mlc_compiler.expression.duration import Duration
from mlc_compiler.spec.header import Spec


def spec(**sections: object) -> Spec:
    return Spec.model_validate({"mlc": 1, "name": "p", **sections})


def test_short_forms_become_long_ones() -> None:
    training = {"examples": "e", "features": ["f"], "model": "a.b:C", "prepare": {"gaps": "a:B"}, "retry": 2}
    loaded = spec(training={"t": training}, schedule="0 3 * * *").training["t"]
    assert loaded.model.use == "a.b:C"
    assert loaded.prepare["gaps"].use == "a:B"
    assert loaded.retry.limit == 2


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (["a", "b"], [("a", "a", ("columns", 0)), ("b", "b", ("columns", 1))]),
        ({"x": "a + 1", "y": 2}, [("x", "a + 1", ("columns", "x")), ("y", "2", ("columns", "y"))]),
    ],
)
def test_the_columns_of_a_group_know_where_they_stand(columns: object, expected: list[object]) -> None:
    group = spec(features={"g": {"columns": columns}}).features["g"]
    assert list(group.items()) == expected


def test_nested_and_dotted_grid_parameters_are_the_same() -> None:
    training = {"examples": "e", "features": ["f"], "model": "a.b:C", "prepare": {"gaps": "a:B"}}
    grids = [
        {"gaps.strategy": ["mean"], "C": {"from": 1, "to": 9, "count": 3}, "gaps": ["a:D"]},
        {"gaps": {"strategy": ["mean"]}, "model": ["a.b:E"]},
    ]
    dotted, nested = spec(training={"t": {**training, "grid": grids}}).training["t"].grids()
    assert [(p.target, p.argument, p.path) for p in dotted] == [
        ("gaps", "strategy", ("grid", 0, "gaps.strategy")),
        ("model", "C", ("grid", 0, "C")),
        ("gaps", None, ("grid", 0, "gaps")),
    ]
    assert [(p.target, p.argument, p.path) for p in nested] == [
        ("gaps", "strategy", ("grid", 1, "gaps", "strategy")),
        ("model", None, ("grid", 1, "model")),
    ]


@pytest.mark.parametrize(("text", "share"), [("20%", 0.2), ("2.5%", 0.025), (0.5, 0.5), (0, 0.0), (1, 1.0)])
def test_shares(text: object, share: float) -> None:
    split = spec(examples={"e": {"from": "s", "split": {"by": "random", "test": text}}}).examples["e"].split
    assert split is not None
    assert split.test == share


def test_constants_are_expressions() -> None:
    examples = spec(examples={"e": {"from": "s", "label": True, "weight": 1.5, "where": "a"}}).examples["e"]
    assert examples.label is not None
    assert (examples.label.value, examples.weight, examples.where) == ("true", "1.5", "a")


def test_an_empty_section_is_empty() -> None:
    assert spec(sources=None).sources == {}


def test_durations_are_exact() -> None:
    step = spec(steps={"s": {"use": "a:b", "timeout": "90m"}}).steps["s"]
    assert step.timeout == Duration(90 * 60 * 1_000_000)


@pytest.mark.parametrize(
    "source",
    [
        {},
        {"read": "a.csv", "sql": "select 1", "columns": {"a": "int"}},
        {"read": "a.csv"},
        {"sql": "select 1", "with": {"a": 1}},
        {"read": {"table": "a"}, "columns": {"a": "int"}},
        {"read": {"path": "a.csv", "table": "a", "connection": "c"}, "columns": {"a": "int"}},
        {"read": None, "columns": {"a": "int"}},
    ],
)
def test_mixed_forms_are_refused(source: object) -> None:
    with pytest.raises(ValidationError):
        spec(sources={"s": source})


TRAINING = {"examples": "e", "features": ["f"], "model": "a.b:C"}


@pytest.mark.parametrize(
    ("each", "axes"),
    [
        ("a", [("a", None, ("each", 0))]),
        (["a", "b"], [("a", None, ("each", 0)), ("b", None, ("each", 1))]),
        ({"a": [1, 2], "b": ["x"]}, [("a", (1, 2), ("each", "a")), ("b", ("x",), ("each", "b"))]),
    ],
)
def test_the_three_forms_of_each(each: object, axes: list[object]) -> None:
    assert list(spec(training={"t": {**TRAINING, "each": each}}).training["t"].each_axes()) == axes


@pytest.mark.parametrize("direction", ["maximize", "minimize"])
def test_an_objective_has_a_direction_and_a_target(direction: str) -> None:
    select = spec(training={"t": {**TRAINING, "select": {direction: "brier"}}}).training["t"].select
    assert select is not None
    assert (select.direction, select.target) == (direction, "brier")


@pytest.mark.parametrize(
    ("metric", "name"),
    [("brier", "brier"), ("own.metrics:cost", "cost"), ({"use": "a.b.cost", "with": {"x": 1}}, "cost")],
)
def test_metrics_have_names(metric: object, name: str) -> None:
    assert spec(training={"t": {**TRAINING, "metrics": [metric]}}).training["t"].metrics[0].name == name


@pytest.mark.parametrize(
    ("join", "pairs"),
    [
        ([], []),
        (["a"], [("a", "a", ("join", 0))]),
        ({"plane.model": "model"}, [("plane.model", "model", ("join", "plane.model"))]),
    ],
)
def test_joins_of_groups_labels_and_outcomes(join: object, pairs: list[object]) -> None:
    lookup = {"from": "s", "join": join} if join else {"from": "s"}
    outcome = {**lookup, "window": "0d..1d", "value": "count(*)", "better": "higher"}
    arms = {"a": {"share": 0.5}, "b": {"share": 0.5}}
    loaded = spec(
        features={"g": {**lookup, "columns": ["x"]}},
        examples={"e": {"from": "s", "label": {**lookup, "window": "0d..1d", "value": "count(*)"}}},
        experiments={"x": {"service": "s", "unit": "u", "arms": arms, "outcome": outcome, "detect": "1%"}},
    )
    label = loaded.examples["e"].label
    assert label is not None
    for joined in (loaded.features["g"], label, loaded.experiments["x"].outcome):
        assert list(joined.join_items()) == pairs


def test_whole_numbers_of_a_range_stay_whole() -> None:
    grid = {"leaves": {"from": 2, "to": 8, "step": 3}, "rate": {"from": 0.1, "to": 1, "count": 2}}
    leaves, rate = (p.choices for p in spec(training={"t": {**TRAINING, "grid": grid}}).training["t"].grids()[0])
    assert repr((leaves.from_, leaves.to, leaves.step)) == "(2, 8, 3)"
    assert repr((rate.from_, rate.to, rate.count)) == "(0.1, 1, 2)"
