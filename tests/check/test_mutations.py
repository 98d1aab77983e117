"""Whatever is done to a spec, compiling it ends soon, in diagnostics or in a plan, and never in a traceback."""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlc_compiler.driver import check_file, compile_checked
from mlc_compiler.source.read import read_file

ROOT = Path(__file__).parents[2]
SPECS = [
    ROOT / "examples/flights/pipeline.yaml",
    ROOT / "examples/penguins/pipeline.toml",
    ROOT / "compiler/mlc_compiler/cli/template/pipeline.yaml",
    ROOT / "tests/spec/ok/deliveries.yaml",
]
SECONDS = 5
ODD: list[Any] = [None, True, 0, -1, 1e308, 0.5, "", "$at", "$as_of", "*", "a.b.c", "count(*)", "0d..0d", "1d", [], {}]
ODD += [
    ["x"],
    {"use": "a:b"},
    {"from": 0, "to": 1},
    {"value": "1 = 1"},
    "sklearn.svm.SVC",
    "\0",
    "é",
    "9" * 40,
    "(" * 99,
]

Path_ = tuple[str | int, ...]


def paths(data: Any, here: Path_ = ()) -> Iterator[Path_]:
    """Every place of a document below its root."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in items:
        yield (*here, key)
        yield from paths(value, (*here, key))


def at(data: Any, path: Path_) -> Any:
    for part in path:
        data = data[part]
    return data


DATA = [read_file(path, path.name).data for path in SPECS]
PATHS = [list(paths(data)) for data in DATA]


@st.composite
def mutated(draw: st.DrawFn) -> tuple[Path, str]:
    """A spec with one to three places cut, renamed, exchanged, or replaced by something odd or from elsewhere in it."""
    chosen = draw(st.sampled_from(range(len(SPECS))))
    data = copy.deepcopy(DATA[chosen])
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from(PATHS[chosen]))
        other = draw(st.sampled_from(PATHS[chosen]))
        action = draw(st.sampled_from(["cut", "rename", "odd", "other", "other"]))
        try:
            holder, value = at(data, path[:-1]), copy.deepcopy(at(data, other))
            if action == "cut":
                del holder[path[-1]]
            elif action == "rename" and isinstance(holder, dict):
                holder[str(other[-1])] = holder.pop(path[-1])
            else:
                holder[path[-1]] = draw(st.sampled_from(ODD)) if action == "odd" else value
        except (KeyError, IndexError, TypeError):
            continue  # an earlier cut took the place away
    return SPECS[chosen], yaml.safe_dump(data, sort_keys=False, allow_unicode=True)


@st.composite
def torn(draw: st.DrawFn) -> tuple[Path, str]:
    """A spec whose text lost some characters, or got others."""
    spec = draw(st.sampled_from(SPECS[:3]))
    text = spec.read_text(encoding="utf-8")
    start = draw(st.integers(0, len(text)))
    end = start + draw(st.integers(0, 40))
    return spec, text[:start] + draw(st.text(max_size=8)) + text[end:]


def compile_text(spec: Path, text: str, folder: Path) -> None:
    path = folder / f"pipeline{spec.suffix if text.startswith('#:schema') else '.yaml'}"
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    began = time.monotonic()
    checked = check_file(path)
    if checked.sound:
        compile_checked(checked, spec.parent)
    assert time.monotonic() - began < SECONDS


FOLDERS = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None)


@settings(FOLDERS, max_examples=150)
@given(mutated())
def test_mutations_end_in_diagnostics_or_a_plan(tmp_path: Path, case: tuple[Path, str]) -> None:
    compile_text(*case, tmp_path)


@settings(FOLDERS, max_examples=50)
@given(torn())
def test_torn_texts_end_in_diagnostics_or_a_plan(tmp_path: Path, case: tuple[Path, str]) -> None:
    compile_text(*case, tmp_path)


@pytest.mark.deep
@settings(FOLDERS, max_examples=5000)
@given(mutated())
def test_many_mutations(tmp_path: Path, case: tuple[Path, str]) -> None:
    compile_text(*case, tmp_path)


@pytest.mark.parametrize("spec", SPECS[:3], ids=lambda path: path.parent.name)
def test_examples_are_silent(spec: Path) -> None:
    checked = check_file(spec)
    assert checked.diagnostics == ()
    compile_checked(checked, spec.parent)
