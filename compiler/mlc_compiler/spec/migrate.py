"""The way of a spec to a later version of the language.

A text is changed where a key or the version stands and nowhere else, so comments, order and layout are the author's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mlc_compiler.source.document import Document
from mlc_compiler.source.keys import written_keys
from mlc_compiler.source.place import Path, Place
from mlc_compiler.source.problem import Extent
from mlc_compiler.source.read import read
from mlc_compiler.spec.versions import RENAMES, VERSION, Rename


class ClashError(Exception):
    """What cannot be renamed by itself: a key beside the one that it would become, an anchor on a version."""


def migrate(document: Document, version: int = VERSION, renames: Mapping[int, Sequence[Rename]] = RENAMES) -> Document:
    """A spec in a later version of the language; itself where there is no way from its version, or none is needed.

    Args:
        document: read without problems.
        version: the version that is wanted.
        renames: as in `RENAMES`.

    Raises:
        ClashError: both the old and the new name of a key are given, or the result could not be read.
    """
    while True:
        at = (document.data or {}).get("mlc")
        if type(at) is not int or at >= version or at not in renames:
            return document
        document = _next(document, at, renames[at])


def _next(document: Document, version: int, renames: Sequence[Rename]) -> Document:
    keys = list(written_keys(document))
    taken = {path for path, _ in keys}
    place = document.span(Place(document.file, ("mlc",)))
    edits: dict[Extent, str] = {(place.start.offset, place.end.offset): str(version + 1)}
    for path, extent in keys:
        for rename in renames:
            if _matches(path, rename.path):
                if (*path[:-1], rename.to) in taken:
                    where = ".".join(map(str, path[:-1]))
                    raise ClashError(f"`{where}` has both `{path[-1]}` and `{rename.to}`, which it is called now")
                edits[extent] = _quoted(document.text[slice(*extent)], rename.to)
    text = document.text
    for (start, end), new in sorted(edits.items(), reverse=True):
        text = text[:start] + new + text[end:]
    migrated = read(text.encode(), document.file)
    if migrated.problems:
        raise ClashError(f"version {version + 1} cannot be written by itself here; {migrated.problems[0].message}")
    return migrated


def _matches(path: Path, pattern: Sequence[str]) -> bool:
    return len(path) == len(pattern) and all(wanted in ("*", part) for part, wanted in zip(path, pattern, strict=True))


def _quoted(written: str, name: str) -> str:
    """A name in the quotes of the one that it replaces."""
    quote = written[:1] if written[:1] in "\"'" else ""
    return f"{quote}{name}{quote}"
