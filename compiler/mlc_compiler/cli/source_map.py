"""The source map beside a target's files: which lines come from which entry of the spec.

It holds paths into the spec, not lines of it: an edit elsewhere in the spec changes no file.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from mlc_compiler.target import Lines

SOURCE_MAP = "source-map.json"

Entry = tuple[str | int, ...]


def source_map(traced: Mapping[str, Sequence[Lines]], spec: Path, folder: Path) -> bytes:
    """The source map of some files: `origins`, paths in the spec, and by file triples of first line, last, origin.

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
        "files": {
            name: [number for each in lines for number in (each.first, each.last, places[each.origin])]
            for name, lines in traced.items()
        },
    }
    return (json.dumps(document, separators=(",", ":")) + "\n").encode()


def origin_of(file: Path, line: int) -> tuple[Path, Entry] | None:
    """The spec, and the path in it, that a line of a generated file comes from.

    Raises:
        OSError: there is no source map beside the file.
        ValueError: it cannot be read.
    """
    try:
        document = json.loads((file.parent / SOURCE_MAP).read_bytes())
        numbers = iter(document["files"].get(file.name, ()))
        for first, last, place in zip(numbers, numbers, numbers, strict=True):
            if first <= line <= last:
                return file.parent / document["spec"], tuple(document["origins"][place])
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError("it is damaged") from error
    return None
