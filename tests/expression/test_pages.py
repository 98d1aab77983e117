"""The examples of the pages: the bad one gives the page's code, the good one nothing."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import mlc_compiler
from mlc_compiler.expression.infer import infer
from mlc_compiler.expression.parse import parse
from mlc_compiler.expression.query import parse_query
from mlc_compiler.expression.scope import Scope
from mlc_compiler.expression.types import TIMESTAMP, Type, parse_type

PAGES = sorted((Path(mlc_compiler.__file__).parent / "diagnostics" / "pages").glob("MLC3*.md"))


def codes(document: dict[str, Any]) -> set[str]:
    orders = document["sources"]["orders"]
    columns: dict[str, Type] = {name: parse_type(text) or TIMESTAMP for name, text in orders["columns"].items()}
    found = []
    for check in orders.get("checks", []):
        expression, problems = parse(check)
        found += problems
        if expression is not None:
            found += infer(expression, Scope(columns, variables={"as_of": TIMESTAMP}, aggregates=True))[1]
    for name, source in document["sources"].items():
        if name != "orders":
            found += parse_query(source["sql"], {"orders": columns}, {})[1]
    return {problem.code for problem in found}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_examples(page: Path) -> None:
    bad, good = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page.read_text(), re.DOTALL))
    assert (codes(bad), codes(good)) == ({page.stem}, set())


def test_every_code_has_a_page() -> None:
    package = Path(mlc_compiler.__file__).parent / "expression"
    used = {code for file in package.rglob("*.py") for code in re.findall(r'"(MLC\d{3})"', file.read_text())}
    assert used == {page.stem for page in PAGES}
