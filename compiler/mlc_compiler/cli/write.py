"""Write what a command makes to files."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from mlc_compiler.diagnostics.visible import visible


def write_files(files: Mapping[Path, bytes]) -> bool:
    """Write files, and make their folders; False, and a line on standard error, where one cannot be written."""
    for path, data in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        except OSError as error:
            print(visible(f"cannot write `{path}`: {error.strerror}"), file=sys.stderr)
            return False
    return True
