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
