"""From labels to the tables that one fit reads."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from mlc_runtime.errors import StepError
from mlc_runtime.ops import distinct, label, rows
from mlc_runtime.ops import slice as part

JUNE = datetime(2024, 6, 1, tzinfo=UTC)
JULY = datetime(2024, 7, 1, tzinfo=UTC)


def instants(*values):
    return pa.array(values, pa.timestamp("us", tz="UTC"))


ROWS = pa.table(
    {"$row": [0, 2, 5], "$at": instants(JUNE, JUNE, JUNE), "y": [3, 20, None], "k": instants(JULY, None, JULY)}
)


def labelled(context, inputs=None, **params):
    plain = {"label": "y > 15", "known": ["k"], "weight": None, "part": None}
    return label.run({"rows": ROWS, **(inputs or {})}, {**plain, **params}, context)["table"]


def test_a_label_and_when_it_is_known(context):
    found = labelled(context)
    assert found.select(ROWS.column_names).equals(ROWS)
    assert found["$label"].to_pylist() == [False, True, None]
    assert found["$label_known"].to_pylist() == [JULY, None, JULY]
    assert "$weight" not in found.column_names, "models that take no weights are not asked to"
    assert found["$part"].to_pylist() == [None] * 3


def test_one_unknown_time_makes_it_never(context):
    assert labelled(context, known=["k", '"$at"'])["$label_known"].to_pylist() == [JULY, None, JULY]


def test_what_is_always_known_is_known_at_the_moment(context):
    assert labelled(context, known=[])["$label_known"].to_pylist() == [JUNE] * 3
    without = label.run(
        {"rows": ROWS.drop_columns(["$at"])}, {"label": "y", "known": [], "weight": None, "part": None}, context
    )["table"]
    assert without["$label_known"].null_count == 3
    assert without.schema.field("$label").type == pa.int64()


def test_an_outcome_gives_the_label_and_groups_the_rest(context):
    outcome = pa.table({"$row": [0, 2, 5], "$label": [1, 2, 3], "$label_known": instants(JUNE, JULY, JULY)})
    group = pa.table({"$row": [0, 2, 5], "n": [1, 0, 2]})
    more = {"weight": '"g.n" * 2', "part": "case when \"g.n\" = 1 then 'train' end"}
    found = labelled(context, {"outcome": outcome, "g": group}, label=None, known=[], **more)
    assert found["$label"].to_pylist() == [1, 2, 3]
    assert found["$label_known"].to_pylist() == [JUNE, JULY, JULY]
    assert found["$weight"].to_pylist() == [2.0, 0.0, 4.0]
    assert found["$part"].to_pylist() == ["train", None, None]
    later = labelled(context, {"outcome": outcome}, label=None)
    assert later["$label_known"].to_pylist() == [JULY, None, JULY]


def test_an_infinite_label_is_refused_and_no_number_is_none(context):
    with pytest.raises(StepError, match="the label of row 0 is `inf`") as error:
        labelled(context, label="case when y = y then 'inf'::double end")
    assert error.value.code == "MLC981"


@pytest.mark.parametrize(
    ("weight", "row"), [("y", 5), ("y - 10", 0), ("case when y = 20 then 'nan'::double else 1 end", 2)]
)
def test_a_weight_is_a_number_from_0_on(context, weight, row):
    with pytest.raises(StepError, match=f"row {row} ") as error:
        labelled(context, weight=weight)
    assert error.value.code == "MLC919"


FRAME = pa.table(
    {
        "$row": [0, 1, 2, 3, 4],
        "$label": [1, 0, None, 1, 0],
        "$weight": [1.0] * 5,
        "$fold.0": ["train", "validation", "train", None, None],
        "$fold.1": ["train", "train", None, "validation", None],
        "$refit": [True, True, True, True, False],
        "$test": [False, False, False, False, True],
        "origin": ["JFK", "EWR", "EWR", None, "LGA"],
        "g.day": [date(2024, 1, day) for day in (1, 2, 2, 2, 3)],
    }
)


def test_features_and_parts_are_joined_by_row(context, lines):
    base = FRAME.select(["$row", "$label", "$weight", "origin"])
    parts = FRAME.select(["$row", "$fold.0", "$refit", "$test"])
    group = pa.table({"$row": [0, 1, 2, 3, 4], "x": [10, 11, 12, 13, 14]})
    oof = pa.table({"$row": [1, 3, 4], "prediction": [0.1, 0.3, 0.4]})
    columns = [["g", "x", "g.x"], ["p", "prediction", "t.prediction"], ["rows", "origin", "origin"]]
    found = rows.run(
        {"rows": base, "parts": parts, "g": group, "p": oof}, {"columns": columns, "labels": True}, context
    )["table"]
    assert found.column_names == [
        "$row", "$label", "$weight", "$fold.0", "$refit", "$test", "g.x", "t.prediction", "origin",
    ]  # fmt: skip
    assert found["$row"].to_pylist() == [1, 3, 4]
    assert found["g.x"].to_pylist() == [11, 13, 14]
    assert found["t.prediction"].to_pylist() == [0.1, 0.3, 0.4]
    assert lines == ["2 rows left out: `p` has nothing for them"]


def test_a_window_around_as_of(context, micros):
    base = pa.table({"$row": [0, 1, 2], "$at": instants(JUNE, datetime(2024, 6, 1, 12, tzinfo=UTC), JULY)})
    params = {"columns": [], "labels": False, "window": [-43_200_000_000, 0], "as_of": micros("2024-06-01T12:00")}
    base = base.append_column("$label", pa.array([True, False, None]))
    found = rows.run({"rows": base}, params, context)["table"]
    assert found["$row"].to_pylist() == [0]
    assert found.column_names == ["$row", "$at"], "what is predicted for others has no label yet"


@pytest.mark.parametrize(
    ("params", "wanted"),
    [
        ({"parts": ["train", "validation"], "fold": 0}, {"train": [0], "validation": [1]}),
        ({"parts": ["train", "validation"], "fold": 1}, {"train": [0, 1], "validation": [3]}),
        ({"parts": ["refit", "test"]}, {"refit": [0, 1, 3], "test": [4]}),
        ({"parts": ["refit"], "where": {"origin": "EWR"}}, {"refit": [1]}),
        ({"parts": ["refit"], "where": {"origin": None}}, {"refit": [3]}),
        ({"parts": ["refit"], "where": {"g.day": "2024-01-02"}}, {"refit": [1, 3]}),
        ({"parts": ["refit"], "where": {"origin": "'; drop"}}, {"refit": []}),
    ],
)
def test_a_slice_has_the_labelled_rows_of_a_part_and_value(context, params, wanted):
    found = part.run({"rows": FRAME}, {"where": {}, "columns": ["origin"], **params}, context)
    assert {part: table["$row"].to_pylist() for part, table in found.items()} == wanted
    assert all(table.column_names == ["$row", "$label", "$weight", "origin"] for table in found.values())


def test_a_slice_of_all_columns_leaves_the_parts_out(context):
    found = part.run({"rows": FRAME}, {"where": {}, "columns": None, "parts": ["test"]}, context)["test"]
    assert found.column_names == ["$row", "$label", "$weight", "origin", "g.day"]


def test_a_value_of_another_type_is_refused(context):
    with pytest.raises(StepError, match=r"`g\.day`"):
        part.run({"rows": FRAME}, {"where": {"g.day": "x"}, "columns": [], "parts": ["test"]}, context)


def found_values(context, fields, listed=None, min_rows=1, table=FRAME):
    return distinct.run({"rows": table}, {"fields": fields, "listed": listed, "min_rows": min_rows}, context)


def test_values_are_those_of_labelled_training_rows_in_order(context):
    found = found_values(context, ["origin"])
    assert found["values"] == {"fields": ["origin"], "records": [["EWR"], ["JFK"]]}
    assert found["report"] == {"found": 2, "few": [], "nulls": 0}
    both = found_values(context, ["g.day", "origin"])["values"]["records"]
    assert both == [["2024-01-01", "JFK"], ["2024-01-02", "EWR"]]


def test_values_with_too_few_rows_are_told(context, lines):
    listed = [{"origin": "LGA"}, {"origin": "JFK"}]
    found = found_values(context, ["origin"], listed)
    assert found["values"]["records"] == [["JFK"]]
    assert found["report"]["few"] == [{"record": ["LGA"], "rows": 0}]
    assert lines == ["origin = 'LGA' has 0 training rows, fewer than 1"]
    assert found_values(context, ["origin"], None, 2)["values"]["records"] == []


def test_a_table_without_parts_gives_all_its_values(context):
    plain = pa.table({"n": [3, 1, None, 3]})
    found = found_values(context, ["n"], table=plain)
    assert found["values"]["records"] == [[1], [3]]
    assert found["report"]["nulls"] == 1


def test_nan_is_no_value_to_repeat_for(context):
    table = pa.table({"x": [float("nan"), 0.5, -0.5, float("nan"), None]})
    found = found_values(context, ["x"], table=table)
    assert found["values"]["records"] == [[-0.5], [0.5]]
    assert found["report"] == {"found": 2, "few": [], "nulls": 3}
