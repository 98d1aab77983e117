"""The specs that a newcomer reads first are right, short, and the same in both of their forms."""

import runpy
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from mlc_compiler.spec.environment import Environment
from mlc_compiler.spec.header import Spec

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "compiler/mlc_compiler/cli/template"
FLIGHTS = ROOT / "examples/flights"
PENGUINS = ROOT / "examples/penguins"


def read(path: Path) -> dict[str, object]:
    text = path.read_text(encoding="utf-8")
    return tomllib.loads(text) if path.suffix == ".toml" else yaml.safe_load(text)


@pytest.mark.parametrize(
    "path",
    [FLIGHTS / "pipeline.yaml", PENGUINS / "pipeline.toml", TEMPLATE / "pipeline.yaml", TEMPLATE / "pipeline.toml"],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_spec_has_the_shape_of_the_language(path: Path) -> None:
    spec = Spec.model_validate(read(path))
    for source in spec.sources.values():
        assert source.read is not None
        if source.read.path is not None:
            assert (path.parent / source.read.path).is_file()


@pytest.mark.parametrize("folder", [FLIGHTS, TEMPLATE], ids=["flights", "template"])
def test_environment_has_the_shape_of_the_language(folder: Path) -> None:
    assert Environment.model_validate(read(folder / "environment.yaml"))


def test_template_says_the_same_in_both_forms() -> None:
    assert read(TEMPLATE / "pipeline.yaml") == read(TEMPLATE / "pipeline.toml")


def test_flights_is_a_short_spec() -> None:
    assert len((FLIGHTS / "pipeline.yaml").read_text(encoding="utf-8").splitlines()) <= 70


def test_precision_at_counts_the_likeliest() -> None:
    precision_at = runpy.run_path(str(FLIGHTS / "functions.py"))["precision_at"]
    label = pd.Series([True, False, True, False, False], index=[5, 6, 7, 8, 9])
    prediction = np.array([0.9, 0.8, 0.1, 0.2, 0.3])
    assert precision_at(label, prediction, pd.DataFrame(index=label.index), share=0.4) == 0.5
    assert precision_at(label, prediction, pd.DataFrame(index=label.index), share=0.01) == 1.0


def test_article_splits_a_product_row_by_row() -> None:
    article = runpy.run_path(str(TEMPLATE / "functions.py"))["article"]
    rows = pd.DataFrame({"product": ["linen shirt, M", "straw hat, one size", None]}, index=[3, 1, 2])
    made = article(rows)
    assert made.index.tolist() == [3, 1, 2]
    assert made["kind"].tolist()[:2] == ["shirt", "hat"]
    assert made["size"].tolist()[:2] == ["M", "one size"]
    assert made.loc[2].isna().all()
    pd.testing.assert_frame_equal(article(rows[:1]), made[:1])


def test_every_return_of_the_template_is_of_an_order() -> None:
    orders = pd.read_csv(TEMPLATE / "data/orders.csv", parse_dates=["placed_at"]).set_index("order_id")
    returns = pd.read_csv(TEMPLATE / "data/returns.csv", parse_dates=["returned_at"]).set_index("order_id")
    assert orders.index.is_unique
    assert returns.index.is_unique
    of = orders.loc[returns.index]
    assert (of["customer_id"] == returns["customer_id"]).all()
    assert (of["placed_at"] < returns["returned_at"]).all()
