"""Calls of the user's own code, read and never imported."""

from __future__ import annotations

from pathlib import Path

import pytest

from mlc_compiler.check.reads import READ
from mlc_compiler.driver import check_file
from mlc_runtime.data.formats import ENDINGS

MODULE = """
from math import sqrt as root
import os.path

raise SystemExit("imported")

if os.path.exists("x"):
    def chosen(): ...
else:
    chosen = None
try:
    from json import loads
except ImportError as error:
    loads = None
for looped in range(3):
    pass


class Model:
    inner = 1

    def fit(self): ...


def declares():
    global late
    late = 1
    local = 2
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "own.py").write_text(MODULE)
    (tmp_path / "own.py").write_text(MODULE)
    (tmp_path / "open.py").write_text("from json import *\n")
    (tmp_path / "lazy.py").write_text("def __getattr__(name): ...\n")
    (tmp_path / "made.py").write_text("globals().update(x=1)\n")
    (tmp_path / "broken.py").write_text("def (\n")
    (tmp_path / "functions.py").write_text("def load(): ...\n")
    return tmp_path


def found(project: Path, use: str) -> list[tuple[str, str, str]]:
    path = project / "pipeline.yaml"
    path.write_text(f"mlc: 1\nname: p\nsteps:\n  s: {{use: '{use}'}}\n")
    return [(each.severity, each.message, each.help) for each in check_file(path).diagnostics]


@pytest.mark.parametrize(
    "use",
    [
        *(f"own:{name}" for name in ("root", "os", "chosen", "loads", "error", "looped", "Model", "Model.fit", "late")),
        "own.Model",
        "package.own:declares",
        "package.own.Model",
        "package:own",
        "open:loads",
        "lazy:anything",
        "made:x",
        "broken:f",
        "elsewhere.module:f",
        "os.path:exists",
        "sklearn.linear_model.Ridge",
    ],
)
def test_what_may_be_there_is_accepted(project: Path, use: str) -> None:
    assert found(project, use) == []


@pytest.mark.parametrize(
    ("use", "message", "help_"),
    [
        ("own:Modell", "`own` has no `Modell`", "did you mean `Model`?"),
        ("own:local", "`own` has no `local`", "did you mean `loads`?"),
        ("own.inner", "`own` has no `inner`", ""),
        ("package.own:fit", "`package.own` has no `fit`", ""),
        ("functions:xyz", "`functions` has no `xyz`", "it has `load`"),
    ],
)
def test_what_a_module_certainly_lacks_is_refused(project: Path, use: str, message: str, help_: str) -> None:
    [(severity, said, help_said)] = found(project, use)
    assert (severity, said) == ("error", message)
    assert help_said.startswith(help_)


def test_a_module_near_to_one_of_the_project_is_a_warning(project: Path) -> None:
    assert found(project, "functons:load") == [
        ("warning", "the project has no module `functons`", "did you mean `functions`?")
    ]


def test_what_can_be_read_is_what_the_runtime_reads() -> None:
    assert sorted(READ) == sorted(ending for endings in ENDINGS.values() for ending in endings)
