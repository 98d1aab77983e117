"""The language servers, each started once."""

from __future__ import annotations

import shutil
import sysconfig
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.engines.editors.editor import Editor
from tests.engines.editors.yaml_language_server import command

from mlc_compiler.spec.schema import schemas

SCRIPTS = Path(sysconfig.get_path("scripts"))
FLIGHTS = Path(__file__).parents[3] / "examples/flights"


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the published schemas."""
    folder = tmp_path_factory.mktemp("workspace")
    (folder / "schemas").mkdir()
    for name, text in schemas().items():
        (folder / "schemas" / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def yaml_editor(workspace: Path) -> Iterator[Editor]:
    """An editor of YAML with the language server that most have."""
    settings = {"yaml": {"validate": True, "hover": True, "completion": True, "schemaStore": {"enable": False}}}
    with Editor(command(), workspace, settings) as editor:
        yield editor


@pytest.fixture(scope="session")
def toml_editor(workspace: Path) -> Iterator[Editor]:
    """An editor of TOML with tombi."""
    with Editor([str(SCRIPTS / "tombi"), "lsp"], workspace) as editor:
        yield editor


@pytest.fixture(scope="session")
def mlc_editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor with `mlc lsp`, and the examples' environments beside what is open."""
    folder = tmp_path_factory.mktemp("flights")
    for name in ("environment.yaml", "functions.py"):
        shutil.copy(FLIGHTS / name, folder)
    with Editor([str(SCRIPTS / "mlc"), "lsp"], folder) as editor:
        yield editor
