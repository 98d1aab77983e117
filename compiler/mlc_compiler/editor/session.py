"""The documents that an editor has open, and what each of them means together with the files on the disk."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from itertools import islice
from os.path import normpath
from pathlib import Path
from typing import Final

from mlc_compiler.driver import check_environment, check_file
from mlc_compiler.editor.view import View
from mlc_compiler.layout import SUFFIXES, default_environment, is_environment, is_spec, spec_in
from mlc_compiler.source.boundary import project_of
from mlc_compiler.source.document import Document
from mlc_compiler.source.limits import MAX_BYTES
from mlc_compiler.source.read import read, read_file
from mlc_compiler.source.there import is_file

_MOST_FILES: Final = 20_000
"""Files of a project that are searched for those that include another; an answer is waited for."""


def look(file: str, texts: Mapping[str, str]) -> View:
    """What there is to say of a document.

    Args:
        file: its path, absolute; whether it is an environment goes by its name.
        texts: the texts that an editor holds, by path; of all other files the disk has them.
    """

    def reader(path: Path, shown: str) -> Document:
        text = texts.get(normpath(path))
        return read_file(path, shown) if text is None else read(text.encode("utf-8", "replace"), shown)

    path = Path(file)
    environment = path if is_environment(path) else default_environment(path.parent)
    spec = spec_in(path.parent) if is_environment(path) else path
    checked = check_file(spec, str(spec), reader) if is_file(spec) or str(spec) in texts else None
    diagnostics = list(checked.diagnostics) if checked else []
    documents = dict(checked.documents) if checked else {}
    loaded = None
    if environment is not None:
        loaded, found, read_too = check_environment(environment, [checked] if checked else [], str(environment), reader)
        diagnostics += found
        documents |= read_too
    return View(file, documents, tuple(diagnostics), checked, loaded)


def includers(file: str, texts: Mapping[str, str]) -> Iterator[View]:
    """The specs of a project that include a file, as an editor and the disk have them."""
    name = Path(file).name.encode()
    for path in islice(_files(project_of(Path(file))), _MOST_FILES):
        if path.suffix in SUFFIXES and str(path) != file and path.is_file() and path.stat().st_size <= MAX_BYTES:
            text = texts.get(str(path))
            raw = path.read_bytes() if text is None else text.encode("utf-8", "replace")
            if name in raw and is_spec(raw):
                view = look(str(path), texts)
                if any(normpath(each.name) == file for each in view.files[1:]):
                    yield view


def _files(root: Path) -> Iterator[Path]:
    """The files of a project; what is hidden is no part of it."""
    for folder, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(folder, name) for name in sorted(files))
