"""A pipeline with two online servings, and the plans that targets are given of it."""

from pathlib import Path

from mlc_compiler.driver import check_file, compile_checked, compile_online
from mlc_runtime.plan import Plan

SPEC = """\
mlc: 1
name: shop
sources:
  orders:
    read: {connection: lake, table: orders}
    columns: {order_id: int, amount: float, placed: timestamp, late: bool, done: timestamp}
    key: [order_id]
    time: placed
    known: {late: done, done: done}
features:
  order: {columns: [amount]}
examples:
  e: {from: orders, label: late, split: {by: time, test: 20d, validation: 20d}}
training:
  t: {examples: e, features: [order], model: sklearn.linear_model.LogisticRegression}
serving:
  ask_by_key: {model: t, mode: online, request: [order_id]}
  ask: {model: t, mode: online}
"""


def plans_of_servings(folder: Path) -> tuple[Plan, list[Plan]]:
    """The plan of the pipeline, and those of its servings; the spec is written to the folder."""
    (folder / "pipeline.yaml").write_text(SPEC, encoding="utf-8")
    checked = check_file(folder / "pipeline.yaml", "pipeline.yaml")
    assert checked.sound, checked.diagnostics
    whole = compile_checked(checked, folder).plan
    return whole, [compile_online(checked, folder, name) for name in whole.spec["online"]]
