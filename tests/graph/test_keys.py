"""The table of keys holds: each row of `key_rows` tried, and no key of the language without one."""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest
from tests.graph.key_rows import CODE, ROWS, SPEC, Row

import mlc_compiler.spec.header  # noqa: F401 - defines the models whose keys are listed
from mlc_compiler.spec.shape import Shape
from mlc_runtime.plan import Plan


def downstream(plan: Plan, firsts: set[str]) -> set[str]:
    """Some steps and all that read them."""
    found = set(firsts)
    for step in plan.steps:
        if any(edge.step in found for edge in step.inputs):
            found.add(step.name)
    return found


def changed(before: Any, after: Any) -> set[str]:
    """The steps with a task that stands in both under another key."""
    return {
        name
        for name in before.keys() & after.keys()
        if any(before[name][at] != after[name][at] for at in before[name].keys() & after[name].keys())
    }


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name[:80])
def test_row(workshop: Any, task_keys: Callable[..., Any], facts: Any, row: Row) -> None:
    assert row.old in SPEC
    workshop.write(CODE)
    plan = workshop.compile(SPEC, level=0).plan
    before = task_keys(plan, facts())
    workshop.write(row.files)
    other = workshop.compile(SPEC.replace(row.old, row.new, 1) if row.old else SPEC, level=0).plan
    after = task_keys(other, facts(**row.facts))
    old, new = row.renamed
    after = {
        (old + name.removeprefix(new) if new and name.partition(".")[0] == new else name): one
        for name, one in after.items()
    }
    matched = {name for name in before for pattern in row.firsts.split() if fnmatchcase(name, pattern)}
    expected = (downstream(plan, matched) | downstream(other, matched)) & before.keys() & after.keys()
    found = changed(before, after)
    assert found == expected, f"too many: {sorted(found - expected)}, too few: {sorted(expected - found)}"


def models(parent: type[Shape] = Shape) -> Iterator[type[Shape]]:
    """The models of a spec."""
    for model in parent.__subclasses__():
        others = model.__module__ == "mlc_compiler.spec.environment" or not model.__module__.startswith("mlc_compiler.")
        if not others and not model.__name__.startswith("_"):
            yield model
        yield from models(model)


def test_every_key_of_the_language_has_a_row() -> None:
    keys = {
        f"{model.__name__.lower()}.{(item.alias or name).rstrip('_')}"
        for model in models()
        for name, item in model.model_fields.items()
    }
    assert keys - {word for row in ROWS for word in row.covers.split()} == set()
