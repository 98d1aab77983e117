"""Which files of a folder are specs and environments."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from mlc_compiler.layout import SUFFIXES, is_environment, is_spec
from mlc_compiler.source.boundary import leads_out
from mlc_compiler.source.there import exists, is_file, is_folder


def find_files(paths: Iterable[str]) -> Iterator[str]:
    """The files named, and those below the folders named that are specs or environments by content."""
    for name in paths:
        path = Path(name)
        if not is_folder(path) or (path.is_symlink() and leads_out(path)):
            yield name
            continue
        for file in sorted(_below(path)):
            if file.suffix in SUFFIXES and is_file(file) and not leads_out(file) and _is_ours(file):
                yield str(file)


def _below(folder: Path) -> Iterator[Path]:
    """The files in and below a folder, but for hidden folders and virtual environments."""
    for top, folders, files in os.walk(folder):
        folders[:] = [
            name for name in folders if not name.startswith(".") and not exists(Path(top, name, "pyvenv.cfg"))
        ]
        yield from (Path(top, name) for name in files)


def _is_ours(path: Path) -> bool:
    """Whether a file in a folder is a spec or an environment: other YAML and TOML is nobody's business."""
    if is_environment(path):
        return True
    try:
        with path.open("rb") as file:
            return is_spec(file.read(65_536))
    except OSError:
        return True  # whoever reads it tells why that cannot be done
