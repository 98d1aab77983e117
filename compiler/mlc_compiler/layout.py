"""Which files are specs and environments, and which environment belongs to which spec."""

from __future__ import annotations

import re
from pathlib import Path

from mlc_compiler.source.there import is_file, is_folder

SUFFIXES = (".yaml", ".yml", ".toml")
"""What the names of specs and environments end in."""

_VERSION = re.compile(rb"^(?:\xef\xbb\xbf)?[\"']?mlc[\"']?\s*[:=]\s*\d+\s*(#.*)?$", re.MULTILINE)
"""The line that every spec has, and hardly anything else."""


def is_environment(path: Path) -> bool:
    """Whether a file is an environment by its name: `environment.yaml`, `environment.prod.toml` and the like."""
    return path.name.partition(".")[0] == "environment"


def is_spec(text: bytes) -> bool:
    """Whether a text is a spec by its content: other YAML and TOML is nobody's business."""
    return _VERSION.search(text) is not None


def default_environment(folder: Path) -> Path | None:
    """The environment that lies beside a spec."""
    for name in ("environment.yaml", "environment.yml", "environment.toml"):
        if is_file(folder / name):
            return folder / name
    return None


def spec_in(path: Path) -> Path:
    """The spec that a folder holds under its usual name; anything else as it is."""
    found = [path / name for name in ("pipeline.yaml", "pipeline.toml") if is_folder(path) and is_file(path / name)]
    return found[0] if found else path
