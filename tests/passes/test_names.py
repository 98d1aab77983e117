"""File name, function name, the name on the command line and the before/after in the docstring hold together."""

import importlib
import inspect
import json
import re
from pathlib import Path
from typing import Any

import pytest

import mlc_compiler.passes
from mlc_compiler.graph.graph import Graph
from mlc_compiler.graph.text import dump, parse
from mlc_compiler.graph.verify import verify
from mlc_compiler.passes import PASSES, SAFE, names
from mlc_compiler.passes.facts import Facts

FOLDER = Path(mlc_compiler.passes.__file__).parent


@pytest.mark.parametrize("name", names())
def test_a_pass_is_a_file_with_tests_of_its_name(name: str) -> None:
    module = importlib.import_module(f"mlc_compiler.passes.{name}")
    assert getattr(module, name) in PASSES
    assert (Path(__file__).parent / f"test_{name}.py").exists()


def test_every_safe_pass_is_one_of_ours() -> None:
    assert set(SAFE) <= {path.stem for path in FOLDER.glob("*.py")} | {"pushdown", "tile"}


# What `tile` does depends on a target.
@pytest.mark.parametrize("name", [name for name in names() if name != "tile"])
def test_the_docstring_shows_what_the_pass_does(name: str) -> None:
    rewrite = next(one for one in PASSES if one.__name__ == name)
    before, after = example(rewrite)
    assert verify(before) == []
    made = rewrite(before, Facts())
    assert verify(made, before) == []
    assert made != before
    assert dump(made) == dump(after)


def example(rewrite: Any) -> tuple[Graph, Graph]:
    """The graphs before and after in a docstring: two, or one with `-` before lines of the first and `+` of the second.

    A docstring leaves the origins of steps out.
    """
    lines = (inspect.getdoc(rewrite) or "").splitlines()
    if "becomes" in lines:
        where = lines.index("becomes")
        return _parsed(lines[:where]), _parsed(lines[where:])
    return _parsed(lines, "+"), _parsed(lines, "-")


def _parsed(lines: list[str], other: str = "") -> Graph:
    shown = [line for line in lines if re.match(r"  [-+ ] \S", line) and line[2] != other]
    return parse("\n".join(map(_with_origin, (line[4:] for line in shown))))


def _with_origin(line: str) -> str:
    if line.startswith("axis "):
        return line
    step, _, more = line.partition(" # ")
    return f"{step} # {json.dumps({**json.loads(more or '{}'), 'origin': [['here']]})}"
