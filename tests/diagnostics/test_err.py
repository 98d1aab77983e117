"""Each file of tests/err gives exactly the text that stands beside it."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.diagnostics.render_text import render_text
from mlc_compiler.driver import check_environment, check_file
from mlc_compiler.source.document import Document

Found = tuple[list[Diagnostic], Mapping[str, Document]]

ERR = Path(__file__).parent.parent / "err"
SPECS = sorted(path for path in ERR.iterdir() if path.suffix != ".out")


def validate(path: Path) -> Found:
    if ".environment" in path.name:
        _, diagnostics, documents = check_environment(path, shown=path.name)
        return diagnostics, documents
    checked = check_file(path, path.name)
    _, names, _ = check_environment(None, [checked])
    return [*checked.diagnostics, *names], checked.documents


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_rendered_text(path: Path, golden: Callable[[Path, str], None], suited: Callable[[Path, str], Found]) -> None:
    code = path.name.split("-")[0]
    diagnostics, documents = suited(path, code) if "MLC711" <= code <= "MLC799" else validate(path)
    assert code in {diagnostic.code for diagnostic in diagnostics}
    golden(path.with_name(path.name + ".out"), render_text(diagnostics, documents))


def test_every_text_has_its_spec() -> None:
    assert {path.name for path in ERR.glob("*.out")} == {path.name + ".out" for path in SPECS}
