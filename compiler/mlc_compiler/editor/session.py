"""The documents that an editor has open, and what each of them means together with the files on the disk."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from mlc_compiler.driver import check_environment, check_file
from mlc_compiler.editor.view import View
from mlc_compiler.layout import default_environment, is_environment, spec_in
from mlc_compiler.source.document import Document
from mlc_compiler.source.read import read, read_file


def look(file: str, texts: Mapping[str, str]) -> View:
    """What there is to say of a document.

    Args:
        file: its path, absolute; whether it is an environment goes by its name.
        texts: the texts that an editor holds, by path; of all other files the disk has them.
    """

    def reader(path: Path, shown: str) -> Document:
        text = texts.get(str(path))
        return read_file(path, shown) if text is None else read(text.encode("utf-8", "replace"), shown)

    path = Path(file)
    environment = path if is_environment(path) else default_environment(path.parent)
    spec = spec_in(path.parent) if is_environment(path) else path
    checked = check_file(spec, str(spec), reader) if spec.is_file() or str(spec) in texts else None
    diagnostics = list(checked.diagnostics) if checked else []
    documents = dict(checked.documents) if checked else {}
    loaded = None
    if environment is not None:
        loaded, found, read_too = check_environment(environment, [checked] if checked else [], str(environment), reader)
        diagnostics += found
        documents |= read_too
    return View(file, documents, tuple(diagnostics), checked, loaded)
