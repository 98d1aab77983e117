"""The source map beside a target's files: which lines come from which entry of the spec.

It holds paths into the spec, not lines of it: an edit elsewhere in the spec changes no file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from mlc_compiler.target import Lines

SOURCE_MAP = "source-map.json"

Entry = tuple[str | int, ...]


def source_map(traced: Mapping[str, Sequence[Lines]], spec: Path, folder: Path) -> bytes:
    """The source map of some files: `origins`, paths in the spec, and by file triples of numbers: of lines that come
    from no entry, of lines after them that come from one, and the place of its path among the origins.

    Args:
        traced: the lines of each file.
        spec: the spec.
        folder: where the files are written; the map names the spec as seen from there.
    """
    origins = list(dict.fromkeys(each.origin for lines in traced.values() for each in lines))
    places = {origin: place for place, origin in enumerate(origins)}
    document = {
        "mlc_source_map": 1,
        "spec": Path(os.path.relpath(spec, folder)).as_posix(),
        "origins": origins,
        "files": {name: list(_numbers(lines, places)) for name, lines in traced.items()},
    }
    return (json.dumps(document, separators=(",", ":")) + "\n").encode()


def _numbers(lines: Iterable[Lines], places: Mapping[Entry, int]) -> Iterator[int]:
    last = 0
    for each in _joined(lines):
        yield from (each.first - last - 1, each.last - each.first + 1, places[each.origin])
        last = each.last


def _joined(lines: Iterable[Lines]) -> list[Lines]:
    """The same lines, those one that come from one entry and follow each other."""
    joined: list[Lines] = []
    for each in lines:
        if joined and (joined[-1].last + 1, joined[-1].origin) == (each.first, each.origin):
            joined[-1] = Lines(joined[-1].first, each.last, each.origin)
        else:
            joined.append(each)
    return joined


def origin_of(file: Path, line: int) -> tuple[Path, Entry] | None:
    """The spec, and the path in it, that a line of a generated file comes from.

    Raises:
        OSError: there is no source map beside the file.
        ValueError: it cannot be read.
    """
    try:
        document = json.loads((file.parent / SOURCE_MAP).read_bytes())
        numbers = iter(document["files"].get(file.name, ()))
        last = 0
        for skipped, count, place in zip(numbers, numbers, numbers, strict=True):
            first, last = last + skipped + 1, last + skipped + count
            if first <= line <= last:
                return file.parent / document["spec"], tuple(document["origins"][place])
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError("it is damaged") from error
    return None
