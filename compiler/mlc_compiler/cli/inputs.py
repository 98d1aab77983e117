"""What a compilation reads beside its spec, to tell two versions that cannot differ without compiling them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from mlc_compiler.layout import SUFFIXES, is_environment
from mlc_compiler.source.boundary import leads_out
from mlc_compiler.source.read import read_file
from mlc_compiler.source.there import folders_below


def same_inputs(one: Path, other: Path) -> bool:
    """Whether two specs, the files that they include, and the code and environments in their folders are the same."""
    if _bytes(one) != _bytes(other):
        return False
    includes = (read_file(one, str(one)).data or {}).get("include", {})
    targets = [target for target in includes.values() if isinstance(target, str)] if isinstance(includes, dict) else []
    if any(_bytes(one.parent / target) != _bytes(other.parent / target) for target in targets):
        return False
    mine, theirs = ({path.relative_to(spec.parent): path for path in _beside(spec.parent)} for spec in (one, other))
    return mine.keys() == theirs.keys() and all(_bytes(path) == _bytes(theirs[name]) for name, path in mine.items())


def _beside(folder: Path) -> Iterator[Path]:
    """The code in and below a folder, and the environments in it."""
    for top, _, files in folders_below(folder):
        for path in (top / name for name in files):
            if path.suffix == ".py" or (top == folder and path.suffix in SUFFIXES and is_environment(path)):
                yield path


def _bytes(path: Path) -> bytes | None:
    try:
        return None if leads_out(path) else path.read_bytes()
    except (OSError, ValueError):
        return None
