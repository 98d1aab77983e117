import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlc_runtime.errors import InvalidInputError
from mlc_runtime.keys import static_key
from mlc_runtime.params import fill, holes
from mlc_runtime.plan import Plan, PlanAxis, PlanEdge, PlanStep, Policy, dump, fingerprint, load
from mlc_runtime.relation import cross, listed, union
from mlc_runtime.sample import Range, Sample

GRID = union(
    ["model", "alpha"],
    [cross([listed(["model"], [("line",)]), listed(["alpha"], [(0.1,), (1.0,)])]), listed(["model"], [("tree",)])],
)
PLAN = Plan(
    "churn",
    {"cost": {"type": "float", "default": 12.5}},
    {
        "country": PlanAxis("country", ("country",), found=("names", "country"), at_most=250),
        "grid": PlanAxis("grid", ("model", "alpha"), values=GRID),
        "grid/model": PlanAxis("grid/model", ("model",), project="grid"),
        "kept": PlanAxis("kept", ("model", "alpha"), ("country",), found=("best", "kept"), within="grid"),
        "draws": PlanAxis("draws", ("rate",), values=Sample(Range("rate", 0.01, 1.0, "log"), 20, 0)),
        "when": PlanAxis("when", (), found=("gate", "go")),
    },
    (
        PlanStep("names", "distinct", "s0", {"column": "country"}, outputs={"country": "index"}),
        PlanStep(
            "fit",
            "train",
            "s1",
            {"with": {"alpha": {"$field": "alpha"}}, "seed": 0},
            (PlanEdge("rows", "prep", "table"), PlanEdge("old", "fit0", "model", ("grid",), (("a", "b"),), 0.1, True)),
            {"model": "model"},
            ("country", "grid"),
            want=("a", "b"),
            members=("prep",),
            policy=Policy(resources={"cpu": 2}, retry=3, timeout=1_000_000, store="must"),
            tiles={"from": "names"},
            code="c0",
            distributions=("sklearn",),
            origin=(("training", "late", "model"), ("training", "base", 0)),
            effect=True,
            pure=False,
            root=True,
        ),
    ),
    {"timezone": "Europe/Zürich", "seed": 0},
)


def test_a_plan_comes_back_as_it_was() -> None:
    assert load(dump(PLAN)) == PLAN
    assert dump(load(dump(PLAN))) == dump(PLAN)
    assert fingerprint(load(dump(PLAN))) == fingerprint(PLAN)


def test_a_plan_is_sorted_readable_text_and_leaves_out_what_is_unset() -> None:
    text = dump(PLAN).decode()
    assert text.endswith("}\n")
    assert "Zürich" in text
    document = json.loads(text)
    assert json.dumps(document, sort_keys=True) == json.dumps(document)
    assert set(document["steps"][0]) == {"name", "op", "static", "params", "in", "out", "origin"}


def test_what_follows_from_the_version_of_an_operation_is_left_out() -> None:
    plan = Plan(
        "p", steps=tuple(PlanStep(f"s{code}", "train", static_key("train", 1, code), code=code) for code in "ab")
    )
    for step in json.loads(dump(plan))["steps"]:
        assert (step["version"], "static" in step) == (1, False)
    assert load(dump(plan)) == plan
    older = PlanStep("s", "train", static_key("train", 0))
    assert load(dump(Plan("p", steps=(older,)))).steps == (older,)


def test_the_size_of_a_plan_is_that_of_its_spec() -> None:
    grid = cross(listed([name], ((i,) for i in range(100))) for name in ("a", "b", "c", "d"))
    assert grid.size == 10**8
    assert len(dump(Plan("big", axes={"grid": PlanAxis("grid", grid.fields, values=grid)}))) < 20_000


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "MLC950"),
        (b"\xff\xfe", "MLC950"),
        (b"[]", "MLC950"),
        (b"{}", "MLC950"),
        (b'{"mlc_plan": 1}', "MLC950"),
        (b'{"mlc_plan": 1, "name": "a", "steps": [{}]}', "MLC950"),
        (b'{"mlc_plan": 1, "name": "a", "steps": [], "axes": {"g": {"fields": ["g"]}}}', "MLC950"),
        (b'{"mlc_plan": 2}', "MLC951"),
    ],
)
def test_what_is_no_plan_is_refused(data: bytes, code: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        load(data)
    assert caught.value.code == code


@given(st.integers(0, 10_000))
def test_a_damaged_plan_is_refused_or_read(cut: int) -> None:
    data = dump(PLAN)
    with pytest.raises(InvalidInputError):
        load(data[: cut % (len(data) - 2)])


def test_holes_are_filled_and_an_absent_field_leaves_its_argument_out() -> None:
    params = {
        "with": {"alpha": {"$field": "alpha"}, "depth": {"$field": "depth"}, "list": [{"$field": "depth"}, 1]},
        "cost": {"$param": "cost"},
        "print": {"$bind": ["source", "flights"]},
        "odd": {"$literal": {"$field": "alpha"}},
        "plain": {"$field": "a", "more": 1},
    }
    bind = {"parameters": {"cost": 2.0}, "source": {"flights": "abc"}}
    assert fill(params, {"alpha": 0.1}, bind) == {
        "with": {"alpha": 0.1, "list": [1]},
        "cost": 2.0,
        "print": "abc",
        "odd": {"$field": "alpha"},
        "plain": {"$field": "a", "more": 1},
    }
    assert list(holes(params, "$field")) == ["alpha", "depth", "depth"]
    assert list(holes(params, "$param")) == ["cost"]
