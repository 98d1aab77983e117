"""What is said of what stands under the cursor."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mlc_compiler.editor.hover import hover
from mlc_compiler.editor.lens import lenses
from mlc_compiler.editor.view import View


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        pytest.param("sum(amount)", "sum(amo‸unt)", "`amount`: `float`, column of source `spend`", id="column"),
        pytest.param("hour(placed_at)", "hour(pla‸ced_at)", "known at `placed_at`", id="when it is known"),
        pytest.param("recent.spent >", "recent.sp‸ent >", "`recent.spent`: `float`, feature", id="feature"),
        pytest.param("from: spend", "from: spe‸nd", "source `spend`\n\n- `order_id`: `int`", id="source"),
        pytest.param("[recent,", "[rec‸ent,", "feature group `recent`\n\n- `spent`: `float`", id="group"),
        pytest.param("examples: sales", "examples: sal‸es", "with a label that is true or false", id="examples"),
        pytest.param("model: churn", "model: chu‸rn", "training `churn` on `sales`", id="training"),
        pytest.param("$least", "$le‸ast", "parameter `$least`: `int`, by default `3`", id="parameter"),
        pytest.param("connection: db,", "connection: d‸b,", "`db`, a `postgres`", id="connection"),
        pytest.param("> drift.psi", "> drift.ps‸i", "`drift.psi`: `float`, output of step `drift`", id="output"),
        pytest.param("sum(amount)", "su‸m(amount)", "sum(int) -> int", id="function"),
        pytest.param("maximize: roc_auc", "maximize: roc‸_auc", "area under the ROC curve", id="metric"),
        pytest.param("churn.test.roc_auc", "churn.test.roc‸_auc", "area under the ROC curve", id="in a condition"),
        pytest.param("use: sklearn.preprocessing.One", "use: sklearn.pre‸processing.One", "transformer", id="stage"),
    ],
)
def test_names(
    opened: Callable[..., tuple[View, int]], shop: Callable[..., str], old: str, new: str, said: str
) -> None:
    found = hover(*opened(shop(old, new)))
    assert found is not None
    assert said in found.text


def test_what_has_no_name_has_nothing_to_say(opened: Callable[..., tuple[View, int]], shop: Callable[..., str]) -> None:
    assert hover(*opened(shop("window: 30d", "window: 3‸0d"))) is None
    assert hover(*opened(shop("mlc: 1\n", "mlc: 1  # a no‸te\n"))) is None


def test_tasks_are_counted_above_what_makes_them(
    opened: Callable[..., tuple[View, int]], shop: Callable[..., str]
) -> None:
    view, _ = opened(shop())
    assert [each.message for each in view.diagnostics] == []
    found = {view.document.text[slice(*lens.extent)] or "all": lens.text for lens in lenses(view)}
    assert list(found) == ["all", "churn", "again", "scores", "drift"]
    assert found["drift"] == "1 task"


def test_tasks_of_what_is_not_sound_are_not_counted(
    opened: Callable[..., tuple[View, int]], shop: Callable[..., str]
) -> None:
    view, _ = opened(shop("from: spend", "from: spent"))
    assert lenses(view) == ()
