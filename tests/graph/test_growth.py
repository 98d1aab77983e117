"""A spec compiles to the same plan, but for numerals, whatever the number of its tasks: nothing walks over them."""

import re
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mlc_compiler.driver import check_file, compile_checked
from mlc_runtime import relation
from mlc_runtime.plan import dump

SPEC = """
mlc: 1
name: growth
sources:
  orders:
    read: orders.parquet
    columns: {{order_id: int, shop: string, amount: float, placed_at: timestamp, paid: float, paid_at: timestamp}}
    key: [order_id]
    time: placed_at
    known: {{"*": placed_at, paid: paid_at, paid_at: paid_at}}
features:
  own: {{columns: {{amount: amount}}}}
examples:
  orders: {{from: orders, label: paid, split: {{by: time, test: 30d, validation: 30d, gap: 30d}}}}
training:
  paid:
    examples: orders
    features: [own]
    each: shop
    prepare: {{scale: {{use: sklearn.preprocessing.StandardScaler}}}}
    model: sklearn.linear_model.ElasticNet
    grid:
      - scale.with_mean: [true, false]
        max_iter: {{from: 1, to: {first}, step: 1}}
        alpha: {{from: 0.001, to: 10, count: {second}, scale: log}}
      - scale.with_mean: [true, false]
        max_iter: {{from: 3, to: {first}, step: 1}}
        alpha: {{from: 0.001, to: 10, count: {second}, scale: log}}
        l1_ratio: [0.5, 0.9]
      - scale.with_mean: [true]  # overlaps the first
        max_iter: {{from: 3, to: {later}, step: 1}}
        alpha: {{from: 0.001, to: 10, count: {second}, scale: log}}
    select: {{minimize: rmse}}
"""


def plan(folder: Path, first: int, second: int) -> str:
    spec = folder / "pipeline.yaml"
    spec.write_text(SPEC.format(first=first, second=second, later=first + 7))
    checked = check_file(spec)
    assert checked.sound, checked.diagnostics
    return dump(compile_checked(checked, folder).plan).decode()


def without_numerals(text: str) -> str:
    """The text with every number the same, lists of numbers as one, and no fingerprint."""
    same = re.sub(r'"[0-9a-f]{40}"', '"#"', text)
    same = re.sub(r"-?\b\d[\d.e+-]*\b", "0", same)
    same = re.sub(r"\[\s*0(,\s*0)*\s*\]", "[0]", same)
    return re.sub(r"\[0\](,\s*\[0\])+", "[0]", same)


def calls(work: Callable[[], Any]) -> int:
    """How many functions of Python some work calls."""
    count = 0

    def note(_: Any, event: str, __: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(note)
    try:
        work()
    finally:
        sys.setprofile(None)
    return count


def peak(work: Callable[[], Any]) -> int:
    """The most bytes that some work holds at once."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_half_a_million_settings_take_no_more_calls_and_memory(tmp_path: Path) -> None:
    """Against a hundred: what is left to grow with are the hundreds of values that are written out."""
    few, many = (calls(partial(plan, tmp_path, n, n)) for n in (5, 300))
    assert many - few < 300 * 300
    little, much = (peak(partial(plan, tmp_path, n, n)) for n in (5, 300))
    assert much - little < 4 * 2**20


def test_the_plan_is_the_same_but_for_numerals(tmp_path: Path) -> None:
    small, large = plan(tmp_path, 5, 2), plan(tmp_path, 100, 50)
    assert without_numerals(small) == without_numerals(large)


def test_no_record_of_a_product_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A grid of ten thousand settings: compiling counts and projects it, and never walks it."""

    def refuse(self: Any, *_: Any) -> Any:
        raise AssertionError(f"a product of {self.size} records is walked")

    monkeypatch.setattr(relation.Product, "__iter__", refuse)
    monkeypatch.setattr(relation.Product, "nth", refuse)
    assert plan(tmp_path, 100, 50)
