"""What is offered at a cursor: names of entries, columns with their types, and everything that is not words of keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mlc_compiler.editor.completion import Completion, complete
from mlc_compiler.editor.cursor import spot
from mlc_compiler.editor.session import look

CURSOR = "‸"


@pytest.fixture
def completed(tmp_path: Path, opened: Callable[..., object]) -> Callable[..., Completion]:
    def do(marked: str, name: str = "pipeline.yaml", **others: str) -> Completion:
        opened(marked, name, **others)
        text, offset = marked.replace(CURSOR, ""), marked.index(CURSOR)
        found = spot(text, offset, name)
        assert found is not None
        view = look(str(tmp_path / name), {str(tmp_path / name): found.document.text})
        return complete(view, found, offset)

    return do


@pytest.mark.parametrize(
    ("old", "new", "offered", "others"),
    [
        pytest.param("from: spend", "from: ‸", "orders customers spend", "recent sales", id="source"),
        pytest.param("examples: sales", "examples: ‸", "sales", "churn orders", id="examples"),
        pytest.param("model: churn", "model: ‸", "churn again", "scores", id="model of a serving"),
        pytest.param("fallback: churn", "fallback: ‸", "churn", "again", id="another training"),
        pytest.param("service: scores", "service: ‸", "scores", "churn", id="serving"),
        pytest.param("model: again}", "model: ‸}", "churn again", "scores", id="model of an arm"),
        pytest.param("connection: db,", "connection: ‸,", "db", "db_password", id="connection"),
        pytest.param("key: [order_id]", "key: [‸]", "order_id amount", "country", id="own column"),
        pytest.param("time: signed_up_at", "time: ‸", "signed_up_at", "placed_at", id="time"),
        pytest.param(
            "join: [order_id], window: 30d", "join: [‸], window: 30d", "order_id placed_at", "country", id="join"
        ),
        pytest.param("sum(amount)", "sum(‸", "amount order_id", "country recent.spent returned", id="looked-up row"),
        pytest.param("hour(placed_at)", "hour(‸", "placed_at recent.spent $least $at hour", "country", id="formula"),
        pytest.param("recent.spent >", "recent.‸ >", "recent.spent who.country", "placed_at hour", id="of a group"),
        pytest.param("$least", "$‸", "$least $at $as_of", "placed_at sum", id="parameter"),
        pytest.param("value: count(*) = 0", "value: su‸", "sum amount returned", "country", id="label of a window"),
        pytest.param("at: placed_at", "at: ‸", "placed_at customer_id", "country", id="moment"),
        pytest.param(
            "[recent, clock.much, who.country]",
            "[‸]",
            "recent clock who recent.spent clock.much again.prediction",
            "churn.prediction spent",
            id="inputs",
        ),
        pytest.param("columns: [who.country]", "columns: [‸]", "who.country recent.spent", "who", id="of a stage"),
        pytest.param("each: customer_id", "each: ‸", "customer_id who.country", "country", id="each"),
        pytest.param("[roc_auc, ", "[‸, ", "brier log_loss", "mae cost", id="metrics that fit the label"),
        pytest.param("maximize: roc_auc", "maximize: ‸", "roc_auc cost", "brier", id="to maximize"),
        pytest.param("metric: brier", "metric: ‸", "brier cost", "mae", id="metric of an outcome"),
        pytest.param(
            "when: churn.test",
            "when: churn.‸",
            "churn.test.roc_auc churn.live.test.roc_auc churn.test.cost drift.psi",
            "scores",
            id="condition",
        ),
        pytest.param(
            "model: sklearn.linear_model.LogisticRegression\n    grid",
            "model: sklearn.lin‸\n    grid",
            "sklearn.linear_model.Ridge",
            "sklearn.linear_model.nothing sklearn.preprocessing.StandardScaler",
            id="model",
        ),
        pytest.param(
            "use: sklearn.preprocessing.OneHotEncoder",
            "use: sklearn.pre‸",
            "sklearn.preprocessing.StandardScaler",
            "sklearn.linear_model.Ridge",
            id="stage",
        ),
        pytest.param("grid: {C:", "grid: {‸:", "C penalty codes.handle_unknown", "n_estimators", id="grid"),
        pytest.param("now: sources.orders", "now: ‸", "sources.orders examples.sales", "drift.nothing", id="given"),
        pytest.param(
            "select o.order_id, o.amount, o.placed_at from orders o",
            "select o.amount from ‸",
            "orders customers",
            "recent",
            id="table of a query",
        ),
        pytest.param(
            "select o.order_id, o.amount, o.placed_at from orders o",
            "select o.‸, c.country from orders o join customers as c using (customer_id)",
            "o.amount o.customer_id",
            "amount c.country o.country",
            id="column of a table of a query",
        ),
        pytest.param(
            "select o.order_id, o.amount, o.placed_at from orders o",
            "select order_id, ‸ from orders where amount > 3",
            "amount sum",
            "country o.amount",
            id="column of a query",
        ),
        pytest.param("unit: customer_id", "unit: ‸", "customer_id", "country", id="unit"),
    ],
)
def test_names(
    completed: Callable[..., Completion], shop: Callable[..., str], old: str, new: str, offered: str, others: str
) -> None:
    labels = {item.label for item in completed(shop(old, new)).items}
    assert {label for label in offered.split() if label not in labels} == set(), labels
    assert {label for label in others.split() if label in labels} == set()


def test_columns_have_their_types(completed: Callable[..., Completion], shop: Callable[..., str]) -> None:
    items = {item.label: item for item in completed(shop("hour(placed_at)", "‸")).items}
    assert (items["placed_at"].detail, items["recent.spent"].detail) == ("timestamp", "float")
    assert items["placed_at"].documentation == "column of source `orders`"


def test_an_item_takes_the_place_of_what_is_typed(
    completed: Callable[..., Completion], shop: Callable[..., str]
) -> None:
    marked = shop("recent.spent >", "1 + recent.sp‸ >")
    found = completed(marked)
    assert marked[slice(*found.extent)] == "recent.sp"


def test_quotes_are_put_where_toml_wants_them(completed: Callable[..., Completion]) -> None:
    head = '[sources.s]\nread = "a.csv"\ncolumns = { a = "int" }\n[examples.e]\n'
    assert completed(f"mlc = 1\nname = 'x'\n{head}from = ‸\n", "pipeline.toml").quoted
    assert not completed(f'mlc = 1\nname = "x"\n{head}from = "‸"\n', "pipeline.toml").quoted


def test_nothing_is_offered_in_a_text_of_an_expression(
    completed: Callable[..., Completion], shop: Callable[..., str]
) -> None:
    assert completed(shop("value: count(*) = 0", "value: country = 'C‸'")).items == ()


def test_nothing_is_offered_where_no_name_stands(
    completed: Callable[..., Completion], shop: Callable[..., str]
) -> None:
    assert completed(shop("name: shop", "name: ‸")).items == ()
    assert completed(shop("window: 30d", "window: ‸")).items == ()


def test_names_of_an_included_file(completed: Callable[..., Completion], shop: Callable[..., str]) -> None:
    crm = "mlc: 1\nname: crm\nsources:\n  calls: {read: calls.csv, columns: {n: int}, static: true}\n"
    marked = shop("name: shop\n", "name: shop\ninclude: {crm: crm.yaml}\n").replace("from: spend", "from: ‸", 1)
    assert "crm.calls" in {item.label for item in completed(marked, crm_yaml=crm).items}


def test_functions_and_classes_of_the_project(completed: Callable[..., Completion], shop: Callable[..., str]) -> None:
    code = 'import os\ndef cost(a, b, rows):\n    """What it costs."""\ndef _own(): ...\nclass Net: ...\n'
    functions = completed(shop('use: "functions:drift"', 'use: "functions:‸"'), functions_py=code, broken_py="def (")
    assert [(item.label, item.documentation) for item in functions.items] == [("functions:cost", "What it costs.")]
    marked = shop("model: sklearn.linear_model.LogisticRegression\n    grid", "model: fun‸\n    grid")
    assert {"functions:Net", "functions:cost"} <= {item.label for item in completed(marked, functions_py=code).items}
    marked = shop("[roc_auc, ", "[‸, ")
    assert {"functions:cost", "roc_auc"} <= {item.label for item in completed(marked, functions_py=code).items}


def test_names_in_an_environment(completed: Callable[..., Completion], shop: Callable[..., str]) -> None:
    environment = "connections:\n  db: {type: postgres, host: h, database: d, password: ‸}\nsecrets: {word: {env: A}}\n"
    assert [item.label for item in completed(environment, "environment.yaml", pipeline_yaml=shop()).items] == ["word"]
    overrides = "overrides:\n  ‸: {retry: 3}\n"
    found = completed(overrides, "environment.yaml", pipeline_yaml=shop())
    assert [item.label for item in found.items] == ["churn", "again", "scores", "drift"]
