"""Each file of tests/err gives exactly the text that stands beside it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mlc_compiler.diagnostics.diagnostic import Diagnostic
from mlc_compiler.diagnostics.reading import reading_diagnostics
from mlc_compiler.diagnostics.render_text import render_text
from mlc_compiler.driver import check_file
from mlc_compiler.source.document import Document
from mlc_compiler.source.read import read_file
from mlc_compiler.spec.load import load_environment, load_spec

ERR = Path(__file__).parent.parent / "err"
SPECS = sorted(path for path in ERR.iterdir() if path.suffix != ".out")


def validate(path: Path) -> tuple[list[Diagnostic], dict[str, Document]]:
    if path.name.startswith(("MLC4", "MLC55", "MLC6")):
        checked = check_file(path, path.name)
        return list(checked.diagnostics), dict(checked.documents)
    document = read_file(path, path.name)
    load = load_environment if ".environment" in path.name else load_spec
    # What cannot be read has no shape to speak of.
    diagnostics = reading_diagnostics(document) or list(load(document).diagnostics)
    return diagnostics, {document.file: document}


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.name)
def test_rendered_text(path: Path, golden: Callable[[Path, str], None]) -> None:
    diagnostics, documents = validate(path)
    code = path.name.split("-")[0]
    assert code in {diagnostic.code for diagnostic in diagnostics}
    golden(path.with_name(path.name + ".out"), render_text(diagnostics, documents))


def test_every_text_has_its_spec() -> None:
    assert {path.name for path in ERR.glob("*.out")} == {path.name + ".out" for path in SPECS}
