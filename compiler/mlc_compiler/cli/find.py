"""Which files of a folder are specs and environments."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from mlc_compiler.layout import SUFFIXES, is_environment, is_spec
from mlc_compiler.source.boundary import leads_out
from mlc_compiler.source.there import folders_below, is_file, is_folder


def find_files(paths: Iterable[str]) -> Iterator[str]:
    """The files named, and those below the folders named that are specs or environments by content."""
    for name in paths:
        path = Path(name)
        if not is_folder(path) or (path.is_symlink() and leads_out(path)):
            yield name
            continue
        for file in sorted(top / each for top, _, files in folders_below(path) for each in files):
            if file.suffix in SUFFIXES and is_file(file) and not leads_out(file) and _is_ours(file):
                yield str(file)


def _is_ours(path: Path) -> bool:
    """Whether a file in a folder is a spec or an environment: other YAML and TOML is nobody's business."""
    if is_environment(path):
        return True
    try:
        with path.open("rb") as file:
            return is_spec(file.read(65_536))
    except OSError:
        return True  # whoever reads it tells why that cannot be done
